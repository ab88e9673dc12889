//! NDJSON: one record per line.

use super::Writer;
use crate::problem::Problem;
use domain::{content::Content, record::Record};

/// Writes records as lines.
pub(super) struct NdJson;

impl<C: Content> Writer<C> for NdJson {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record).map_err(Problem::internal)?;
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }
}
