//! Tests of the table of rights.

use super::{page::table, *};

/// Writes the table into the page if `UPDATE_OPENAPI` is set.
#[test]
#[expect(clippy::disallowed_methods, reason = "lets a developer update the file")]
fn the_published_page_of_roles_has_the_table() {
    let file = format!("{}/../docs/roles.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&file).unwrap();
    let [start, end] = ["<!-- rights -->\n", "<!-- end -->"].map(|mark| page.find(mark).unwrap());
    let before = &page[..start + "<!-- rights -->\n".len()];
    let written = format!("{before}{}{}", table(), &page[end..]);
    if std::env::var("UPDATE_OPENAPI").is_ok() {
        std::fs::write(&file, &written).unwrap();
    }
    let differs = "differs: UPDATE_OPENAPI=1 cargo test -p api --lib published";
    assert!(std::fs::read_to_string(&file).unwrap() == written, "docs/roles.md {differs}");
}

#[test]
fn each_right_finds_its_own_row() {
    for (index, (right, ..)) in TABLE.into_iter().enumerate() {
        assert_eq!(right as usize, index, "{right:?}");
    }
}

#[test]
fn only_managers_depend_on_what_the_operator_allows() {
    for (right, _, _) in TABLE {
        let dependent = right.roles().filter(|role| right.extent(Some(*role)) == Extent::OwnIfPublishing);
        assert!(dependent.eq((right == Right::PublishEvents).then_some(Role::Manager)), "{right:?}");
    }
}

#[test]
fn managers_may_edit_the_kinds_of_record_that_they_may_own() {
    for kind in Kind::ALL {
        let is_editable = Right::to_edit(kind).extent(Some(Role::Manager)) == Extent::Own;
        assert_eq!(is_editable, kind.is_managed(), "{kind}");
    }
}
