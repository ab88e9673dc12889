//! Lines of a sync run.

use super::{any_text, for_any, nearly};
use crate::{
    fault::Faults,
    sync::{Line, LineId},
    vocabulary::ChamberCode,
};
use proptest::prelude::*;

/// Lines that are nearly good ones.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let seeds = [
        r#"{"external_id":"S-1","name":"Muster GmbH","kind":"company","region":"DE111"}"#,
        r#"{"external_id":"S\u002d1","deleted":true,"name":null}"#,
        r#"{"name":"Ä","kind":"company","region":"DE111","external_id":" S-1 ","version":1,"address":{"city":"B"}}"#,
        r#"{"external_id":"S-1","external_id":"S-2"}"#,
        r#"["S-1"]"#,
    ];
    let text = prop_oneof![4 => nearly(seeds.map(str::to_owned).to_vec()), 1 => any_text()];
    prop_oneof![3 => text.prop_map(String::into_bytes), 1 => prop::collection::vec(any::<u8>(), 0..60)]
}

#[test]
fn both_readers_of_a_line_find_the_same_member() {
    let chamber = ChamberCode::parse("ihk-ulm").unwrap();
    for_any(any_line(), |text| {
        let peeked = LineId::peek(&text);
        let named = match Line::read(&text, chamber) {
            Ok(line) => {
                prop_assert!(peeked.is_some());
                Some(line.external_id().clone())
            }
            Err(refusal) => {
                for shown in [&refusal.pointer, &refusal.reason] {
                    prop_assert!(shown.chars().count() <= 2 * Faults::MOST_CHARACTERS, "{shown}");
                }
                prop_assert!(!refusal.reason.is_empty());
                refusal.external_id
            }
        };
        if let (Some(named), Some(peeked)) = (named, peeked) {
            prop_assert_eq!(named.as_str(), peeked);
        }
        Ok(())
    });
}
