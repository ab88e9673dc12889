//! Formats of records.
//!
//! A format turns records into bytes. It accesses neither the database nor the request.

mod calendar;
mod context;
mod csv;
mod export;
mod format;
pub(crate) mod geojson;
pub(crate) mod graphml;
pub(crate) mod json_ld;
mod ndjson;
mod spreadsheet;
mod table;
mod titles;

pub(crate) use context::Context;
pub(crate) use export::export;
pub use format::Format;

use crate::problem::Problem;
use domain::{content::Content, record::Record};

/// A streaming writer of a format.
trait Writer<C: Content>: Send {
    /// The bytes before the first record.
    fn begin(&mut self) -> Result<Vec<u8>, Problem>;
    /// The bytes of some records.
    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem>;
    /// The bytes of some records that were withdrawn, in the state that the public saw last. Only feeds
    /// (see [`Format::tells_withdrawals_since`]) are asked.
    fn withdrawn(&mut self, _records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }
    /// The bytes after the last record.
    fn end(&mut self) -> Result<Vec<u8>, Problem>;
}

fn writer<C: Content>(format: Format, context: Context) -> Box<dyn Writer<C>> {
    match format {
        Format::Csv => Box::new(csv::Csv::new::<C>(context.dialect)),
        Format::GeoJson => Box::new(geojson::GeoJson::default()),
        Format::NdJson | Format::Json => Box::new(ndjson::NdJson),
        Format::Spreadsheet => Box::new(spreadsheet::Spreadsheet::new::<C>(context.language)),
        Format::Calendar => Box::new(calendar::Calendar::new(context)),
        Format::JsonLd => Box::new(json_ld::schema_org::JsonLd::new(context)),
    }
}

/// A complete export of some records.
///
/// # Errors
/// 500 if a record cannot be written.
pub(crate) fn whole<C: Content>(
    format: Format,
    context: Context,
    records: &[Record<C>],
) -> Result<Vec<u8>, Problem> {
    let mut writer = writer::<C>(format, context);
    Ok([writer.begin()?, writer.records(records)?, writer.end()?].concat())
}

/// A single record, or one that was withdrawn.
///
/// # Errors
/// 500 if it cannot be written.
pub(crate) fn one<C: Content>(
    format: Format,
    context: Context,
    record: &Record<C>,
    is_withdrawn: bool,
) -> Result<Vec<u8>, Problem> {
    if format == Format::Json {
        return serde_json::to_vec(record).map_err(Problem::internal);
    }
    let mut writer = writer::<C>(format, context);
    let records = std::slice::from_ref(record);
    let begin = writer.begin()?;
    let written = if is_withdrawn { writer.withdrawn(records) } else { writer.records(records) };
    Ok([begin, written?, writer.end()?].concat())
}
