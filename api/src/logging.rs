//! The log: for people, or one JSON object a line.

use crate::config::{LogFormat, Settings};
use std::io::Write;

/// Starts the log, on standard error.
pub(crate) fn start(settings: &Settings) {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&settings.log);
    if settings.log_format == LogFormat::Json {
        builder.format(|out, record| {
            let line = serde_json::json!({
                "at": out.timestamp_micros().to_string(),
                "level": record.level().as_str(),
                "target": record.target(),
                "message": record.args().to_string(),
            });
            writeln!(out, "{line}")
        });
    }
    // A second start, as in tests, changes nothing.
    let _ = builder.try_init();
}
