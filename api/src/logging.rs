//! The log, as text or as one JSON object per line.

use crate::config::{LogFormat, Settings};
use log::{
    Level, Log, Metadata, Record,
    kv::{self, Key, VisitSource},
};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Starts logging to standard error.
pub(crate) fn start(settings: &Settings) {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&settings.log);
    if settings.log_format == LogFormat::Json {
        builder.format(|out, record| {
            let mut fields = Fields(Map::from_iter([
                ("at".to_owned(), out.timestamp_micros().to_string().into()),
                ("level".to_owned(), record.level().as_str().into()),
                ("target".to_owned(), record.target().into()),
                ("message".to_owned(), record.args().to_string().into()),
            ]));
            record.key_values().visit(&mut fields).map_err(io::Error::other)?;
            writeln!(out, "{}", Value::Object(fields.0))
        });
    }
    let logger = builder.build();
    let most = logger.filter();
    // A second start, as in tests, changes nothing.
    if log::set_boxed_logger(Box::new(Calm(logger))).is_ok() {
        log::set_max_level(most);
    }
}

/// The fields of a line.
struct Fields(Map<String, Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = value.to_u64().map_or_else(|| value.to_string().into(), Value::from);
        self.0.insert(key.to_string(), value);
        Ok(())
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
        let fields = record.key_values();
        calm.key_values(&fields);
        self.0.log(&calm.module_path(module).file(file).line(record.line()).build());
    }

    fn flush(&self) {
        self.0.flush();
    }
}
