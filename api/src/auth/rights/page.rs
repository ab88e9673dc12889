//! The tables of `docs/roles.md`, and of the OpenAPI document.

use super::{COLUMNS, Extent, TABLE};

/// The rights of callers without a token and of each role, as a table in Markdown.
pub(crate) fn table() -> String {
    let names =
        COLUMNS.map(|column| column.map_or("anonymous".to_owned(), |role| format!("`{}`", role.as_str())));
    let mut lines = vec![row("right", &names), row("---", &COLUMNS.map(|_| "---".to_owned()))];
    for (right, about, _) in TABLE {
        lines.push(row(about, &COLUMNS.map(|column| word(right.extent(column)).to_owned())));
    }
    lines.concat()
}

fn row(first: &str, cells: &[String]) -> String {
    format!("| {first} | {} |\n", cells.join(" | "))
}

fn word(extent: Extent) -> &'static str {
    match extent {
        Extent::Nothing => "–",
        Extent::Own => "own",
        Extent::OwnIfPublishing => "own, if managers publish",
        Extent::All => "all",
    }
}
