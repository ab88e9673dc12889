//! Formats of exports.
//!
//! A format takes records and writes bytes; it neither asks the database nor knows the request.

mod csv;
mod export;
mod geojson;
pub(crate) mod graphml;
mod ndjson;

pub(crate) use export::export;
pub use export::{AT_ONCE, Exports};

use crate::{problem::Problem, request::format::Format};
use domain::{content::Content, record::Record};

/// A format that is written piece by piece.
trait Writer<C: Content>: Send {
    /// What comes before the first record.
    fn begin(&mut self) -> Result<Vec<u8>, Problem>;
    /// Some records.
    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem>;
    /// What comes behind the last record.
    fn end(&mut self) -> Result<Vec<u8>, Problem>;
}

fn writer<C: Content>(format: Format) -> Box<dyn Writer<C>> {
    match format {
        Format::Csv => Box::new(csv::Csv::new::<C>()),
        Format::GeoJson => Box::new(geojson::GeoJson::default()),
        Format::NdJson | Format::Json => Box::new(ndjson::NdJson),
    }
}

/// Some records as a whole export: the examples of the description.
pub(crate) fn whole<C: Content>(format: Format, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
    let mut writer = writer::<C>(format);
    Ok([writer.begin()?, writer.records(records)?, writer.end()?].concat())
}
