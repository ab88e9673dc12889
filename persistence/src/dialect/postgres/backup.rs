//! Archives for `pg_restore`, made by `pg_dump`.

use crate::{backup::BackupError, error::Error};
use diesel::{prelude::*, sql_query, sql_types::Integer};
use std::{
    fs::File,
    io::ErrorKind,
    process::{Command, Stdio},
};

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Writes an archive of the database to a file.
pub(crate) fn dump(conn: &mut PgConnection, url: &str, file: File) -> Result<(), BackupError> {
    let (url, password) = without_password(&super::connecting::for_libpq(url))?;
    refuse_older(major_version(conn)?)?;
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-password", "--dbname", &url]);
    // Every user of the machine can read the arguments of a program, and only its owner its environment.
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.stdin(Stdio::null()).stdout(file).stderr(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(BackupError::Program(said.trim().to_owned())) }
}

fn major_version(conn: &mut PgConnection) -> Result<i32, BackupError> {
    let Version { version } =
        sql_query("SELECT current_setting('server_version_num')::integer / 10000 AS version")
            .get_result(conn)
            .map_err(Error::from)?;
    Ok(version)
}

/// `pg_dump` reads servers of its own version and of older ones.
fn refuse_older(server: i32) -> Result<(), BackupError> {
    let advice =
        format!("install the client programs of PostgreSQL {server} or newer (Debian: postgresql-client)");
    let output = Command::new("pg_dump").arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => BackupError::Program(format!("pg_dump is missing: {advice}")),
        _ => BackupError::Program(format!("pg_dump cannot be started: {error}")),
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.split_whitespace().find_map(|word| word.split('.').next()?.parse::<i32>().ok());
    match version {
        Some(version) if version >= server => Ok(()),
        Some(version) => Err(BackupError::Program(format!(
            "pg_dump {version} is older than the server, which is PostgreSQL {server}: {advice}"
        ))),
        None => Err(BackupError::Program(format!("pg_dump does not say its version: {advice}"))),
    }
}

/// Separates the password from a URL, as libpq reads it: it stands behind the user, or is a parameter.
fn without_password(url: &str) -> Result<(String, Option<String>), BackupError> {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (mut base, mut password) = (base.to_owned(), None);
    if let Some((scheme, rest)) = base.split_once("://")
        && let Some((user, host)) = rest.split_once('@').filter(|(user, _)| !user.contains('/'))
        && let Some((name, secret)) = user.split_once(':')
    {
        password = Some(decoded(secret)?);
        base = format!("{scheme}://{name}@{host}");
    }
    let mut parameters = Vec::new();
    for parameter in query.into_iter().flat_map(|query| query.split('&')) {
        match parameter.split_once('=') {
            Some(("password", secret)) => password = Some(decoded(secret)?),
            Some(("sslpassword", _)) => {
                return Err(BackupError::Program(
                    "backup cannot pass sslpassword to pg_dump unseen: use a key without a password"
                        .to_owned(),
                ));
            }
            _ => parameters.push(parameter),
        }
    }
    if !parameters.is_empty() {
        base = format!("{base}?{}", parameters.join("&"));
    }
    Ok((base, password))
}

fn decoded(text: &str) -> Result<String, BackupError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded
        .map(|text| text.into_owned())
        .map_err(|_| BackupError::Program("the password in DATABASE_URL is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_in_no_argument() {
        for (url, rest, password) in [
            ("postgres://host/db", "postgres://host/db", None),
            ("postgres://me@host/db", "postgres://me@host/db", None),
            ("postgres://me:p%40%3as@a:1,b:2/db", "postgres://me@a:1,b:2/db", Some("p@:s")),
            ("postgresql://me:a:b@/db?host=/run", "postgresql://me@/db?host=/run", Some("a:b")),
            ("postgres://host/db?password=p%20s&user=me", "postgres://host/db?user=me", Some("p s")),
            ("postgres://me:one@host/db?password=two", "postgres://me@host/db", Some("two")),
            ("postgres://host/a@b:c", "postgres://host/a@b:c", None),
            ("postgres:///db?options=-c%20x%3d1", "postgres:///db?options=-c%20x%3d1", None),
        ] {
            assert_eq!(
                without_password(url).unwrap(),
                (rest.to_owned(), password.map(str::to_owned)),
                "{url}"
            );
        }
        assert!(without_password("postgres://host/db?sslpassword=x").is_err());
    }
}
