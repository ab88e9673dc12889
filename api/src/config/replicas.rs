//! URLs of PostgreSQL.

use persistence::{Replica, Target};
use serde::{Deserialize, Serialize};

/// The URLs of replicas, comma-separated. A URL may name several hosts, which commas separate, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReplicaUrls(Vec<String>);

impl ReplicaUrls {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The replicas, in their order.
    pub fn replicas(&self) -> impl Iterator<Item = Replica> {
        self.0.iter().cloned().map(Replica)
    }

    /// The same, for people to read.
    pub(super) fn without_passwords(&self) -> Self {
        Self(self.0.iter().map(|url| without_password(url)).collect())
    }
}

impl TryFrom<String> for ReplicaUrls {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut urls: Vec<String> = Vec::new();
        for piece in text.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            match (piece.contains("://"), urls.last_mut()) {
                (false, Some(url)) => *url = format!("{url},{piece}"),
                _ => urls.push(piece.to_owned()),
            }
        }
        let is_replica = |url: &String| matches!(Target::parse(url), Ok(Target::Postgres(_)));
        if urls.iter().all(is_replica) {
            Ok(Self(urls))
        } else {
            Err("must be URLs of PostgreSQL".to_owned())
        }
    }
}

impl From<ReplicaUrls> for String {
    fn from(ReplicaUrls(urls): ReplicaUrls) -> Self {
        urls.join(",")
    }
}

/// Hides the password of a URL, which may name several hosts, as libpq allows and the URL standard does not.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    // An `@` in a password may be unescaped, and then parts of it look like a path.
    let rest = match rest.rsplit_once('@') {
        Some((user, place)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{place}"),
            None => rest.to_owned(),
        },
        None => rest.to_owned(),
    };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    query.map_or_else(|| format!("{scheme}://{rest}"), |query| format!("{scheme}://{rest}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_apart_and_may_name_several_hosts() {
        let urls = |text: &str| ReplicaUrls::try_from(text.to_owned()).map(|urls| urls.0);
        assert_eq!(urls(""), Ok(vec![]));
        assert_eq!(
            urls("postgres://a:1,b:2/d, postgresql://c/d"),
            Ok(vec!["postgres://a:1,b:2/d".to_owned(), "postgresql://c/d".to_owned()])
        );
        for wrong in ["sqlite://file", "a.example", "postgres://a/d,mysql://b/d"] {
            assert!(urls(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("postgres://u:secret@h/d", "postgres://u:***@h/d"),
            ("postgres://u:se@cr/et@a:1,b:2/d", "postgres://u:***@a:1,b:2/d"),
            (
                "postgres://u@h/d?password=secret&sslmode=require",
                "postgres://u@h/d?password=***&sslmode=require",
            ),
            ("postgres://h:5432/d", "postgres://h:5432/d"),
            ("sqlite://portal.db", "sqlite://portal.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
