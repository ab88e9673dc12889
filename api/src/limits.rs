//! Limits of requests, published in the landing document, and the patience with slow readers.

use std::time::Duration;

/// Maximum size of a body in bytes, decompressed.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Maximum nesting depth of JSON.
pub use domain::json::MAX_DEPTH;
/// Maximum number of query parameters.
pub const MAX_PARAMETERS: usize = 200;
/// Maximum length of the request target in bytes.
pub const MAX_URI: usize = 16 * 1024;
/// How long a client may read nothing of a response. After that, the system closes the connection and drops what is
/// buffered.
pub const READER_PATIENCE: Duration = Duration::from_secs(30);
/// Maximum size of all headers in bytes.
pub const MAX_HEADERS: usize = 32 * 1024;
/// Maximum number of header lines. The HTTP library has the same limit.
pub const MAX_HEADER_LINES: usize = 96;
/// A connection without requests is closed after this time.
pub const IDLE: Duration = Duration::from_secs(75);
