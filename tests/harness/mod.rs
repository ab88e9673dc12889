//! What tests stand on: databases, servers, clients, records.
//!
//! A test is a function that takes what it needs: a [`TestApp`] (a server with a database of its own), a
//! [`Database`] alone, or the [`Engine`] to make one with. [`on_both!`] makes two tests of it, `name::sqlite` and `name::postgres`.

mod app;
mod chambers;
mod client;
mod database;
mod description;
mod postgres;
mod raw;
mod records;
mod scratch;
mod stream;
mod turmoil;

pub(crate) use app::{Options, PUBLIC_URL, START, TestApp, TestClock, grant, nobodys_id};
pub(crate) use chambers::{
    CHAMBER, LAST_CHUNK, OTHER_CHAMBER, Syncs, chunk, counts, gzip, marker, member_at, member_line,
    member_lines, members_of, ndjson, rejected, runs_of, zstd,
};
pub(crate) use client::{Agent, Answer, Client, Request};
pub(crate) use database::{Database, Engine};
pub(crate) use description::{DESCRIPTION, Operation};
pub(crate) use raw::{RawAnswer, Socket};
pub(crate) use records::{Minimal, Records, collection, example, minimal, other_example, with, without};
pub(crate) use scratch::folder;
pub(crate) use stream::EventStream;
pub(crate) use turmoil::{Dice, Turmoil};

/// What a test asks for: it is made on either database.
pub(crate) trait Stage {
    /// Sets it up.
    fn set_up(engine: Engine) -> Self;
}

impl Stage for Engine {
    fn set_up(engine: Engine) -> Self {
        engine
    }
}

/// Makes of each test function one test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident)+) => {
        $(
            mod $name {
                use $crate::harness::{Engine, Stage};

                #[test]
                fn sqlite() {
                    // Both meet the same snapshots.
                    insta::allow_duplicates! { super::$name(Stage::set_up(Engine::Sqlite)) }
                }

                #[test]
                fn postgres() {
                    insta::allow_duplicates! { super::$name(Stage::set_up(Engine::Postgres)) }
                }
            }
        )+
    };
}
pub(crate) use on_both;

/// Makes of each promise, a function that is generic over the kind of record, one test on SQLite and one on
/// PostgreSQL, which keep it for every kind, each in a server of its own.
macro_rules! for_every_kind {
    ($($name:ident)+) => {
        $(
            mod $name {
                use $crate::harness::{Engine, Stage as _, TestApp};
                use domain::{content::Content, kinds::{KindVisitor, every_kind}};

                struct Each(Engine);

                impl KindVisitor for Each {
                    fn visit<C: Content>(&mut self) {
                        eprintln!("kind: {}", C::KIND);
                        super::$name::<C>(&TestApp::set_up(self.0));
                    }
                }

                #[test]
                fn sqlite() {
                    every_kind(&mut Each(Engine::Sqlite));
                }

                #[test]
                fn postgres() {
                    every_kind(&mut Each(Engine::Postgres));
                }
            }
        )+
    };
}
pub(crate) use for_every_kind;
