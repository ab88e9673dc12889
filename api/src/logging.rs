//! The log, as text or as one JSON object per line.

use crate::config::{LogFormat, Settings};
use log::{Level, Log, Metadata, Record};
use std::io::Write;

/// Starts logging to standard error.
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
    let logger = builder.build();
    let most = logger.filter();
    // A second start, as in tests, changes nothing.
    if log::set_boxed_logger(Box::new(Calm(logger))).is_ok() {
        log::set_max_level(most);
    }
}

/// A logger in which clients cannot cause errors: the HTTP library logs input that it cannot parse as errors.
struct Calm(env_logger::Logger);

/// The level of a message, at most `info` for those of the HTTP library.
fn calmed(metadata: &Metadata<'_>) -> Level {
    let is_of_connections = metadata.target().starts_with("actix_http::");
    if is_of_connections { metadata.level().max(Level::Info) } else { metadata.level() }
}

impl Log for Calm {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(&Metadata::builder().level(calmed(metadata)).target(metadata.target()).build())
    }

    fn log(&self, record: &Record<'_>) {
        let (module, file) = (record.module_path(), record.file());
        let mut calm = Record::builder();
        calm.args(*record.args()).level(calmed(record.metadata())).target(record.target());
        self.0.log(&calm.module_path(module).file(file).line(record.line()).build());
    }

    fn flush(&self) {
        self.0.flush();
    }
}
