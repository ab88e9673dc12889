//! The program itself, as an operator runs it.

use crate::harness::{Agent, Client, Database, Engine, PUBLIC_URL, Socket, Stage as _, on_both};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

mod backup;
mod cached;
mod documents;
mod erased;
mod keys;
mod log;
mod operator;
mod provider;
mod rebuilt;
mod refused;
mod restored;
mod secure;
mod stopped;

on_both! {
    the_demo_is_served_and_a_token_works
    the_demo_never_touches_what_is_there
    a_revoked_token_is_refused_by_the_running_server
    a_file_goes_out_and_comes_in_again
    a_bad_file_is_refused_in_one_line
    many_instances_migrate_one_database
    sigterm_finishes_what_was_accepted
    the_private_key_is_its_owners_alone
    check_tells_settings_and_no_password
    check_tells_which_replicas_can_be_used
    the_description_is_printed
    a_database_that_cannot_be_reached_is_said_in_one_line
    settings_come_from_everywhere_in_order
}

/// The program, on a database, without rate limits and with nothing else set.
fn program(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clusterportal"));
    command.args(arguments).env_clear().current_dir(database.folder.path());
    command.env("DATABASE_URL", &database.url).env("CLUSTERPORTAL_PUBLIC_URL", PUBLIC_URL);
    command.env("CLUSTERPORTAL_RATE_LIMIT", "0").env("CLUSTERPORTAL_RATE_LIMIT_TOKEN", "0");
    command
}

/// Runs it to its end.
#[track_caller]
fn run(database: &Database, arguments: &[&str]) -> Output {
    program(database, arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs it to its good end; what it printed.
#[track_caller]
fn succeed(database: &Database, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it to its bad end; the one line that it says.
#[track_caller]
fn fail(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert_eq!((err.trim().lines().count(), out.as_str()), (1, ""), "{out}{err}");
    err
}

/// A running server; it is killed when it is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    agent: Agent,
    /// What it said before it began to listen.
    log: Vec<String>,
    rest: Option<BufReader<ChildStderr>>,
}

impl Served {
    fn start(database: &Database, arguments: &[&str]) -> Self {
        let mut command = program(database, &["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Self::run(command)
    }

    /// Starts it with variables, and without a public URL.
    fn start_with(database: &Database, variables: &[(&str, &str)]) -> Self {
        let mut command = program(database, &["serve", "--listen", "127.0.0.1:0"]);
        command.env_remove("CLUSTERPORTAL_PUBLIC_URL").envs(variables.iter().copied());
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut log = Vec::new();
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended: {log:#?}");
            let address =
                line.trim().rsplit_once("listening on ").map(|(_, address)| address.parse().unwrap());
            log.push(line);
            if let Some(address) = address {
                break address;
            }
        };
        Self { child, address, agent: Agent::new(address), log, rest: Some(lines) }
    }

    fn client(&self, token: Option<&str>) -> Client<'_> {
        Client::new(&self.agent, token.map(str::to_owned))
    }

    /// The next line that it says.
    fn rest_line(&mut self) -> String {
        let mut line = String::new();
        self.rest.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    fn terminate(&self) {
        // The shell's own `kill`: a bare Debian has no other.
        let command = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Waits for its end; how it ended, and what it said until then.
    fn wait(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.rest.take().unwrap().read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn total(client: &Client<'_>, collection: &str) -> Value {
    client.get(&format!("/api/v1/{collection}?limit=1&with_total=true")).expect(200).json()["total"].clone()
}

const TOKEN: [&str; 7] = ["token", "issue", "--role", "editor", "--subject", "ich", "--expires"];

fn issue(database: &Database) -> String {
    succeed(database, &[&TOKEN[..], &["8h"]].concat())
}

fn the_demo_is_served_and_a_token_works(database: Database) {
    let mut served = Served::start(&database, &["--demo"]);
    assert_eq!(total(&served.client(None), "clusters"), 15);
    let token = issue(&database);
    assert_eq!((token.lines().count(), token.trim().split('.').count()), (1, 3), "the token alone");
    let created = served
        .client(Some(token.trim()))
        .post("/api/v1/clusters")
        .json(&crate::harness::minimal(domain::kind::Kind::Cluster, "Neu"));
    created.expect(201);
    assert_eq!(total(&served.client(None), "clusters"), 16);
    served.terminate();
    let (status, rest) = served.wait();
    assert!(status.success(), "{rest}");
    let log = served.log.concat() + &rest;
    for said in ["demo landscape loaded", "/docs/", "token issue"] {
        assert!(log.contains(said), "{said}: {log}");
    }
}

fn the_demo_never_touches_what_is_there(database: Database) {
    let folder = database.folder.path();
    std::fs::write(folder.join("one.ndjson"), r#"{"kind":"measure","record":{"status":"published","kind":"study","title":{"de":"Eine"},"summary":{"de":"x"},"responsible":"x"}}"#).unwrap();
    assert!(succeed(&database, &["import", "one.ndjson"]).starts_with("1 created"));
    let served = Served::start(&database, &["--demo"]);
    assert_eq!(
        (total(&served.client(None), "measures"), total(&served.client(None), "clusters")),
        (1.into(), 0.into())
    );
    drop(served);
    let twice = Database::set_up(database.engine);
    for _ in 0..2 {
        let served = Served::start(&twice, &["--demo"]);
        assert_eq!(total(&served.client(None), "measures"), 40);
    }
}

fn a_revoked_token_is_refused_by_the_running_server(database: Database) {
    let served = Served::start(&database, &[]);
    let token = issue(&database);
    served.client(Some(token.trim())).get("/api/v1/clusters").expect(200);
    let list = succeed(&database, &["token", "list"]);
    assert!(list.contains("editor") && list.contains("ich") && !list.contains(token.trim()), "{list}");
    let id = list.split_whitespace().next().unwrap();
    assert_eq!(succeed(&database, &["token", "revoke", id]), "");
    served.client(Some(token.trim())).get("/api/v1/clusters").expect(401);
    fail(&mut program(&database, &["token", "revoke", id]));
    for bad in ["0s", "401d", "8", "h", "-1h"] {
        let output = run(&database, &[&TOKEN[..], &[bad]].concat());
        assert!(!output.status.success() && output.stdout.is_empty(), "{bad}");
    }
    fail(&mut program(
        &database,
        &["token", "issue", "--role", "chamber", "--subject", "x", "--expires", "1h"],
    ));
    fail(&mut program(
        &database,
        &["token", "issue", "--role", "chamber", "--subject", "x", "--expires", "1h", "--chamber", "nichts"],
    ));
}

fn a_file_goes_out_and_comes_in_again(database: Database) {
    drop(Served::start(&database, &["--demo"]));
    let printed = succeed(&database, &["export"]);
    assert_eq!(succeed(&database, &["export", "all.ndjson"]), "");
    let file = database.folder.path().join("all.ndjson");
    assert!(std::fs::read_to_string(&file).unwrap() == printed);
    let lines = printed.lines().count();
    assert!(lines > 600);
    let other = Database::set_up(database.engine.other());
    let report = succeed(&other, &["import", file.to_str().unwrap()]);
    assert_eq!(report, format!("{lines} created, 0 updated, 0 unchanged\n"));
    assert!(succeed(&other, &["export"]) == printed);
    let mut import = program(&other, &["import", "-"]);
    let output = import.stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("0 created, 0 updated, {lines} unchanged\n"));
}

fn a_bad_file_is_refused_in_one_line(database: Database) {
    let file = database.folder.path().join("bad.ndjson");
    std::fs::write(&file, "\n{\"kind\":\"cluster\",\"record\":{}}\n").unwrap();
    let said = fail(&mut program(&database, &["import", "bad.ndjson"]));
    assert!(said.contains("bad.ndjson, line 2: ") && said.contains("/name"), "{said}");
    fail(&mut program(&database, &["import", "nowhere.ndjson"]));
    fail(&mut program(&database, &["export", "no/such/folder/x"]));
    assert_eq!(database.revisions(), 0);
}

fn many_instances_migrate_one_database(engine: Engine) {
    let database = Database::empty(engine);
    let start = || program(&database, &["migrate"]).stderr(Stdio::piped()).spawn().unwrap();
    let instances: Vec<Child> = (0..4).map(|_| start()).collect();
    for instance in instances {
        let output = instance.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(database.revisions(), 0);
    assert_eq!(succeed(&database, &["migrate"]), "");
}

fn sigterm_finishes_what_was_accepted(database: Database) {
    let mut served = Served::start(&database, &[]);
    let token = issue(&database);
    let body = crate::harness::minimal(domain::kind::Kind::Cluster, "Zuletzt").to_string();
    let (first, second) = body.split_at(20);
    let head = format!(
        "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        token.trim(),
        body.len()
    );
    let mut socket = Socket::open(served.address);
    let accepted = socket.send(head.as_bytes()).head();
    assert!(accepted.starts_with("HTTP/1.1 100 "), "{accepted}");
    socket.send(first.as_bytes());
    // actix counts a connection behind handing it on, and is sure to have counted it when it takes the next.
    let live = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(Socket::open(served.address).send(live).answer().status, 200);
    served.terminate();
    let answer = socket.send(second.as_bytes()).answer();
    let (status, log) = served.wait();
    assert_eq!(answer.status, 201, "{status}: {log}");
    assert!(status.success(), "{log}");
    assert_eq!(database.revisions(), 1);
    assert!(std::net::TcpStream::connect(served.address).is_err());
}

fn the_private_key_is_its_owners_alone(database: Database) {
    issue(&database);
    let folder = database.folder.path().join("clusterportal-data");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&files[0]).unwrap();
    issue(&database);
    assert_eq!(std::fs::read(&files[0]).unwrap(), before, "it is made once");
}

fn check_tells_settings_and_no_password(database: Database) {
    let said = succeed(&database, &["check"]);
    assert!(said.contains("listen") && said.contains(PUBLIC_URL), "{said}");
    let secret = database.url.replace("postgres@", "postgres:geheim@");
    let output = program(&database, &["check"]).env("DATABASE_URL", &secret).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(said).unwrap().contains("geheim"));
    for (name, bad) in [
        ("DATABASE_URL", "mysql://geheim"),
        ("CLUSTERPORTAL_REPLICA_URLS", "mysql://geheim"),
        ("CLUSTERPORTAL_PUBLIC_URL", "portal"),
        ("CLUSTERPORTAL_LISTEN", "8080"),
        ("CLUSTERPORTAL_CORS_ORIGINS", "https://a.example/x"),
        ("CLUSTERPORTAL_RATE_LIMIT", "-1"),
        ("CLUSTERPORTAL_RATE_LIMIT_TOKEN", "viele"),
        ("CLUSTERPORTAL_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("CLUSTERPORTAL_MANAGERS_PUBLISH", "ja"),
    ] {
        let said = fail(program(&database, &["check"]).env(name, bad));
        assert!(!said.contains("geheim"), "{said}");
    }
}

fn check_tells_which_replicas_can_be_used(database: Database) {
    let nobody = "postgres://ich:geheim@127.0.0.1:1/portal";
    let check = |replicas: &str| {
        let mut command = program(&database, &["check"]);
        command.env("CLUSTERPORTAL_REPLICA_URLS", replicas);
        command
    };
    if database.engine == Engine::Sqlite {
        let said = fail(&mut check(nobody));
        assert!(said.contains("REPLICA_URLS must be") && !said.contains("geheim"), "{said}");
        return;
    }
    let output = check(&format!("{nobody},{}", database.url)).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && !said.contains("geheim"), "{said}");
    assert!(said.contains("warning: replica 1 (portal on 127.0.0.1) would not be used: "), "{said}");
    assert!(said.contains("replica 2") && said.contains("it takes writes itself"), "{said}");
}

fn the_description_is_printed(database: Database) {
    let document: Value = serde_json::from_str(&succeed(&database, &["openapi"])).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let served = Served::start(&database, &[]);
    assert_eq!(served.client(None).get("/openapi.json").expect(200).json(), document);
    let help = succeed(&database, &["--help"]);
    for command in ["serve", "migrate", "import", "export", "backup", "restored", "token", "openapi", "check"]
    {
        assert!(help.contains(command), "{command}");
    }
}

fn a_database_that_cannot_be_reached_is_said_in_one_line(database: Database) {
    // One that refuses, and one that takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let started = Instant::now();
        let url = format!("postgres://user:geheim@{address}/portal");
        let said = fail(
            program(&database, &["serve"])
                .env("DATABASE_URL", url)
                .env("CLUSTERPORTAL_LISTEN", "127.0.0.1:0"),
        );
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(said.contains("database cannot be reached") && !said.contains("geheim"), "{said}");
    }
    let said = fail(program(&database, &["serve"]).env("DATABASE_URL", "sqlite:///no/such/folder/x.db"));
    assert!(said.contains("database cannot be reached"), "{said}");
}

fn settings_come_from_everywhere_in_order(database: Database) {
    let file = database.folder.path().join("portal.toml");
    std::fs::write(&file, "public_url = \"http://file.example\"\nlog_format = \"json\"\n").unwrap();
    let url = |command: &mut Command| {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find_map(|line| line.strip_prefix("public_url = ")).map(str::to_owned).unwrap_or(text)
    };
    let file = ["check", "--config", "portal.toml"];
    assert_eq!(
        url(program(&database, &file).env_remove("CLUSTERPORTAL_PUBLIC_URL")),
        "\"http://file.example\""
    );
    assert_eq!(url(&mut program(&database, &file)), format!("\"{PUBLIC_URL}\""));
    let option = [&file[..], &["--public-url", "http://option.example"]].concat();
    assert_eq!(url(&mut program(&database, &option)), "\"http://option.example\"");
    fail(&mut program(&database, &["check", "--config", "nothing.toml"]));
    std::fs::write(database.folder.path().join("typo.toml"), "publik_url = \"x\"\n").unwrap();
    fail(&mut program(&database, &["check", "--config", "typo.toml"]));
}
