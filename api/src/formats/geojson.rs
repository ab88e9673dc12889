//! GeoJSON (RFC 7946): a feature collection. Records without a location have a null geometry.

use super::Writer;
use crate::problem::Problem;
use domain::{content::Content, record::Record};
use geojson::{Feature, Geometry, Value, feature::Id};

/// Writes records as features.
#[derive(Default)]
pub(super) struct GeoJson {
    has_features: bool,
}

/// A record as a feature.
///
/// # Errors
/// 500 if it cannot be serialised.
pub(crate) fn feature<C: Content>(record: &Record<C>) -> Result<Feature, Problem> {
    let properties = match serde_json::to_value(record).map_err(Problem::internal)? {
        serde_json::Value::Object(properties) => properties,
        _ => return Err(Problem::internal("a record is not a JSON object")),
    };
    // Positions are longitude first (RFC 7946 section 3.1.1).
    let geometry =
        record.content.location().map(|place| Geometry::new(Value::Point(vec![place.lon, place.lat])));
    Ok(Feature {
        bbox: None,
        geometry,
        id: Some(Id::String(record.id.to_string())),
        properties: Some(properties),
        foreign_members: None,
    })
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
            serde_json::to_writer(&mut bytes, &feature(record)?).map_err(Problem::internal)?;
        }
        Ok(bytes)
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(b"]}".to_vec())
    }
}
