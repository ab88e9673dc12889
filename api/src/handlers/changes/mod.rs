//! The change feed: pages, long polling, and an event stream.

mod schemas;
mod stream;

use super::{
    paging::{LIMIT, limit, page_at},
    search::KINDS,
};
use crate::{
    app::App,
    auth::{Caller, Ending, ended_token},
    follow::Woken,
    openapi::{CURSOR, Operation, headers_of, named},
    problem::Problem,
    request::{body::JSON, headers::LAST_EVENT_ID, input::Input, parameter::Parameter},
    respond,
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{fault::Faults, id::Id, kind::Kind};
use futures_util::future::{Either, select};
use persistence::changes::{Change, Changes};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    pin::pin,
    time::{Duration, Instant},
};

/// The media type of server-sent events (HTML Living Standard, section 9.2).
pub const EVENT_STREAM: &str = "text/event-stream";
/// Maximum time to wait for a change, in seconds.
pub const MAX_WAIT: u64 = 60;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("changes", "The change feed: follow public changes and maintain a mirror.");
    table.get("/api/v1/changes", feed, describe);
}

/// A change in responses.
#[derive(Debug, Serialize)]
struct Item {
    seq: i64,
    at: chrono::DateTime<chrono::Utc>,
    kind: Kind,
    id: Id,
    slug: Option<String>,
    action: &'static str,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Feed {
    items: Vec<Item>,
    next: Option<String>,
    cursor: String,
}

/// Where reading starts. The store parses it, because the database issues the cursors.
const SINCE: Parameter<String> = Parameter {
    name: "since",
    description: "Start after this position: a `cursor` of the feed, the `Change-Cursor` of an export, or the `seq` of a change. `now` is the end of the feed. By default, pages start at the beginning and streams now.",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 100, "examples": ["now", "0"] }),
    read: |text| Ok(text.to_owned()),
    shared: None,
};

/// Whether changes include their records.
const INCLUDE: Parameter<()> = Parameter {
    name: "include",
    description: "`record` includes each record in its current state, which may be newer than the change.",
    schema: || json!({ "type": "string", "enum": ["record"] }),
    read: |word| if word == "record" { Ok(()) } else { Err("must be record".to_owned()) },
    shared: None,
};

/// How long to hold back an empty page.
const WAIT: Parameter<Duration> = Parameter {
    name: "wait",
    description: "Number of seconds to wait for a change before returning an empty page.",
    schema: || json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": MAX_WAIT, "default": 0, "examples": [30] }),
    read: |text| match text.parse() {
        Ok(seconds) if seconds <= MAX_WAIT => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("must be a number of seconds from 0 to {MAX_WAIT}")),
    },
    shared: None,
};

/// Where a page or stream starts.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// At the end of the feed.
    Now,
    /// After a change.
    Behind(i64),
}

/// What the caller asked for.
#[derive(Clone, Debug)]
struct Wanted {
    kinds: Vec<Kind>,
    limit: usize,
    with_record: bool,
}

/// Returns a page or a stream of changes.
///
/// # Errors
/// 400 for a cursor of another database or beyond the end of the feed, 406 for other formats.
pub async fn feed(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let is_stream = input.choose_media_type(&[JSON, EVENT_STREAM])? == 1;
    let mut since = input.one(SINCE.name, |text| match text {
        "now" => Ok(Since::Now),
        cursor => app.store.position_of(cursor).map(Since::Behind),
    });
    let wanted = Wanted {
        kinds: input.take_all(&KINDS),
        limit: limit(&mut input),
        with_record: input.take(&INCLUDE).is_some(),
    };
    let wait = input.take(&WAIT);
    input.refuse_rest();
    let mut source = SINCE.name;
    if is_stream && let Some(last) = request.headers().get(LAST_EVENT_ID.name) {
        // A resumed stream must not repeat events, so this takes precedence over `since`.
        source = LAST_EVENT_ID.name;
        match app.store.position_of(last.to_str().unwrap_or_default()) {
            Ok(position) => since = Some(Since::Behind(position)),
            Err(fault) => input.malformed(LAST_EVENT_ID.name, &fault),
        }
    }
    let sent = input.sent().clone();
    let validated = input.finish()?;
    let known = if let Some(Since::Behind(position)) = since { position } else { 0 };
    let last = app.run(move |store| Ok(store.last_change_from(known)?)).await?;
    let position = match since {
        Some(Since::Behind(position)) => position,
        Some(Since::Now) => last,
        None if is_stream => last,
        None => 0,
    };
    if position > last {
        let mut faults = Faults::new();
        faults.malformed(
            source,
            "is beyond the end of the feed: the database was reset or is another one. Start over",
        );
        return Err(Problem::of_parameters(faults));
    }
    if is_stream {
        return Ok(stream::answer(validated, app, &caller, position, wanted));
    }
    let ending = app.endings.of(&caller);
    let (items, changes) = wait_for(&app, position, &wanted, wait, ending).await?;
    let cursor = app.store.cursor(changes.position);
    let next =
        changes.batch.more.then(|| page_at(&app.url(request.path()), &sent, SINCE.name, cursor.clone()));
    respond::page(validated, &caller, &Feed { items, next: next.clone(), cursor }, next)
}

fn describe() -> Operation {
    Operation::new("changes", "list_changes", "List or stream changes")
        .description(include_str!("feed.md").trim_end())
        .parameters([
            SINCE.once(),
            KINDS.repeated(),
            INCLUDE.once(),
            WAIT.once(),
            LIMIT.once(),
            LAST_EVENT_ID.describe(),
        ])
        .schemas(schemas::add_changes)
        .answer("200", described_answer())
        .refusals(&[406])
        .revalidated()
}

fn described_answer() -> Value {
    let entry = json!({
        "seq": 4712, "at": "2026-05-01T07:30:00Z", "kind": "initiative", "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": "microtec-suedwest", "action": "upserted", "version": 7
    });
    let next = CURSOR.replacen("4711", "4712", 1);
    let stream =
        format!("retry: 2000\nid: {CURSOR}\n: open\n\nid: {next}\ndata: {entry}\n\n: still here\n\n");
    json!({
        "description": "A page or a stream of changes.",
        "headers": headers_of(&["ETag", "Cache-Control", "Link", "X-Request-Id"]),
        "content": {
            "application/json": { "schema": named("ChangeList") },
            EVENT_STREAM: {
                "schema": { "type": "string", "description": "Server-sent events. The `data` of each is a `Change` as JSON on one line." },
                "example": stream
            }
        }
    })
}

/// The next changes. If there are none, waits for them for the given time. 401 if the token ends meanwhile.
async fn wait_for(
    app: &App,
    mut position: i64,
    wanted: &Wanted,
    wait: Option<Duration>,
    mut ending: Ending,
) -> Result<(Vec<Item>, Changes), Problem> {
    let deadline = Instant::now() + wait.unwrap_or_default();
    // Subscribe before reading, so that no change in between is missed.
    let mut waiting = wait.map(|_| app.follow.wait());
    loop {
        let (items, changes) = read(app, position, wanted).await?;
        position = changes.position;
        let left = deadline.saturating_duration_since(Instant::now());
        match &mut waiting {
            Some(waiting) if items.is_empty() && !left.is_zero() => {
                match race(waiting.next(left), ending.over()).await {
                    Some(Woken::ByClosing) => return Ok((items, changes)),
                    Some(Woken::ByChange | Woken::ByTime) => {}
                    None => return Err(ended_token()),
                }
            }
            _ => return Ok((items, changes)),
        }
    }
}

/// The result of `work`, or `None` if `end` is first.
async fn race<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    match select(pin!(end), pin!(work)).await {
        Either::Left(_) => None,
        Either::Right((result, _)) => Some(result),
    }
}

/// The next changes, with their records if requested.
async fn read(app: &App, position: i64, wanted: &Wanted) -> Result<(Vec<Item>, Changes), Problem> {
    let Wanted { kinds, limit, with_record } = wanted.clone();
    app.run(move |store| {
        let mut changes = store.changes(position, &kinds, limit)?;
        let mut records = HashMap::new();
        if with_record {
            for kind in Kind::ALL {
                let of_kind = changes.batch.items.iter().filter(|change| change.kind == kind);
                let ids: Vec<Id> = of_kind.map(|change| change.id).collect();
                if !ids.is_empty() {
                    records.extend(store.public_records(kind, &ids)?);
                }
            }
        }
        let items = std::mem::take(&mut changes.batch.items);
        let record = |id: &Id| records.get(id).cloned().unwrap_or_default();
        let item = |change: Change| Item {
            seq: change.seq,
            at: change.at,
            kind: change.kind,
            id: change.id,
            slug: change.slug,
            action: if change.is_removed { "removed" } else { "upserted" },
            version: change.version,
            record: with_record.then(|| record(&change.id)),
        };
        Ok((items.into_iter().map(item).collect(), changes))
    })
    .await
}
