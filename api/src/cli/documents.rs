//! `completion` and `man`: the command line, as shells and `man` read it.

use clap::Command;
use clap_complete::Shell;
use std::{io::Write as _, path::Path};

/// Prints the completion script of a shell.
pub(super) fn complete(mut command: Command, shell: Shell) -> Result<(), String> {
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the main page of the manual, or writes the pages of all commands into a folder.
pub(super) fn write_manual(command: Command, folder: Option<&Path>) -> Result<(), String> {
    let Some(folder) = folder else {
        // As `generate_to` does.
        let mut command = command.disable_help_subcommand(true);
        command.build();
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(|error| error.to_string())?;
        return print(&page);
    };
    // They are written in place, so a folder that does not exist is a mistake.
    clap_mangen::generate_to(command, folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn print(bytes: &[u8]) -> Result<(), String> {
    std::io::stdout().write_all(bytes).map_err(|error| error.to_string())
}
