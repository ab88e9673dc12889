//! A real server in this process, with a clock that only tests move.

use super::{
    Engine, Stage,
    client::{Agent, Client},
    database::Database,
};
use actix_web::{dev::ServerHandle, rt::System};
use api::{
    auth::{Grant, Keyring, Role},
    config::{ProviderSettings, Quota, Settings},
    demo, server, tls,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    id::{Clock, Id},
    kind::Kind,
    vocabulary::ChamberCode,
};
use persistence::{audience::Actor, store::Store};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};
use uuid::Uuid;

/// The base of absolute links, and the issuer of tokens.
pub(crate) const PUBLIC_URL: &str = "http://portal.test";

/// The time at which a test starts.
pub(crate) const START: &str = "2026-05-12T10:00:00Z";

/// A clock that tests set, and a generator of sequential ids.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<(DateTime<Utc>, u64)>>);

impl TestClock {
    /// Creates a clock at [`START`].
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((START.parse().unwrap(), 0))))
    }

    /// The clock as passed to the server.
    pub(crate) fn clock(&self) -> Clock {
        let (time, count) = (self.clone(), self.clone());
        Clock::new(move || time.now(), move |now| count.next_id(now))
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().0
    }

    /// Sets the time.
    pub(crate) fn set(&self, moment: &str) {
        self.0.lock().unwrap().0 = moment.parse().unwrap();
    }

    /// Advances the time.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.lock().unwrap().0 += by;
    }

    /// Returns the next number as a UUIDv7.
    fn next_id(&self, now: DateTime<Utc>) -> Id {
        let count = {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            state.1
        };
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&count.to_be_bytes());
        let millis = u64::try_from(now.timestamp_millis()).unwrap();
        Id(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

/// Options of a server.
pub(crate) struct Options {
    /// The base of absolute links.
    pub(crate) public_url: &'static str,
    /// The allowed origins.
    pub(crate) cors_origins: &'static str,
    /// The certificate, for HTTPS.
    pub(crate) tls: Option<tls::Files>,
    /// Requests a minute per address and per token, 0 for no limit.
    pub(crate) rate_limits: (u32, u32),
    /// The trusted proxies.
    pub(crate) trusted_proxies: &'static str,
    /// Whether managers may publish.
    pub(crate) managers_publish: bool,
    /// The identity provider.
    pub(crate) provider: Option<ProviderSettings>,
}

impl Options {
    /// A server without limits.
    pub(crate) const DEFAULT: Self = Self {
        public_url: PUBLIC_URL,
        cors_origins: "",
        tls: None,
        rate_limits: (0, 0),
        trusted_proxies: "",
        managers_publish: false,
        provider: None,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A running server. Stops when dropped.
pub(crate) struct TestApp {
    /// The address that it listens on.
    pub(crate) address: SocketAddr,
    /// The clock.
    pub(crate) clock: TestClock,
    /// The store of the server.
    pub(crate) store: Store,
    /// Issues tokens that the server accepts.
    pub(crate) keyring: Keyring,
    /// Records that examples refer to, by kind.
    pub(super) targets: Mutex<HashMap<Kind, Id>>,
    pub(super) agent: Agent,
    tokens: HashMap<&'static str, String>,
    handle: ServerHandle,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    /// The last field, because it must outlive the server.
    pub(crate) database: Arc<Database>,
}

impl Stage for TestApp {
    fn set_up(engine: Engine) -> Self {
        Self::start(Database::set_up(engine).into(), TestClock::new(), &Options::default())
    }
}

impl TestApp {
    /// Starts a server with options.
    pub(crate) fn with(engine: Engine, options: &Options) -> Self {
        Self::start(Database::set_up(engine).into(), TestClock::new(), options)
    }

    /// Starts a server on an existing database.
    pub(crate) fn on(database: impl Into<Arc<Database>>, clock: TestClock) -> Self {
        Self::start(database.into(), clock, &Options::default())
    }

    fn start(database: Arc<Database>, clock: TestClock, options: &Options) -> Self {
        let settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database_url: database.url.clone(),
            data_dir: database.folder.path().join("keys"),
            public_url: Some(options.public_url.to_owned()),
            cors_origins: options.cors_origins.to_owned(),
            tls_cert: options.tls.as_ref().map(|files| files.certificate.clone()),
            tls_key: options.tls.as_ref().map(|files| files.key.clone()),
            rate_limit: Quota(options.rate_limits.0),
            rate_limit_token: Quota(options.rate_limits.1),
            trusted_proxies: options.trusted_proxies.to_owned().try_into().unwrap(),
            managers_publish: options.managers_publish,
            provider: options.provider.clone().unwrap_or_default(),
            ..Settings::default()
        };
        let (data_dir, issuer) = (settings.data_dir.clone(), settings.issuer());
        let bound = server::bind(settings, database.store(clock.clock()), clock.clock()).unwrap();
        let (address, store) = (bound.address, bound.store.clone());
        let keyring = Keyring::open(&data_dir, issuer, &store, &actor()).unwrap();
        // In a fixed order, so that ids are the same in every test.
        let roles = [("admin", Role::Admin), ("editor", Role::Editor), ("auditor", Role::Auditor)];
        let tokens = roles
            .into_iter()
            .map(|(name, role)| {
                let keyring = &bound.app().keyring;
                (name, keyring.issue(&store, &clock.clock(), &actor(), &grant(role, None)).unwrap().0)
            })
            .collect();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let server = bound.serve()?;
                sender.send(server.handle()).unwrap();
                server.await
            })
        });
        Self {
            address,
            store,
            keyring,
            targets: Mutex::default(),
            agent: Agent::new(address),
            tokens,
            handle: receiver.recv().unwrap(),
            thread: Some(thread),
            clock,
            database,
        }
    }

    /// Loads the demo landscape into the empty database.
    pub(crate) fn load_demo(&self) {
        assert!(demo::load(&self.store).unwrap().is_some());
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client<'_> {
        Client::new(&self.agent, None)
    }

    /// A client with the role editor.
    pub(crate) fn editor(&self) -> Client<'_> {
        self.bearer(&self.tokens["editor"])
    }

    /// A client with the role admin.
    pub(crate) fn admin(&self) -> Client<'_> {
        self.bearer(&self.tokens["admin"])
    }

    /// A client with the role auditor.
    pub(crate) fn auditor(&self) -> Client<'_> {
        self.bearer(&self.tokens["auditor"])
    }

    /// A client with the role chamber.
    pub(crate) fn chamber(&self, chamber: &str) -> Client<'_> {
        self.bearer(&self.issue(Role::Chamber, Some(chamber)).0)
    }

    /// A client with the role manager, bound to an initiative or network.
    pub(crate) fn manager(&self, organisation: &Value) -> Client<'_> {
        let organisation = Id::parse(organisation["id"].as_str().unwrap());
        let grant = Grant { organisation, ..grant(Role::Manager, None) };
        self.bearer(&self.keyring.issue(&self.store, &self.clock.clock(), &actor(), &grant).unwrap().0)
    }

    /// A client with a token.
    pub(crate) fn bearer(&self, token: &str) -> Client<'_> {
        Client::new(&self.agent, Some(token.to_owned()))
    }

    /// Issues a token that is valid for a year. Returns it with its id.
    pub(crate) fn issue(&self, role: Role, chamber: Option<&str>) -> (String, Id) {
        let (token, issued) =
            self.keyring.issue(&self.store, &self.clock.clock(), &actor(), &grant(role, chamber)).unwrap();
        (token, issued.id)
    }

    /// Stops the server, and returns its database.
    pub(crate) fn stop(self) -> Arc<Database> {
        self.database.clone()
    }

    /// The folder with the keys.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.database.folder.path().join("keys")
    }
}

/// The author of tokens and keys that tests make.
pub(crate) fn actor() -> Actor {
    Actor::command("test")
}

pub(crate) fn grant(role: Role, chamber: Option<&str>) -> Grant {
    Grant {
        subject: format!("test-{}", role.as_str()),
        role,
        life: TimeDelta::days(365),
        chamber: chamber.map(|slug| ChamberCode::parse(slug).unwrap()),
        organisation: None,
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Sends the command. The future need not be awaited.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(Ok(())))), "the server ended badly: {ended:?}");
        }
    }
}

/// An id that no record has.
pub(crate) fn nobodys_id() -> Id {
    Id(Uuid::from_u128(0x019a_2b3c_0000_7000_8000_0000_0000_ffff))
}
