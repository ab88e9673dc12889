//! An operator's first evening: what is there, what would be made, what others can read, and what is said.

use super::{PUBLIC_URL, Served, fail, issue, program, run, succeed};
use crate::harness::{Database, Engine, on_both};
use std::{
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

on_both! {
    commands_that_only_look_make_nothing
    a_database_of_a_newer_release_is_left_alone
    files_are_their_owners_alone
    an_export_overwrites_nothing_unasked
    a_list_of_tokens_says_what_each_is_bound_to
    an_unknown_variable_is_a_warning_that_names_the_nearest
    faults_of_the_settings_file_are_told_with_their_line
    a_database_of_the_demo_says_so
    what_keeps_the_server_from_starting_is_one_clear_line
    long_work_shows_how_far_it_is_on_a_terminal_alone
}

/// The files and folders in a folder, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    entries
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// How many tables a database has; a file that is not there has none.
fn tables(database: &Database) -> i64 {
    match database.engine {
        Engine::Sqlite if !database.folder.path().join("test.db").exists() => 0,
        Engine::Sqlite => database.number("SELECT count(*) AS n FROM sqlite_master"),
        Engine::Postgres => database.number(
            "SELECT count(*) AS n FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE nspname = 'public'",
        ),
    }
}

/// Arguments of every command that needs a database and must not make one.
const LOOKING: [&[&str]; 8] = [
    &["export"],
    &["export", "all.ndjson"],
    &["token", "list"],
    &["token", "issue", "--role", "editor", "--subject", "ich", "--expires", "8h"],
    &["token", "revoke", "01a20d12-0000-7000-8000-000000000001"],
    &["key", "list"],
    &["key", "rotate"],
    &["key", "retire", "01a20d12-0000-8000-8000-000000000001"],
];

fn commands_that_only_look_make_nothing(engine: Engine) {
    let database = Database::empty(engine);
    let folder = database.folder.path();
    let said = succeed(&database, &["check"]);
    assert!(said.contains("would create it") && said.contains("no data folder"), "{said}");
    for arguments in LOOKING.into_iter().chain([&["backup", "backup"][..], &["restored"]]) {
        let said = fail(&mut program(&database, arguments));
        assert!(said.contains("clusterportal migrate"), "{arguments:?}: {said}");
        if engine == Engine::Sqlite {
            let file = folder.join("test.db");
            assert!(said.contains(file.to_str().unwrap()), "{arguments:?}: {said}");
        }
    }
    assert_eq!((entries(folder), tables(&database)), (Vec::new(), 0));
    succeed(&database, &["migrate"]);
    let said = succeed(&database, &["check"]);
    assert!(said.contains("its schema is up to date"), "{said}");
    // Derived data that another release has made.
    database.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
    let said = succeed(&database, &["check"]);
    assert!(said.contains("would rebuild its derived data"), "{said}");
    succeed(&database, &["token", "list"]);
    assert_eq!(
        database.number("SELECT count(*) AS n FROM facts WHERE name = 'index_version' AND value = '0'"),
        1
    );
    assert!(!folder.join("clusterportal-data").exists());
    // A schema of which nothing but the list of steps is there.
    database.execute("DELETE FROM __diesel_schema_migrations");
    let said = succeed(&database, &["check"]);
    assert!(said.contains("has no schema yet"), "{said}");
}

fn a_database_of_a_newer_release_is_left_alone(database: Database) {
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let before = tables(&database);
    let writing: [&[&str]; 3] =
        [&["serve", "--listen", "127.0.0.1:0"], &["migrate"], &["import", "nowhere.ndjson"]];
    for arguments in LOOKING.into_iter().chain(writing) {
        let said = fail(&mut program(&database, arguments));
        assert!(said.contains("a newer release has changed the schema"), "{arguments:?}: {said}");
    }
    let output = run(&database, &["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("a newer release"));
    assert_eq!(tables(&database), before);
}

fn files_are_their_owners_alone(engine: Engine) {
    let database = Database::empty(engine);
    let folder = database.folder.path();
    let served = Served::start(&database, &["--demo"]);
    succeed(&database, &["export", "all.ndjson"]);
    let found = entries(folder);
    let names: Vec<&str> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    match engine {
        Engine::Sqlite => {
            assert_eq!(names, ["all.ndjson", "clusterportal-data", "test.db", "test.db-shm", "test.db-wal"]);
        }
        Engine::Postgres => assert_eq!(names, ["all.ndjson", "clusterportal-data"]),
    }
    for path in found {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    drop(served);
    let said = succeed(&database, &["check"]);
    assert!(!said.contains("warning"), "{said}");
    let data = folder.join("clusterportal-data");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = succeed(&database, &["check"]);
    assert!(said.contains("warning: others on this machine can read clusterportal-data"), "{said}");
}

fn an_export_overwrites_nothing_unasked(database: Database) {
    drop(Served::start(&database, &["--demo"]));
    let folder = database.folder.path();
    let file = folder.join("all.ndjson");
    let output = run(&database, &["export", "all.ndjson"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let written = std::fs::read_to_string(&file).unwrap();
    let expected =
        format!("wrote {} records ({} bytes) to all.ndjson", written.lines().count(), written.len());
    assert_eq!((said.trim(), output.stdout.as_slice()), (expected.as_str(), &b""[..]));
    std::fs::write(&file, "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    // SQLite may leave the files beside the database to the next who opens it.
    let kept =
        || entries(folder).into_iter().filter(|it| !it.to_string_lossy().contains("test.db-")).collect();
    let before: Vec<PathBuf> = kept();
    for name in ["all.ndjson", "link", "."] {
        let said = fail(&mut program(&database, &["export", name]));
        assert!(said.contains("--force"), "{said}");
    }
    fail(&mut program(&database, &["export", "--force", "no/such/folder/x"]));
    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), kept()), ("mine", before));
    succeed(&database, &["export", "all.ndjson", "--force"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    assert_eq!(mode(&file), 0o600);
}

fn a_list_of_tokens_says_what_each_is_bound_to(database: Database) {
    issue(&database);
    let chamber =
        ["token", "issue", "--role", "chamber", "--subject", "Export", "--expires", "8h", "--chamber"];
    succeed(&database, &[&chamber[..], &["ihk-ulm"]].concat());
    let organisation = "01a20d12-0000-7000-8000-000000000001";
    let bound = match database.engine {
        Engine::Sqlite => format!("x'{}'", organisation.replace('-', "")),
        Engine::Postgres => format!("'{organisation}'"),
    };
    let list = succeed(&database, &["token", "list"]);
    let line = |list: &str, subject: &str| {
        list.lines().find(|line| line.contains(subject)).map(str::to_owned).unwrap_or_default()
    };
    assert!(line(&list, "  Export  ").contains("  chamber  chamber ihk-ulm  "), "{list}");
    assert!(line(&list, "  ich  ").contains("  editor  -  "), "{list}");
    database.execute(&format!("UPDATE tokens SET organisation = {bound} WHERE subject = 'ich'"));
    let list = succeed(&database, &["token", "list"]);
    assert!(line(&list, "  ich  ").contains(&format!("organisation {organisation}")), "{list}");
}

/// The names of all settings, as `check` prints them.
fn settings(database: &Database) -> Vec<String> {
    let said = succeed(database, &["check"]);
    said.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned()).collect()
}

fn an_unknown_variable_is_a_warning_that_names_the_nearest(database: Database) {
    let names = settings(&database);
    assert!(names.len() >= 7, "{names:?}");
    for name in names {
        let variable = match name.as_str() {
            "database_url" => "DATABASE_URL".to_owned(),
            "log" => "RUST_LOG".to_owned(),
            name => format!("CLUSTERPORTAL_{}", name.to_uppercase()),
        };
        let bare = variable.trim_start_matches("CLUSTERPORTAL_");
        let doubled = format!("CLUSTERPORTAL_{bare}{}", &bare[bare.len() - 1..]);
        for typo in [doubled, format!("CLUSTERPORTAL_{}", bare.replacen('_', "", 1) + "S")] {
            let output = program(&database, &["check"]).env(&typo, "x").output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let expected = format!("unknown environment variable {typo}; did you mean {variable}?");
            assert!(output.status.success() && said.contains(&expected), "{typo}: {said}");
        }
    }
    let clients = program(&database, &["check"]).env("CLUSTERPORTAL_TOKEN", "x").output().unwrap();
    assert_eq!(String::from_utf8(clients.stderr).unwrap(), "");
}

fn faults_of_the_settings_file_are_told_with_their_line(database: Database) {
    let folder = database.folder.path();
    let told = |text: &str| {
        std::fs::write(folder.join("portal.toml"), text).unwrap();
        let mut command = program(&database, &["check", "--config", "portal.toml"]);
        // The environment would override the file.
        let said = fail(command.env_clear());
        for word in ["geheim", "serde", "invalid type", "struct"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        said
    };
    for name in settings(&database) {
        let said = told(&format!("\n# A comment.\n{name}s = \"x\"\n"));
        let expected = format!("portal.toml, line 3: unknown setting '{name}s'; did you mean {name}?");
        assert!(said.contains(&expected), "{said}");
        let another_type = if name == "managers_publish" { "1.5" } else { "true" };
        for value in [another_type, "[1]", "{ a = 1 }"] {
            let said = told(&format!("\n{name} = {value}\n"));
            assert!(said.contains(&format!("portal.toml, line 2: {name} must be ")), "{value}: {said}");
        }
    }
    assert!(told("[server]\nlisten = 1").contains("portal.toml, line 1: unknown setting 'server'"));
    assert!(told("listen = \"127.0.0.1:1\"\nlog = \"info").contains("portal.toml, line 2: is not TOML"));
    assert!(told("log = \"a\"\nlog = \"b\"").contains("portal.toml, line 2: is not TOML"));
    assert!(told("database_url = \"mysql://geheim\"").contains("line 1: database_url must be sqlite://"));
    let said = told("listen = \"8080\"\n\npublic_url = \"portal\"\nlog_format = \"xml\"\n");
    for fault in ["line 1: listen must be an address and port", "line 4: log_format must be text or json"] {
        assert!(said.contains(fault), "{said}");
    }
    let output = program(&database, &["check"]).env("CLUSTERPORTAL_LOG_FORMAT", "xml").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("CLUSTERPORTAL_LOG_FORMAT must be text or json, not 'xml'"), "{said}");
    // Every value of the environment is a text.
    let output = program(&database, &["check"]).env("CLUSTERPORTAL_DATA_DIR", "2026").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("data_dir = \"2026\""));
    std::fs::write(folder.join("portal.toml"), "\u{feff}log = \"info\"\r\n").unwrap();
    succeed(&database, &["check", "--config", "portal.toml"]);
}

fn a_database_of_the_demo_says_so(database: Database) {
    const SAID: &str = "filled by the demo";
    let landing = |served: &Served| served.client(None).get("/api/v1").expect(200).json()["demo"].as_bool();
    let other = database.another();
    let served = Served::start(&other, &[]);
    assert_eq!(landing(&served), Some(false));
    assert!(!served.log.concat().contains(SAID));
    // An instance that runs already learns of it.
    let second = Served::start(&other, &["--demo"]);
    assert_eq!((landing(&second), landing(&served)), (Some(true), Some(true)));
    drop((served, second));
    for arguments in [&[][..], &["--demo"]] {
        let served = Served::start(&other, arguments);
        assert_eq!(landing(&served), Some(true));
        assert!(served.log.concat().contains(SAID), "{:?}", served.log);
    }
    // Content that was there before is no demo, and neither is what comes from a file.
    succeed(&other, &["export", "all.ndjson"]);
    succeed(&database, &["import", other.folder.path().join("all.ndjson").to_str().unwrap()]);
    assert_eq!(landing(&Served::start(&database, &["--demo"])), Some(false));
}

fn what_keeps_the_server_from_starting_is_one_clear_line(engine: Engine) {
    let database = Database::empty(engine);
    let folder = database.folder.path();
    let used = TcpListener::bind("127.0.0.1:0").unwrap();
    let serve = |listen: &str| program(&database, &["serve", "--listen", listen]);
    let said = fail(&mut serve(&used.local_addr().unwrap().to_string()));
    assert!(said.contains("another program uses this port"), "{said}");
    let said = fail(&mut serve("203.0.113.7:8080"));
    assert!(said.contains("does not have the address 203.0.113.7"), "{said}");
    // Nothing was made in vain.
    assert_eq!((entries(folder), tables(&database)), (Vec::new(), 0));
    succeed(&database, &["migrate"]);
    let free = "127.0.0.1:0";
    std::fs::write(folder.join("file"), "x").unwrap();
    let said = fail(serve(free).env("CLUSTERPORTAL_DATA_DIR", "file"));
    assert!(said.contains("file"), "{said}");
    std::fs::create_dir(folder.join("keys")).unwrap();
    std::fs::write(folder.join("keys/signing-key.pem"), "x").unwrap();
    let said = fail(serve(free).env("CLUSTERPORTAL_DATA_DIR", "keys").env("RUST_LOG", "error"));
    assert!(said.contains("keys/signing-key.pem is not a signing key"), "{said}");
    std::fs::write(
        folder.join("text.db"),
        "This is no database, but a text that is long enough. ".repeat(20),
    )
    .unwrap();
    let said = fail(serve(free).env("DATABASE_URL", "sqlite://text.db"));
    assert!(said.contains("text.db is not a SQLite database"), "{said}");
}

fn long_work_shows_how_far_it_is_on_a_terminal_alone(database: Database) {
    drop(Served::start(&database, &["--demo"]));
    let lines = succeed(&database, &["export"]);
    let many: String = (0..20)
        .map(|number| {
            lines
                .lines()
                .filter(|line| line.starts_with("{\"kind\":\"cluster\""))
                .map(|line| {
                    let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
                    let record = line["record"].as_object_mut().unwrap();
                    for field in ["id", "version", "created_at", "updated_at"] {
                        record.remove(field);
                    }
                    record["slug"] = format!("{}-{number}", record["slug"].as_str().unwrap()).into();
                    line["former_slugs"] = serde_json::json!([]);
                    line.to_string() + "\n"
                })
                .collect::<String>()
        })
        .collect();
    std::fs::write(database.folder.path().join("many.ndjson"), many).unwrap();
    let other = database.another();
    let silent = run(&database, &["import", "many.ndjson"]);
    assert!(
        silent.status.success() && silent.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&silent.stderr)
    );
    // A terminal of its own, which `script` makes.
    let command = format!("{} import many.ndjson", env!("CARGO_BIN_EXE_clusterportal"));
    let output = std::process::Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(database.folder.path())
        .env("DATABASE_URL", &other.url)
        .env("CLUSTERPORTAL_PUBLIC_URL", PUBLIC_URL)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("import: ") && said.contains(" %, "), "{said:?}");
    assert!(said.ends_with("300 created, 0 updated, 0 unchanged\r\n"), "{said:?}");
}
