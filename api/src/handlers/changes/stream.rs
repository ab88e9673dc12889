//! The change feed as server-sent events.

use super::{EVENT_STREAM, Item, Wanted, race, read};
use crate::{
    app::App,
    auth::{Caller, Ending},
    follow::{Waiting, Woken},
    problem::Problem,
    request::input::Validated,
};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    web::{Bytes, Data},
};
use domain::query::Page;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Maximum silence of a stream. Proxies close connections that are silent for longer.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream of changes. Ends when the caller disconnects, the token ends, or the server shuts down.
struct Stream {
    app: Data<App>,
    waiting: Waiting,
    ending: Ending,
    position: i64,
    wanted: Wanted,
    ready: VecDeque<Bytes>,
    /// Time of the last byte sent. Changes that wake the stream but are not sent, such as those of hidden records, do
    /// not count.
    silent_since: Instant,
}

/// Streams the changes after a position as they happen.
pub(super) fn answer(
    _: Validated,
    app: Data<App>,
    caller: &Caller,
    position: i64,
    wanted: Wanted,
) -> HttpResponse {
    let (waiting, ending) = (app.follow.wait(), app.endings.of(caller));
    let wanted = Wanted { limit: Page::MAX_LIMIT, ..wanted };
    // The first bytes show that the stream is open, and set the id from which it can be resumed.
    let opening = format!("retry: 2000\nid: {}\n: open\n\n", app.store.cursor(position));
    let ready = VecDeque::from([Bytes::from(opening)]);
    let stream = Stream { app, waiting, ending, position, wanted, ready, silent_since: Instant::now() };
    let events = futures_util::stream::try_unfold(stream, |mut stream| async {
        while stream.ready.is_empty() {
            let (items, changes) = read(&stream.app, stream.position, &stream.wanted).await?;
            stream.position = changes.position;
            let event = |item: &Item| {
                let data = serde_json::to_string(item).map_err(Problem::internal)?;
                Ok(Bytes::from(format!("id: {}\ndata: {data}\n\n", stream.app.store.cursor(item.seq))))
            };
            stream.ready = items.iter().map(event).collect::<Result<_, Problem>>()?;
            if !stream.ready.is_empty() || changes.batch.more {
                continue;
            }
            let left = HEARTBEAT.saturating_sub(stream.silent_since.elapsed());
            if left.is_zero() {
                stream.ready.push_back(Bytes::from_static(b": still here\n\n"));
            } else if matches!(
                race(stream.waiting.next(left), stream.ending.over()).await,
                None | Some(Woken::ByClosing)
            ) {
                return Ok(None);
            }
        }
        if stream.ending.is_over() {
            return Ok(None);
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
        // Neither compression nor a buffering proxy may hold events back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events)
}
