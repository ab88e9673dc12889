//! Many erasures at once, among many members: all are answered, and their pages hold nothing of them.

use super::traces::wait_until_scrubbed;
use crate::harness::{CHAMBER, Database, Syncs as _, TestApp, member_at, member_line, on_both, with};
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Barrier};

on_both! {
    many_at_once_are_all_erased_and_leave_nothing_between_the_others
}

const MEMBERS: usize = 600;
/// So many are erased at once.
const TOGETHER: usize = 10;

/// Stands in each text of a member, in one of its states, and nowhere else.
fn mark(member: usize, state: usize) -> String {
    format!("zq{:06}xv{state}", member * 7_919 % 1_000_003)
}

/// A member, full of its mark; longer in some states, so that rows move from page to page.
fn line(member: usize, state: usize) -> Value {
    let mark = mark(member, state);
    let fields = json!({
        "name": format!("{mark} {}", mark.repeat(1 + (member * 31 + state * 17) % 20)),
        "website": format!("https://{mark}.example/{mark}"),
        "address": { "street": format!("Weg {mark}"), "city": mark },
    });
    with(&member_line(&format!("E-{member}")), &fields)
}

/// How many of these marks stand in any file of the database.
fn found(database: &Database, marks: &[String]) -> usize {
    let mut there: HashSet<Vec<u8>> = HashSet::new();
    for path in database.files() {
        let bytes = std::fs::read(path).unwrap_or_default();
        let begins = |at: &usize| bytes[*at] == b'z' && bytes[*at + 1] == b'q';
        let length = mark(0, 0).len();
        let last = bytes.len().saturating_sub(length);
        there.extend((0..last).filter(begins).map(|at| bytes[at..at + length].to_vec()));
    }
    marks.iter().filter(|mark| there.contains(mark.as_bytes())).count()
}

fn many_at_once_are_all_erased_and_leave_nothing_between_the_others(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    for state in 0..3 {
        // A part at a time, so that pages are torn and mended between those that are there.
        for part in 0..6 {
            let lines: Vec<Value> =
                (0..MEMBERS).filter(|member| member % 6 == part).map(|member| line(member, state)).collect();
            chamber.sync("", &lines);
        }
    }
    let erased: Vec<usize> = (0..MEMBERS).step_by(10).collect();
    let marks: Vec<String> =
        erased.iter().flat_map(|member| (0..3).map(|state| mark(*member, state))).collect();
    assert!(found(&app.database, &marks[..9]) > 0, "the test would see it");
    for members in erased.chunks(TOGETHER) {
        let barrier = Barrier::new(members.len());
        std::thread::scope(|scope| {
            for member in members {
                let (chamber, barrier) = (&chamber, &barrier);
                scope.spawn(move || {
                    let address = format!("{}?erase=true", member_at(&format!("E-{member}")));
                    barrier.wait();
                    chamber.delete(&address).expect(204);
                    chamber.delete(&address).expect(404);
                });
            }
        });
    }
    assert_eq!(app.held_by(CHAMBER).len(), MEMBERS - erased.len());
    wait_until_scrubbed(&app.database);
    assert_eq!(found(&app.database, &marks), 0);
    assert_eq!(found(&app.database, &[mark(1, 2), mark(599, 2)]), 2, "the others are there");
}
