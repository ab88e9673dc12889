//! Settings: from options, then the environment, then a TOML file, then defaults.

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What an operator can set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// `sqlite://FILE` or `postgres://...`.
    pub database_url: String,
    /// Signing keys and what else must outlive a restart.
    pub data_dir: PathBuf,
    /// Base of every absolute link; also the issuer of tokens.
    pub public_url: Option<String>,
    /// Origins that may write from a browser, with commas between them.
    pub cors_origins: String,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `env_logger`.
    pub log: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: "sqlite://clusterportal.db".to_owned(),
            data_dir: PathBuf::from("clusterportal-data"),
            public_url: None,
            cors_origins: String::new(),
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

/// The settings that options of the command line override.
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
    /// Folder of the signing keys [env: CLUSTERPORTAL_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Base of every absolute link [env: CLUSTERPORTAL_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// The settings that the environment can hold, each with the prefix `CLUSTERPORTAL_`.
const IN_ENVIRONMENT: [&str; 5] = ["listen", "data_dir", "public_url", "cors_origins", "log_format"];

impl Settings {
    /// Reads the settings from everywhere, and checks them.
    ///
    /// # Errors
    /// Sentences that say what is wrong; never the value of `database_url`, which may hold a password.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, String> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(format!("the settings file {} cannot be read", file.display()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment
            .merge(Env::prefixed("CLUSTERPORTAL_").only(&IN_ENVIRONMENT))
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::raw().only(&["RUST_LOG"]).map(|_| "log".into()))
            .merge(Serialized::defaults(overrides));
        let settings: Self = figment.extract().map_err(|error| error.to_string())?;
        settings.check().map(|()| settings)
    }

    fn check(&self) -> Result<(), String> {
        persistence::Target::parse(&self.database_url)?;
        if let Some(url) = &self.public_url {
            let sound = url::Url::parse(url).is_ok_and(|parsed| {
                let is_base = parsed.query().is_none() && parsed.fragment().is_none();
                // The path is compared with that of requests, byte for byte.
                is_base
                    && matches!(parsed.scheme(), "http" | "https")
                    && url.ends_with(parsed.path().trim_end_matches('/'))
            });
            if !sound || url.ends_with('/') {
                return Err(format!(
                    "public_url must be an http(s) address such as https://host or https://host/path, percent-encoded \
                     and without a slash at its end, not '{url}'"
                ));
            }
        }
        for origin in self.origins() {
            let sound = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
            if !sound {
                return Err(format!(
                    "cors_origins must hold origins such as https://portal.example.org, not '{origin}'"
                ));
            }
        }
        Ok(())
    }

    /// The origins that may write from a browser.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.cors_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
    }

    /// What tokens name as their issuer: the public URL as configured.
    pub fn issuer(&self) -> String {
        self.base_url(self.listen)
    }

    /// The base of absolute links of a server that listens at `address`.
    pub fn base_url(&self, address: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{address}"))
    }

    /// The effective settings as lines, the password of the database left out.
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        if let Ok(mut url) = url::Url::parse(&shown.database_url)
            && url.password().is_some()
            && url.set_password(Some("***")).is_ok()
        {
            shown.database_url = url.to_string();
        }
        match serde_json::to_value(&shown) {
            Ok(serde_json::Value::Object(settings)) => {
                settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
            }
            _ => String::new(),
        }
    }
}
