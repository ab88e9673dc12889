//! Opening connections: what is added to a URL, and what a session needs.

use diesel::{
    Connection as _, ConnectionError, PgConnection,
    connection::{CacheSize, SimpleConnection as _},
};

/// What a connection to the primary needs, unless its URL says otherwise. Gives up on an unreachable server soon enough
/// for `serve` to report it, and on one that is cut off while a statement waits within ten seconds, where TCP would
/// wait for a quarter of an hour. Refuses a server that has become a replica.
const TO_PRIMARY: &[(&str, &str)] = &[
    ("connect_timeout", "3"),
    ("target_session_attrs", "read-write"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "2"),
];

/// The same for a replica, for which the primary can step in.
const TO_REPLICA: &[(&str, &str)] = &[
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "2000"),
    ("keepalives_idle", "1"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "2"),
];

/// Opens a connection to the primary.
pub(crate) fn connect(url: &str) -> Result<PgConnection, ConnectionError> {
    establish(url, TO_PRIMARY)
}

/// Opens a connection to a replica.
pub(crate) fn connect_to_replica(url: &str) -> Result<PgConnection, ConnectionError> {
    establish(url, TO_REPLICA)
}

/// The parameter of a URL that leads to PgBouncer in transaction mode. Not one of libpq.
const POOLED: &str = "pgbouncer=true";

/// Whether each transaction may get another session, so that nothing may be left in one.
pub(crate) fn is_pooled(url: &str) -> bool {
    parameters(url).any(|pair| pair == POOLED)
}

fn parameters(url: &str) -> impl Iterator<Item = &str> {
    url.split_once('?').map_or("", |(_, query)| query).split('&').filter(|pair| !pair.is_empty())
}

/// The URL as libpq takes it.
pub(super) fn for_libpq(url: &str) -> String {
    let place = url.split_once('?').map_or(url, |(place, _)| place);
    let kept: Vec<&str> = parameters(url).filter(|pair| *pair != POOLED).collect();
    if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) }
}

fn establish(url: &str, defaults: &[(&str, &str)]) -> Result<PgConnection, ConnectionError> {
    let mut conn = PgConnection::establish(&with_defaults(&for_libpq(url), defaults))?;
    let settings = if is_pooled(url) {
        conn.set_prepared_statement_cache_size(CacheSize::Disabled);
        // PgBouncer passes this one on with the client.
        "SET TIME ZONE 'UTC'"
    } else {
        "SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET jit = off;"
    };
    conn.batch_execute(settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Adds the parameters that a URL does not have.
fn with_defaults(url: &str, defaults: &[(&str, &str)]) -> String {
    let is_given = |name: &str| parameters(url).any(|pair| pair.split('=').next() == Some(name));
    let mut complete = url.to_owned();
    for (name, value) in defaults.iter().filter(|(name, _)| !is_given(name)) {
        let separator = if complete.contains('?') { '&' } else { '?' };
        complete.push_str(&format!("{separator}{name}={value}"));
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_of_poolers_is_ours() {
        let url = "postgres://a/b?pgbouncer=true&sslmode=require";
        assert!(is_pooled(url) && !is_pooled("postgres://a/pgbouncer=true"));
        assert_eq!(for_libpq(url), "postgres://a/b?sslmode=require");
        assert_eq!(for_libpq("postgres://a/b?pgbouncer=true"), "postgres://a/b");
    }

    #[test]
    fn what_a_url_says_is_kept() {
        let defaults = [("connect_timeout", "3"), ("keepalives", "1")];
        for (url, expected) in [
            ("postgres://a/b", "postgres://a/b?connect_timeout=3&keepalives=1"),
            ("postgres://a/b?keepalives=0", "postgres://a/b?keepalives=0&connect_timeout=3"),
            ("postgres://a,keepalives/b?x=1", "postgres://a,keepalives/b?x=1&connect_timeout=3&keepalives=1"),
        ] {
            assert_eq!(with_defaults(url, &defaults), expected);
        }
    }
}
