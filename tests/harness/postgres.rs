//! A PostgreSQL server for the tests. Started once per process, and removed when it ends.

use super::scratch;
use std::{
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

/// A server for test databases.
pub(super) struct Server {
    /// The URL of a superuser, with `{database}` in place of the name.
    pattern: String,
    /// Whether the tests have started it. Otherwise `TEST_DATABASE_URL` names it.
    pub(super) is_ours: bool,
}

/// Printed if there is no PostgreSQL.
const ADVICE: &str = "the tests need PostgreSQL 15 or newer: install it (Debian: apt-get install postgresql), or \
    name a server in TEST_DATABASE_URL (a superuser's URL)";

static SERVER: LazyLock<Result<Server, String>> = LazyLock::new(Server::start);

impl Server {
    /// Returns the server of this process, or an error that says what to do.
    pub(super) fn get() -> Result<&'static Self, String> {
        SERVER.as_ref().map_err(|cause| format!("{ADVICE}; {cause}"))
    }

    /// The URL of a database.
    pub(super) fn url(&self, database: &str) -> String {
        self.pattern.replace("{database}", database)
    }

    fn start() -> Result<Self, String> {
        match super::database::environment("TEST_DATABASE_URL") {
            Some(url) => Self::named(&url),
            None => Self::own(),
        }
    }

    fn named(url: &str) -> Result<Self, String> {
        let mut url = url::Url::parse(url).map_err(|cause| format!("TEST_DATABASE_URL: {cause}"))?;
        url.set_path("/{database}");
        let pattern = url.as_str().replace("%7B", "{").replace("%7D", "}");
        Ok(Self { pattern, is_ours: false })
    }

    fn own() -> Result<Self, String> {
        let programs = Programs::find()?;
        let folder = scratch::folder().keep();
        let data = folder.join("data");
        scratch::say_farewell_with(&programs.farewell(&data));
        programs.give_away(&folder)?;
        programs.run(
            "initdb",
            &["-D", path(&data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        )?;
        let port = free_port()?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off \
             -c full_page_writes=off -c synchronous_commit=off -c max_connections=300 -c shared_buffers=64MB",
            path(&folder)
        );
        let log = folder.join("log");
        programs.run("pg_ctl", &["-D", path(&data), "-l", path(&log), "-w", "-o", &options, "start"])?;
        let pattern = format!("postgres://postgres@127.0.0.1:{port}/{{database}}");
        Ok(Self { pattern, is_ours: true })
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the temporary folder has a plain name")
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|cause| cause.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|cause| cause.to_string())
}

/// The programs of PostgreSQL. They refuse to run as root.
struct Programs {
    folder: Option<PathBuf>,
    as_postgres: bool,
}

impl Programs {
    /// Searches Debian's directories, newest version first, and then `PATH`.
    fn find() -> Result<Self, String> {
        let version =
            |entry: &std::fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse().ok());
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok())
            .filter_map(|entry| Some((version(&entry)?, entry.path().join("bin"))))
            .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file())
            .collect();
        versions.sort();
        let folder = versions.pop().map(|(_, bin)| bin);
        let in_path = || Command::new("pg_ctl").arg("--version").output().is_ok();
        if folder.is_none() && !in_path() {
            return Err("neither /usr/lib/postgresql/*/bin nor PATH has initdb and pg_ctl".to_owned());
        }
        let user = Command::new("id").arg("-u").output().map_err(|cause| format!("id: {cause}"))?;
        Ok(Self { folder, as_postgres: user.stdout.trim_ascii() == b"0" })
    }

    fn program(&self, name: &str) -> String {
        let program = self.folder.as_ref().map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        path(&program).to_owned()
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Result<(), String> {
        let program = self.program(name);
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", &program]);
            command
        } else {
            Command::new(&program)
        };
        // The server keeps running, and must not keep our standard output open.
        let output = command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|cause| format!("{program}: {cause}"))?;
        if output.success() { Ok(()) } else { Err(format!("{program} failed: {output}")) }
    }

    /// Makes the folder writable for the user that runs the server.
    fn give_away(&self, folder: &Path) -> Result<(), String> {
        if !self.as_postgres {
            return Ok(());
        }
        // This user must also be able to enter the parent folder.
        let passable = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(scratch::path(), passable).map_err(|cause| cause.to_string())?;
        let status = Command::new("chown").args(["postgres:", path(folder)]).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err("the temporary folder cannot be given to the user postgres".to_owned()),
        }
    }

    /// The shell command that stops the server immediately.
    fn farewell(&self, data: &Path) -> String {
        let runuser = if self.as_postgres { "runuser -u postgres -- " } else { "" };
        format!("{runuser}'{}' -D '{}' -m immediate -w stop", self.program("pg_ctl"), path(data))
    }
}
