//! How large requests may be, which the landing document publishes; how slow who reads answers.

use std::time::Duration;

/// Bytes of a body, decompressed.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Levels to which JSON may nest.
pub use domain::json::MAX_DEPTH;
/// Parameters of a request.
pub const MAX_PARAMETERS: usize = 200;
/// Bytes of an address.
pub const MAX_URI: usize = 16 * 1024;
/// How long a reader may take nothing of an answer. The system ends the connection then, with all that waits for it.
pub const READER_PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of all headers.
pub const MAX_HEADERS: usize = 32 * 1024;
/// Headers, each a line. The HTTP library takes as many.
pub const MAX_HEADER_LINES: usize = 96;
