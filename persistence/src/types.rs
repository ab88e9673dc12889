//! Types that the two databases store differently.

use crate::connection::{MultiBackend, MultiRawValue};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{self, SqlType},
    sqlite::Sqlite,
};
use domain::{id::Id, reference::Days};
use uuid::Uuid;

/// SQL type of an id: `uuid` on PostgreSQL, 16 bytes on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct UuidSql;

/// SQL type of a moment: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct MomentSql;

/// SQL type of a day: `date` on PostgreSQL, days since 1970 on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1082, array_oid = 1182))]
#[diesel(sqlite_type(name = "Integer"))]
pub struct DaySql;

/// Forwards a type to its implementations for the two databases.
macro_rules! on_both {
    ($sql:ty, $rust:ty) => {
        impl sql_types::HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$sql>(lookup)
            }
        }

        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, $sql>()
            }
        }
    };
}

/// An id in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = UuidSql)]
pub(crate) struct DbId(pub(crate) Uuid);

impl From<Id> for DbId {
    fn from(id: Id) -> Self {
        Self(id.0)
    }
}

impl From<DbId> for Id {
    fn from(id: DbId) -> Self {
        Self(id.0)
    }
}

impl ToSql<UuidSql, Pg> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<UuidSql, Pg> for DbId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Uuid, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<UuidSql, Sqlite> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<UuidSql, Sqlite> for DbId {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<sql_types::Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

on_both!(UuidSql, DbId);

/// A moment in the database, with microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = MomentSql)]
pub(crate) struct DbMoment(pub(crate) DateTime<Utc>);

impl DbMoment {
    /// An open start: before every moment that can be written.
    pub(crate) fn open_start() -> Self {
        Self(first_day().and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// An open end: after every moment that can be written.
    pub(crate) fn open_end() -> Self {
        Self(last_day().and_time(chrono::NaiveTime::MIN).and_utc())
    }
}

impl From<DateTime<Utc>> for DbMoment {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment)
    }
}

impl ToSql<MomentSql, Pg> for DbMoment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Timestamptz, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<MomentSql, Pg> for DbMoment {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Timestamptz, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<MomentSql, Sqlite> for DbMoment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.timestamp_micros());
        Ok(IsNull::No)
    }
}

impl FromSql<MomentSql, Sqlite> for DbMoment {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<sql_types::BigInt, Sqlite>>::from_sql(value)?;
        Ok(Self(Utc.timestamp_micros(micros).single().ok_or("a moment beyond the calendar")?))
    }
}

on_both!(MomentSql, DbMoment);

/// A day in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = DaySql)]
pub(crate) struct DbDay(pub(crate) NaiveDate);

impl ToSql<DaySql, Pg> for DbDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Date, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<DaySql, Pg> for DbDay {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Date, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<DaySql, Sqlite> for DbDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_epoch_days());
        Ok(IsNull::No)
    }
}

impl FromSql<DaySql, Sqlite> for DbDay {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let days = <i32 as FromSql<sql_types::Integer, Sqlite>>::from_sql(value)?;
        Ok(Self(NaiveDate::from_epoch_days(days).ok_or("a day beyond the calendar")?))
    }
}

on_both!(DaySql, DbDay);

/// An open start: before every day that can be written.
pub(crate) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default()
}

/// An open end: after every day that can be written.
pub(crate) fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default()
}

/// Returns the first and last day of a term.
pub(crate) fn days(days: Days) -> (NaiveDate, NaiveDate) {
    (days.since.unwrap_or_else(first_day), days.until.unwrap_or_else(last_day))
}
