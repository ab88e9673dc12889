//! The change feed: pages, waiting for the next change, and a stream of events.

use super::{
    paging::{limit, next_page},
    search::KINDS,
};
use crate::{
    app::App,
    auth::Caller,
    follow::{Waiting, Woken},
    openapi::compose::changes as describe,
    problem::Problem,
    request::{
        body::JSON,
        input::{Input, Validated},
    },
    respond,
    table::Table,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    web::{Bytes, Data},
};
use domain::{fault::Faults, id::Id, kind::Kind, query::Page};
use persistence::changes::{Change, Changes};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// The media type of a stream of events (HTML Living Standard, section 9.2).
pub const EVENT_STREAM: &str = "text/event-stream";
/// How long a request may wait for a change, in seconds.
pub const MAX_WAIT: u64 = 60;
/// How long a stream may be silent: proxies take a longer silence for the end.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("changes", "The change feed: follow what the public sees change, and keep a mirror.");
    table.get("/api/v1/changes", feed, describe::list);
}

/// One change, as it is answered.
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

/// Where a page or a stream begins.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// At the end of the feed.
    Now,
    /// Behind a change.
    Behind(i64),
}

/// What is followed.
#[derive(Clone, Debug)]
struct Wanted {
    kinds: Vec<Kind>,
    limit: usize,
    with_record: bool,
}

/// Answers changes: a page of them, or a stream.
///
/// # Errors
/// 400 for a cursor of another server or ahead of this one, 406 for other formats.
pub async fn feed(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let is_stream = input.choose_media_type(&[JSON, EVENT_STREAM])? == 1;
    let mut since = input.one("since", |text| match text {
        "now" => Ok(Since::Now),
        cursor => app.store.position_of(cursor).map(Since::Behind),
    });
    let wanted = Wanted {
        kinds: input.take_all(&KINDS),
        limit: limit(&mut input),
        with_record: input
            .one("include", |word| if word == "record" { Ok(()) } else { Err("must be record".to_owned()) })
            .is_some(),
    };
    let wait = input.one("wait", |text| match text.parse() {
        Ok(seconds) if seconds <= MAX_WAIT => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("must be a number of seconds from 0 to {MAX_WAIT}")),
    });
    input.refuse_rest();
    let mut source = "since";
    if is_stream && let Some(last) = request.headers().get("last-event-id") {
        // What the browser saw last is nearer than where the page began.
        source = "Last-Event-ID";
        match app.store.position_of(last.to_str().unwrap_or_default()) {
            Ok(position) => since = Some(Since::Behind(position)),
            Err(fault) => input.malformed("Last-Event-ID", &fault),
        }
    }
    let sent = input.sent().clone();
    let validated = input.finish()?;
    let last = app.run(|store| Ok(store.last_change()?)).await?;
    let position = match since {
        Some(Since::Behind(position)) => position,
        Some(Since::Now) => last,
        None if is_stream => last,
        None => 0,
    };
    if position > last {
        let mut faults = Faults::new();
        faults.malformed(source, "is ahead of this server, which was set back or is another: begin again");
        return Err(Problem::of_parameters(faults));
    }
    if is_stream {
        return Ok(stream(validated, app, &caller, position, wanted));
    }
    let (items, changes) = wait_for(&app, position, &wanted, wait).await?;
    let cursor = app.store.cursor(changes.position);
    let next = changes.more.then(|| next_page(&app, &request, &sent, "since", cursor.clone()));
    respond::page(validated, &request, &caller, &Feed { items, next: next.clone(), cursor }, next)
}

/// The next changes; where there are none, those that come within a time.
async fn wait_for(
    app: &App,
    mut position: i64,
    wanted: &Wanted,
    wait: Option<Duration>,
) -> Result<(Vec<Item>, Changes), Problem> {
    let deadline = Instant::now() + wait.unwrap_or_default();
    // Before the feed is read, so that nothing falls in between.
    let mut waiting = wait.map(|_| app.follow.wait());
    loop {
        let (items, changes) = read(app, position, wanted).await?;
        position = changes.position;
        let left = deadline.saturating_duration_since(Instant::now());
        match &mut waiting {
            Some(waiting) if items.is_empty() && !left.is_zero() => {
                if waiting.next(left).await == Woken::ByClosing {
                    return Ok((items, changes));
                }
            }
            _ => return Ok((items, changes)),
        }
    }
}

/// The next changes, with their records where these are wanted.
async fn read(app: &App, position: i64, wanted: &Wanted) -> Result<(Vec<Item>, Changes), Problem> {
    let Wanted { kinds, limit, with_record } = wanted.clone();
    app.run(move |store| {
        let mut changes = store.changes(position, &kinds, limit)?;
        let mut records = HashMap::new();
        if with_record {
            for kind in Kind::ALL {
                let of_kind = changes.items.iter().filter(|change| change.kind == kind);
                let ids: Vec<Id> = of_kind.map(|change| change.id).collect();
                if !ids.is_empty() {
                    records.extend(store.public_records(kind, &ids)?);
                }
            }
        }
        let items = std::mem::take(&mut changes.items);
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

/// A stream of changes, until the caller goes or the server closes.
struct Stream {
    app: Data<App>,
    waiting: Waiting,
    position: i64,
    wanted: Wanted,
    ready: VecDeque<Bytes>,
    /// When something was sent last. What wakes the stream and is not told, such as changes of hidden records, does not
    /// count.
    silent_since: Instant,
}

fn stream(_: Validated, app: Data<App>, caller: &Caller, position: i64, wanted: Wanted) -> HttpResponse {
    let waiting = app.follow.wait();
    let wanted = Wanted { limit: Page::MAX_LIMIT, ..wanted };
    // The first bytes tell the caller that the stream is open, and from where it may be taken up again.
    let opening = format!("retry: 2000\nid: {}\n: open\n\n", app.store.cursor(position));
    let ready = VecDeque::from([Bytes::from(opening)]);
    let stream = Stream { app, waiting, position, wanted, ready, silent_since: Instant::now() };
    let events = futures_util::stream::try_unfold(stream, |mut stream| async {
        while stream.ready.is_empty() {
            let (items, changes) = read(&stream.app, stream.position, &stream.wanted).await?;
            stream.position = changes.position;
            let event = |item: &Item| {
                let data = serde_json::to_string(item).map_err(Problem::internal)?;
                Ok(Bytes::from(format!("id: {}\ndata: {data}\n\n", stream.app.store.cursor(item.seq))))
            };
            stream.ready = items.iter().map(event).collect::<Result<_, Problem>>()?;
            if !stream.ready.is_empty() || changes.more {
                continue;
            }
            let left = HEARTBEAT.saturating_sub(stream.silent_since.elapsed());
            if left.is_zero() {
                stream.ready.push_back(Bytes::from_static(b": still here\n\n"));
            } else if stream.waiting.next(left).await == Woken::ByClosing {
                return Ok(None);
            }
        }
        stream.silent_since = Instant::now();
        Ok::<_, Problem>(stream.ready.pop_front().map(|event| (event, stream)))
    });
    let cache_control = match caller {
        Caller::Anonymous => "no-store",
        Caller::Known(_) => "private, no-store",
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, EVENT_STREAM))
        .insert_header((CACHE_CONTROL, cache_control))
        // Neither this server nor a proxy shall hold events back to compress or to gather them.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events)
}
