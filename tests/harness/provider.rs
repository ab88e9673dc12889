//! An identity provider: an HTTP server with metadata and keys, and what signs its tokens.

use api::config::{ProviderSettings, SecureUrl};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes};
use jsonwebtoken::{Algorithm, EncodingKey, crypto, jwk::Jwk};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The audience of tokens for the server.
pub(crate) const AUDIENCE: &str = "clusterportal";

/// A key pair of the provider.
#[derive(Clone)]
pub(crate) struct SigningKey {
    /// The public key, as the provider publishes it.
    pub(crate) jwk: Value,
    key: EncodingKey,
    algorithm: Algorithm,
}

impl SigningKey {
    /// Creates a key for an algorithm. RSA keys are always the same, because they take long to make.
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        use Algorithm::{ES256, ES384, EdDSA};
        let rng = &mut rand::rngs::OsRng;
        let key = match algorithm {
            ES256 => {
                EncodingKey::from_ec_der(p256::SecretKey::random(rng).to_pkcs8_der().unwrap().as_bytes())
            }
            ES384 => {
                EncodingKey::from_ec_der(p384::SecretKey::random(rng).to_pkcs8_der().unwrap().as_bytes())
            }
            EdDSA => {
                // Without the public key, as the library expects it.
                let secret_key = ed25519_dalek::SigningKey::generate(rng).to_bytes();
                let pair = KeypairBytes { secret_key, public_key: None };
                EncodingKey::from_ed_der(pair.to_pkcs8_der().unwrap().as_bytes())
            }
            _ => rsa_key(2048),
        };
        Self::of(kid, algorithm, key)
    }

    /// An RSA key that is too short to be safe.
    pub(crate) fn weak(kid: &str) -> Self {
        Self::of(kid, Algorithm::RS256, rsa_key(1024))
    }

    fn of(kid: &str, algorithm: Algorithm, key: EncodingKey) -> Self {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        Self { jwk, key, algorithm }
    }

    /// The same key under another id, for another algorithm of its family.
    pub(crate) fn renamed(&self, kid: &str, algorithm: Algorithm) -> Self {
        Self::of(kid, algorithm, self.key.clone())
    }

    /// A token, with header fields that replace the usual ones, or remove them if they are null.
    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.jwk["kid"] });
        json_patch::merge(&mut all, header);
        let message = unsigned(&all, claims);
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// A token.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({}), claims)
    }
}

/// A token without its signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn rsa_key(bits: usize) -> EncodingKey {
    static KEYS: [OnceLock<EncodingKey>; 2] = [OnceLock::new(), OnceLock::new()];
    let key = KEYS[usize::from(bits == 2048)].get_or_init(|| {
        let key = rsa::RsaPrivateKey::new(&mut rand::rngs::OsRng, bits).unwrap();
        EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes())
    });
    key.clone()
}

/// How the provider answers a path.
#[derive(Clone)]
pub(crate) enum Reply {
    /// With this JSON and `Cache-Control`.
    Json(Value, &'static str),
    /// With this status and these header lines, without a body.
    Status(u16, String),
    /// With a body of this many bytes.
    Long(usize),
    /// Not at all: the connection is closed.
    Nothing,
}

/// A running identity provider. Stops when dropped.
pub(crate) struct IdentityProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    metadata: Mutex<Reply>,
    keys: Mutex<Reply>,
    fetches: AtomicUsize,
    /// Locked for writing while requests have to wait.
    gate: RwLock<()>,
    is_over: AtomicBool,
}

impl IdentityProvider {
    /// Starts a provider with these keys.
    pub(crate) fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://{address}/realms/portal");
        let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
        let shared = Arc::new(Shared {
            metadata: Mutex::new(Reply::Json(metadata, "no-cache")),
            keys: Mutex::new(Reply::Nothing),
            fetches: AtomicUsize::new(0),
            gate: RwLock::new(()),
            is_over: AtomicBool::new(false),
        });
        let provider = Self { address, shared: shared.clone() };
        provider.publish(keys);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                if shared.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = shared.clone();
                std::thread::spawn(move || connection.map(|connection| shared.answer(connection)));
            }
        });
        provider
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("http://{}/realms/portal", self.address)
    }

    /// The settings of a server that trusts it.
    pub(crate) fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            oidc_issuer: Some(SecureUrl::try_from(self.issuer()).unwrap()),
            oidc_audience: Some(AUDIENCE.to_owned()),
            ..ProviderSettings::default()
        }
    }

    /// Publishes these keys from now on.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
        self.reply_to_keys(Reply::Json(json!({ "keys": keys }), "no-cache"));
    }

    /// Answers requests for keys in this way from now on.
    pub(crate) fn reply_to_keys(&self, reply: Reply) {
        *self.shared.keys.lock().unwrap() = reply;
    }

    /// Answers requests for metadata in this way from now on.
    pub(crate) fn reply_to_metadata(&self, reply: Reply) {
        *self.shared.metadata.lock().unwrap() = reply;
    }

    /// How often the keys were requested.
    pub(crate) fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::SeqCst)
    }

    /// Waits until the keys were requested this often.
    pub(crate) fn wait_for_fetches(&self, count: usize) {
        while self.fetches() < count {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Lets requests for keys wait while `work` runs.
    pub(crate) fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let _closed = self.shared.gate.write().unwrap();
        work()
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn answer(&self, mut connection: TcpStream) {
        let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
        let Some(Ok(request)) = lines.next() else { return };
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let reply = match request.split(' ').nth(1) {
            Some("/realms/portal/.well-known/openid-configuration") => self.metadata.lock().unwrap().clone(),
            Some("/realms/portal/keys") => {
                self.fetches.fetch_add(1, Ordering::SeqCst);
                drop(self.gate.read());
                self.keys.lock().unwrap().clone()
            }
            _ => Reply::Status(404, String::new()),
        };
        let (status, headers, body) = match reply {
            Reply::Json(value, cache_control) => {
                (200, format!("cache-control: {cache_control}\r\n"), value.to_string())
            }
            Reply::Status(status, headers) => (status, headers, String::new()),
            Reply::Long(bytes) => (200, String::new(), " ".repeat(bytes)),
            Reply::Nothing => return,
        };
        let length = body.len();
        // The client may have left.
        let _ = write!(
            connection,
            "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
    }
}
