//! Export formats.
//!
//! A format turns records into bytes. It accesses neither the database nor the request.

mod csv;
mod export;
mod geojson;
pub(crate) mod graphml;
mod ndjson;

pub(crate) use export::export;
pub use export::{AT_ONCE, Exports};

use crate::{problem::Problem, request::format::Format};
use domain::{content::Content, record::Record};

/// A streaming writer of a format.
trait Writer<C: Content>: Send {
    /// The bytes before the first record.
    fn begin(&mut self) -> Result<Vec<u8>, Problem>;
    /// The bytes of some records.
    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem>;
    /// The bytes after the last record.
    fn end(&mut self) -> Result<Vec<u8>, Problem>;
}

fn writer<C: Content>(format: Format) -> Box<dyn Writer<C>> {
    match format {
        Format::Csv => Box::new(csv::Csv::new::<C>()),
        Format::GeoJson => Box::new(geojson::GeoJson::default()),
        Format::NdJson | Format::Json => Box::new(ndjson::NdJson),
    }
}

/// A complete export of some records, for the examples in the OpenAPI document.
pub(crate) fn whole<C: Content>(format: Format, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
    let mut writer = writer::<C>(format);
    Ok([writer.begin()?, writer.records(records)?, writer.end()?].concat())
}
