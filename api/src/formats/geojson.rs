//! GeoJSON (RFC 7946): a feature collection. Records without a location have a null geometry.

use super::Writer;
use crate::problem::Problem;
use domain::{content::Content, id::Id, record::Record};
use geojson::{Geometry, Value};
use serde::Serialize;

/// Writes records as features.
#[derive(Default)]
pub(super) struct GeoJson {
    has_features: bool,
}

/// A record as a feature. It is written as it is read, without a tree of values in between.
#[derive(Debug, Serialize)]
pub(crate) struct Feature<'a, C> {
    r#type: &'static str,
    geometry: Option<Geometry>,
    properties: &'a Record<C>,
    id: Id,
}

impl<'a, C: Content> Feature<'a, C> {
    pub(crate) fn of(record: &'a Record<C>) -> Self {
        // Positions are longitude first (RFC 7946 section 3.1.1).
        let point = |place: domain::place::Location| Geometry::new(Value::Point(vec![place.lon, place.lat]));
        let geometry = record.content.location().map(point);
        Self { r#type: "Feature", geometry, properties: record, id: record.id }
    }
}

impl<C: Content> Writer<C> for GeoJson {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(br#"{"type":"FeatureCollection","features":["#.to_vec())
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        for record in records {
            if std::mem::replace(&mut self.has_features, true) {
                bytes.push(b',');
            }
            serde_json::to_writer(&mut bytes, &Feature::of(record)).map_err(Problem::internal)?;
        }
        Ok(bytes)
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(b"]}".to_vec())
    }
}
