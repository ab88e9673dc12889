//! Reads event streams as browsers do (HTML Living Standard, section 9.2).

use super::Request;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use ureq::BodyReader;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// The id. Sent as `Last-Event-ID` to resume after it.
    pub(crate) id: String,
    /// The data.
    pub(crate) data: Value,
}

/// An open stream. Closed when dropped.
pub(crate) struct EventStream {
    lines: BufReader<BodyReader<'static>>,
    /// The last id received.
    pub(crate) last_id: String,
}

impl Request<'_> {
    /// Opens a stream, and reads its first block.
    #[track_caller]
    pub(crate) fn stream(self) -> EventStream {
        let answer = self.header("accept", "text/event-stream").run();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let lines = BufReader::new(answer.into_body().into_reader());
        let mut stream = EventStream { lines, last_id: String::new() };
        assert_eq!(stream.block(), Some(None), "it begins with an id and no event");
        assert!(!stream.last_id.is_empty());
        stream
    }
}

impl EventStream {
    /// Returns the next event, or `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<Event> {
        loop {
            match self.block() {
                Some(Some(data)) => return Some(Event { id: self.last_id.clone(), data }),
                Some(None) => {}
                None => return None,
            }
        }
    }

    /// Returns the next comment, or `None` if an event or the end of the stream comes first.
    pub(crate) fn comment(&mut self) -> Option<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).ok()?;
        let mut end = String::new();
        self.lines.read_line(&mut end).ok()?;
        line.strip_prefix(": ").map(|comment| comment.trim_end().to_owned())
    }

    /// Reads up to the next blank line. Returns the data, if any, or `None` at the end of the stream.
    #[track_caller]
    fn block(&mut self) -> Option<Option<Value>> {
        let mut data = None;
        loop {
            let mut line = String::new();
            if !self.lines.read_line(&mut line).is_ok_and(|count| count > 0) {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("data", json)) => data = Some(serde_json::from_str(json).unwrap()),
                Some(("retry" | "", _)) => {}
                None if line == "\n" => return Some(data),
                _ => panic!("no line of a stream: {line:?}"),
            }
        }
    }
}
