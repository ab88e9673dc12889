//! Limits of requests: sizes, times, and numbers. The landing document publishes them; `docs/limits.md` explains them.

pub mod client;
pub mod heavy;
mod policy;
pub mod rate;

use std::time::Duration;

/// Maximum size of a body in bytes, decompressed.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Maximum nesting depth of JSON.
pub use domain::json::MAX_DEPTH;
/// Maximum number of query parameters.
pub const MAX_PARAMETERS: usize = 200;
/// Maximum length of the request target in bytes.
pub const MAX_URI: usize = 16 * 1024;
/// Maximum size of all headers in bytes.
pub const MAX_HEADERS: usize = 32 * 1024;
/// Maximum number of header lines. The HTTP library has the same limit.
pub const MAX_HEADER_LINES: usize = 96;

/// Maximum time for the head of a request to arrive.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// Minimum number of bytes per second of a body that is sent or read, averaged.
pub const MIN_RATE: u64 = 1_000;
/// How far the sender of a body may be behind [`MIN_RATE`] at its start.
pub const SENDER_START: Duration = Duration::from_secs(10);
/// How far the sender of a body may fall behind [`MIN_RATE`] after having sent faster, and so its longest pause.
pub const SENDER_PATIENCE: Duration = Duration::from_secs(60);
/// How far the reader of a response may fall behind [`MIN_RATE`]. The system accepts up to 64 KiB at a time, so less
/// would end steady readers.
pub const SLOW_READER_PATIENCE: Duration = Duration::from_secs(90);
/// How long a client may read nothing of a response. After that, the system closes the connection and drops what is
/// buffered.
pub const READER_PATIENCE: Duration = Duration::from_secs(30);
