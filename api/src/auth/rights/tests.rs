//! Tests of the table of rights.

use super::*;

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
