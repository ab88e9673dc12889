//! What shells and `man` read of the command line.

use super::{program, succeed};
use crate::harness::{Database, on_both};
use clap::ValueEnum as _;
use clap_complete::Shell;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

on_both! {
    every_shell_completes_every_command
    every_command_has_a_page
}

/// The commands that `--help` lists, without `help` itself.
fn commands(database: &Database) -> Vec<String> {
    let help = succeed(database, &["--help"]);
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let listed = listed.split("\n\n").next().unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> =
        names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.len() > 10, "{names:?}");
    names.into_iter().filter(|name| name != "help").collect()
}

fn every_shell_completes_every_command(database: Database) {
    let commands = commands(&database);
    for shell in Shell::value_variants() {
        // Faulty settings keep no shell from completing.
        let output = program(&database, &["completion", &shell.to_string()])
            .env("CLUSTERPORTAL_LISTEN", "8080")
            .output()
            .unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && commands.iter().all(|name| script.contains(name)), "{shell}");
        if *shell == Shell::Bash {
            let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
            bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            assert!(bash.wait().unwrap().success());
        }
    }
}

fn every_command_has_a_page(database: Database) {
    let folder = database.folder.path().join("man");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(succeed(&database, &["man", "man"]), "");
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(page("clusterportal.1"), succeed(&database, &["man"]));
    for name in commands(&database) {
        let page = page(&format!("clusterportal-{name}.1"));
        assert!(page.contains(&format!(".TH clusterportal-{name} 1")), "{page}");
    }
}
