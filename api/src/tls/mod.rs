//! TLS 1.2 and 1.3, for servers without a proxy in front. Certificate and key are reloaded when their files change.

mod identity;

pub use identity::Files;

use crate::transport::Transport;
use actix_web::{rt::net::TcpStream, web};
use chrono::{DateTime, Utc};
use domain::id::Clock;
use identity::{Contents, Identity};
use std::{
    fmt, io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

/// Maximum time for a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How often the files are compared with what is in use.
const EVERY: Duration = Duration::from_secs(1);

/// Accepts TLS connections.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    /// What was last read from the files.
    contents: Contents,
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

/// The certificate in use. Connections keep the one with which they began.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Checks the files, and says until when the certificate is valid.
///
/// # Errors
/// Says what is wrong with the files, or that the certificate is not valid now.
pub fn foresee(files: &Files, now: DateTime<Utc>) -> Result<String, String> {
    let identity = files.parse(&files.read()?)?;
    let until = identity.not_after;
    identity.untimely(now).map_or_else(|| Ok(format!("the TLS certificate is valid until {until:?}")), Err)
}

impl Tls {
    /// Loads certificate and key. A certificate that is not valid now is used, with a warning.
    ///
    /// # Errors
    /// Says what is wrong with the files.
    pub fn open(files: Files, now: DateTime<Utc>) -> Result<Self, String> {
        let contents = files.read()?;
        let identity = files.parse(&contents)?;
        warn_if_untimely(&identity, now);
        let current = Arc::new(Current(RwLock::new(identity.certified)));
        let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = [&b"h2"[..], b"http/1.1"].map(<[u8]>::to_vec).into();
        Ok(Self { files, acceptor: Arc::new(config).into(), current, contents })
    }

    /// Completes the handshake. A connection that begins with plain HTTP stays plain, so that its client can be told.
    ///
    /// # Errors
    /// If it fails, or takes longer than 10 seconds.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<Transport> {
        timeout(HANDSHAKE_TIME, async {
            let mut first = [0];
            stream.peek(&mut first).await?;
            if first[0].is_ascii_uppercase() {
                return Ok(Transport::Plain(stream));
            }
            self.acceptor.accept(stream).await.map(Box::new).map(Transport::Tls)
        })
        .await?
    }

    /// Reloads certificate and key when their files have changed, as long as the server runs. If the new files are
    /// invalid, the old ones stay in use.
    pub(crate) async fn watch(self, clock: Clock) {
        let Self { files, current, contents, .. } = self;
        // The contents that were read last, and those that were tried last.
        let (mut seen, mut tried) = (Ok(contents.clone()), Ok(contents));
        loop {
            sleep(EVERY).await;
            let reading = files.clone();
            let Ok(read) = web::block(move || reading.read()).await else { return };
            // Files are tried once they stay the same, because certificate and key are written one after the other.
            if read == seen && seen != tried {
                tried = read.clone();
                match read.and_then(|contents| files.parse(&contents)) {
                    Ok(identity) => {
                        warn_if_untimely(&identity, clock.now());
                        log::info!("reloaded the TLS certificate, valid until {:?}", identity.not_after);
                        *current.0.write().unwrap_or_else(PoisonError::into_inner) = identity.certified;
                    }
                    Err(fault) => log::error!("the TLS certificate stays the old one: {fault}"),
                }
            } else {
                seen = read;
            }
        }
    }
}

fn warn_if_untimely(identity: &Identity, now: DateTime<Utc>) {
    if let Some(fault) = identity.untimely(now) {
        log::warn!("{fault}: clients will refuse to connect");
    }
}
