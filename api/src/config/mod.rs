//! Settings: command-line options override the environment, which overrides a TOML file, which overrides the defaults.

mod provider;
mod publication;
mod quota;
mod replicas;
mod sources;

pub use provider::{ClaimPointer, ProviderSettings, SecureUrl};
pub use publication::Publication;
pub(crate) use publication::mailto;
pub use quota::Quota;
pub use replicas::ReplicaUrls;

use crate::{limits::client::TrustedProxies, tls};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use sources::Sources;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Log format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human-readable lines.
    Text,
    /// One JSON object per line.
    Json,
}

/// Settings of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Address and port to listen on. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// `sqlite://FILE` or `postgres://...`.
    pub database_url: String,
    /// Replicas that answer reads.
    pub replica_urls: ReplicaUrls,
    /// Folder of the signing key and of the list of erasures.
    pub data_dir: PathBuf,
    /// Base of every absolute link, and issuer of tokens.
    pub public_url: Option<String>,
    /// PEM file of the certificate and its chain. With `tls_key`, the server speaks HTTPS.
    pub tls_cert: Option<PathBuf>,
    /// PEM file of its private key.
    pub tls_key: Option<PathBuf>,
    /// Origins that may write from a browser, comma-separated.
    pub cors_origins: String,
    /// Requests a minute per address, for requests without a valid token.
    pub rate_limit: Quota,
    /// Requests a minute per token.
    pub rate_limit_token: Quota,
    /// Proxies whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether managers may publish the events of their organisation.
    #[serde(deserialize_with = "yes_or_no")]
    pub managers_publish: bool,
    /// Address and port of the metrics, if not those of the rest.
    pub metrics_listen: Option<SocketAddr>,
    /// Log format.
    pub log_format: LogFormat,
    /// Log filters, in the syntax of `env_logger`.
    pub log: String,
    /// Who publishes the data.
    #[serde(flatten)]
    pub publication: Publication,
    /// Whose tokens are accepted beside those of this server.
    #[serde(flatten)]
    pub provider: ProviderSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: "sqlite://clusterportal.db".to_owned(),
            replica_urls: ReplicaUrls::default(),
            data_dir: PathBuf::from("clusterportal-data"),
            public_url: None,
            tls_cert: None,
            tls_key: None,
            cors_origins: String::new(),
            rate_limit: Quota(1_200),
            rate_limit_token: Quota(6_000),
            trusted_proxies: TrustedProxies::default(),
            managers_publish: false,
            metrics_listen: None,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            publication: Publication::default(),
            provider: ProviderSettings::default(),
        }
    }
}

/// Settings that can be overridden on the command line.
#[derive(Clone, Debug, Default, Serialize, clap::Args)]
pub struct Overrides {
    /// Address and port to listen on; port 0 picks a free one [env: CLUSTERPORTAL_LISTEN]
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// sqlite://FILE or postgres://USER@HOST/DATABASE [env: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Folder of the signing key and of the list of erasures [env: CLUSTERPORTAL_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Base of every absolute link [env: CLUSTERPORTAL_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// The expected value of each setting, as the end of the sentence "NAME must be …".
const EXPECTED: [(&str, &str); 29] = [
    ("listen", "an address and port, such as 127.0.0.1:8080"),
    ("database_url", "sqlite://FILE or postgres://USER@HOST/DATABASE"),
    (
        "replica_urls",
        "comma-separated URLs postgres://USER@HOST/DATABASE, and needs a database_url of this kind",
    ),
    ("data_dir", "the path of a folder"),
    (
        "public_url",
        "an http(s) URL such as https://host or https://host/path, percent-encoded and without a trailing slash",
    ),
    ("tls_cert", "the path of a PEM file with a certificate and its chain"),
    ("tls_key", "the path of a PEM file with the private key of tls_cert"),
    ("cors_origins", "comma-separated origins, such as https://portal.example.org"),
    ("rate_limit", "a number of requests a minute, or 0 for no limit"),
    ("rate_limit_token", "a number of requests a minute, or 0 for no limit"),
    ("trusted_proxies", "comma-separated networks or addresses, such as 10.0.0.0/8,2001:db8::1"),
    ("managers_publish", "true or false"),
    ("metrics_listen", "an address and port, such as 127.0.0.1:9100"),
    ("log_format", "text or json"),
    ("log", "env_logger filters, such as info or info,access=off"),
    ("publisher_name", "a name in one line"),
    ("publisher_url", "the http(s) URL of the publisher's website"),
    ("contact_name", "a name in one line"),
    ("contact_url", "the http(s) URL of a web page"),
    ("contact_email", "an email address"),
    ("security_email", "an email address"),
    ("licence", "the http(s) URI of a licence, such as http://dcat-ap.de/def/licenses/cc-by/4.0"),
    ("contributor_id", "an http(s) URI below http://dcat-ap.de/def/contributors/"),
    (
        "oidc_issuer",
        "the issuer of an OpenID Connect provider: an https URL (or http to localhost) without a query, other than public_url",
    ),
    ("oidc_audience", "the audience of the provider's tokens for this server, such as clusterportal"),
    ("oidc_jwks_url", "the https URL (or http to localhost) of the provider's keys"),
    ("oidc_role_claim", "a JSON Pointer (RFC 6901), such as /realm_access/roles"),
    ("oidc_chamber_claim", "a JSON Pointer (RFC 6901), such as /chamber"),
    ("oidc_organisation_claim", "a JSON Pointer (RFC 6901), such as /organisation"),
];

/// Reads a boolean, or its name, as in the environment.
fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let named = value.as_str().and_then(|name| name.parse().ok());
    value.as_bool().or(named).ok_or_else(|| D::Error::custom("must be true or false"))
}

impl Settings {
    /// Loads and checks the settings. Also returns warnings.
    ///
    /// # Errors
    /// Says what is wrong, and where. Never contains the value of `database_url`, which may include a password.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<(Self, Vec<String>), String> {
        let mut sources = Sources::default();
        if let Some(file) = file {
            sources.read_file(file)?;
        }
        sources.read_environment();
        sources.read_options(overrides);
        let settings = sources.settings()?;
        let mut faults: Vec<String> =
            settings.unsound().into_iter().map(|name| sources.refuse(name)).collect();
        faults.extend(settings.tls().err());
        if faults.is_empty() { Ok((settings, sources.warnings)) } else { Err(faults.join("; ")) }
    }

    /// Names of the settings with invalid values.
    fn unsound(&self) -> Vec<&'static str> {
        let is_base = |url: &String| {
            !url.ends_with('/')
                && url::Url::parse(url).is_ok_and(|parsed| {
                    parsed.query().is_none()
                        && parsed.fragment().is_none()
                        && matches!(parsed.scheme(), "http" | "https")
                        && oxrdf::NamedNode::new(url.as_str()).is_ok()
                        // The path is compared with request paths byte for byte, so it must be in normal form.
                        && url.ends_with(parsed.path().trim_end_matches('/'))
                })
        };
        let is_origin = |origin: &str| {
            url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin)
        };
        [
            ("database_url", persistence::Target::parse(&self.database_url).is_ok()),
            ("replica_urls", self.replica_urls.is_empty() || self.is_on_postgres()),
            ("public_url", self.public_url.as_ref().is_none_or(is_base)),
            ("cors_origins", self.origins().all(is_origin)),
        ]
        .into_iter()
        .chain(self.provider.soundness(&self.issuer()))
        .filter_map(|(name, is_sound)| (!is_sound).then_some(name))
        .collect()
    }

    fn is_on_postgres(&self) -> bool {
        matches!(persistence::Target::parse(&self.database_url), Ok(persistence::Target::Postgres(_)))
    }

    /// The origins that may write from a browser.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.cors_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
    }

    /// The files of certificate and key, if the server speaks HTTPS.
    ///
    /// # Errors
    /// If one of them is missing.
    pub fn tls(&self) -> Result<Option<tls::Files>, String> {
        match (self.tls_cert.clone(), self.tls_key.clone()) {
            (Some(certificate), Some(key)) => Ok(Some(tls::Files { certificate, key })),
            (None, None) => Ok(None),
            (Some(_), None) => Err("tls_cert is set, but tls_key is not".to_owned()),
            (None, Some(_)) => Err("tls_key is set, but tls_cert is not".to_owned()),
        }
    }

    /// The issuer of tokens: the public URL as configured.
    pub fn issuer(&self) -> String {
        self.base_url(self.listen)
    }

    /// The base of absolute links if the server listens at `address`.
    pub fn base_url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"))
    }

    /// The effective settings as lines, without the passwords of databases.
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        shown.database_url = replicas::without_password(&shown.database_url);
        shown.replica_urls = shown.replica_urls.without_passwords();
        match serde_json::to_value(&shown) {
            Ok(serde_json::Value::Object(settings)) => {
                settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
            }
            _ => String::new(),
        }
    }
}
