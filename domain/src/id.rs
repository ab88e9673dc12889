//! Ids, and the source of time and randomness.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};
use uuid::Uuid;

/// The id of a record: a UUIDv7 (RFC 9562 section 5.7) that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub Uuid);

impl Id {
    /// Parses the hyphenated form. Returns `None` for anything else, including other forms of UUID.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// Regular expression (ECMA-262) for ids, without anchors.
    pub const PATTERN: &str = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";

    /// Whether the id is a UUIDv7. Other versions come from other systems, and may not be unique here.
    pub fn is_of_a_record(self) -> bool {
        self.0.get_version_num() == 7 && self.0.get_variant() == uuid::Variant::RFC4122
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl utoipa::PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .min_length(Some(36))
            .max_length(Some(36))
            .description(Some("Id of a record: a UUIDv7 that never changes."))
            .examples(["019a2b3c-0000-7000-8000-000000000001"])
            .into()
    }
}
impl utoipa::ToSchema for Id {}

/// The source of the current time and of new ids. Tests provide their own.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    id: Arc<dyn Fn(DateTime<Utc>) -> Id + Send + Sync>,
}

impl Clock {
    /// The system clock and random number generator.
    #[expect(clippy::disallowed_methods, reason = "the one place where time and chance enter")]
    pub fn of_the_system() -> Self {
        Self { now: Arc::new(Utc::now), id: Arc::new(|_| Id(Uuid::now_v7())) }
    }

    /// Creates a clock from the given functions.
    pub fn new(
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        id: impl Fn(DateTime<Utc>) -> Id + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), id: Arc::new(id) }
    }

    /// The current time in microseconds, the precision that both databases store.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(6)
    }

    /// A new id.
    pub fn new_id(&self) -> Id {
        (self.id)(self.now())
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
