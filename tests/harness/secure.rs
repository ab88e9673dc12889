//! Certificates, and a client that speaks HTTP/2 over TLS.

use super::scratch::folder;
use actix_web::{rt::net::TcpStream, web::Bytes};
use api::tls::Files;
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode, Version};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::{fs, future::poll_fn, io, net::SocketAddr, sync::Arc};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

/// The files of a certificate and its key.
pub(crate) struct Credentials {
    /// Where they are.
    pub(crate) files: Files,
    _folder: TempDir,
}

impl Credentials {
    /// Writes a certificate for `localhost`, and returns it, too.
    pub(crate) fn issue() -> (Self, CertificateDer<'static>) {
        let folder = folder();
        let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let credentials = Self { files, _folder: folder };
        let certificate = credentials.renew(4000);
        (credentials, certificate)
    }

    /// Replaces certificate and key. The certificate expires at the beginning of a year.
    pub(crate) fn renew(&self, year: i32) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_after = date_time_ymd(year, 1, 1);
        let certificate = parameters.self_signed(&key).unwrap();
        fs::write(&self.files.certificate, certificate.pem()).unwrap();
        fs::write(&self.files.key, key.serialize_pem()).unwrap();
        certificate.der().clone()
    }
}

/// What was received for a request.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A connection that speaks HTTP/2.
pub(crate) struct Http2 {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
}

impl Http2 {
    /// Connects to a server, and trusts one certificate.
    pub(crate) fn connect(address: SocketAddr, trusted: &CertificateDer<'static>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let sender = runtime.block_on(async {
            let stream = handshake(address, trusted, b"h2").await?;
            let (sender, connection) = h2::client::handshake(stream).await.map_err(io::Error::other)?;
            tokio::spawn(connection);
            Ok::<_, io::Error>(sender)
        })?;
        Ok(Self { runtime, sender })
    }

    /// Sends a request, and receives the response.
    pub(crate) fn send(&self, request: http::request::Builder, body: &[u8]) -> Result<Received, h2::Error> {
        let request = request.version(Version::HTTP_2).body(()).unwrap();
        self.runtime.block_on(exchange(self.sender.clone(), request, body))
    }

    /// Sends a `GET` for a path.
    pub(crate) fn get(&self, path: &str) -> Received {
        self.send(Request::get(format!("https://localhost{path}")), b"").unwrap()
    }
}

/// Connects and completes the TLS handshake, with a protocol.
async fn handshake(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
    Ok(stream)
}

async fn exchange(
    sender: SendRequest<Bytes>,
    request: Request<()>,
    body: &[u8],
) -> Result<Received, h2::Error> {
    let (response, mut stream) = sender.ready().await?.send_request(request, body.is_empty())?;
    let sending = async {
        let mut rest = Bytes::copy_from_slice(body);
        while !rest.is_empty() {
            stream.reserve_capacity(rest.len());
            let Some(Ok(capacity)) = poll_fn(|context| stream.poll_capacity(context)).await else { return };
            let part = rest.split_to(capacity.min(rest.len()));
            if stream.send_data(part, rest.is_empty()).is_err() {
                return;
            }
        }
    };
    let receiving = async {
        let (parts, mut body) = response.await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(part) = body.data().await {
            let part = part?;
            body.flow_control().release_capacity(part.len())?;
            bytes.extend_from_slice(&part);
        }
        Ok(Received { status: parts.status, headers: parts.headers, body: bytes })
    };
    futures_util::future::join(sending, receiving).await.1
}

/// Sends a request by HTTP/1.1 over TLS, and returns all that the server sends until it closes the connection.
pub(crate) fn http1_over_tls(address: SocketAddr, trusted: &CertificateDer<'static>, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut stream = handshake(address, trusted, b"http/1.1").await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    })
}
