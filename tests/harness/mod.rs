//! The test harness: databases, servers, clients, records.
//!
//! A test is a function with one parameter: a [`TestApp`] (a server with its own database), a [`Database`], or an
//! [`Engine`]. [`on_both!`] makes two tests of it, `name::sqlite` and `name::postgres`.

mod app;
mod chambers;
mod client;
mod database;
mod description;
mod postgres;
mod provider;
mod raw;
mod records;
mod scratch;
mod secure;
mod stream;
mod turmoil;

pub(crate) use app::{Options, PUBLIC_URL, START, TestApp, TestClock, actor, grant, nobodys_id};
pub(crate) use chambers::{
    CHAMBER, LAST_CHUNK, OTHER_CHAMBER, Syncs, chunk, counts, gzip, marker, member_at, member_line,
    member_lines, members_of, ndjson, rejected, runs_of, zstd,
};
pub(crate) use client::{Agent, Answer, Client, Request};
pub(crate) use database::{Database, Engine};
pub(crate) use description::{DESCRIPTION, Description, FEATURES, Operation};
pub(crate) use provider::{AUDIENCE, IdentityProvider, Reply, SigningKey, unsigned};
pub(crate) use raw::{RawAnswer, Socket};
pub(crate) use records::{
    Minimal, Records, collection, example, located, minimal, other_example, with, without,
};
pub(crate) use scratch::folder;
pub(crate) use secure::{Credentials, Http2, Received, http1_over_tls};
pub(crate) use stream::EventStream;
pub(crate) use turmoil::{Dice, Turmoil};

/// The parameter of a test.
pub(crate) trait Stage {
    /// Creates it on an engine.
    fn set_up(engine: Engine) -> Self;
}

impl Stage for Engine {
    fn set_up(engine: Engine) -> Self {
        engine
    }
}

/// Makes two tests of each function, one per engine.
macro_rules! on_both {
    ($($name:ident)+) => {
        $(
            mod $name {
                use $crate::harness::{Engine, Stage};

                #[test]
                fn sqlite() {
                    // Both engines share the snapshots.
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

/// Makes two tests of each function, one per engine. The function is generic over the content. It is called for
/// every kind, each time with a new server.
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
                        let app = TestApp::set_up(self.0);
                        app.prepare(C::KIND);
                        super::$name::<C>(&app);
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
