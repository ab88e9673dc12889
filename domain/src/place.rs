//! Locations, bounding boxes and circles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Mean radius of the earth in kilometres (IUGG R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point on the earth in WGS 84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Latitude in degrees, positive to the north.
    #[schema(minimum = -90, maximum = 90, example = 48.7758)]
    pub lat: f64,
    /// Longitude in degrees, positive to the east.
    #[schema(minimum = -180, maximum = 180, example = 9.1829)]
    pub lon: f64,
}

/// Germany and its surroundings. Initiatives have offices and members across the border.
pub const NEIGHBOURHOOD: BoundingBox = BoundingBox { west: 2.0, south: 44.0, east: 20.0, north: 58.0 };

/// Maximum distance in kilometres between the centre of a district and a place in it.
pub const DISTRICT_REACH_KM: f64 = 60.0;

impl Location {
    /// The point as a unit vector `(x, y, z)` from the centre of the earth.
    ///
    /// The dot product of two such vectors falls as the distance grows. A database can compare distances by it,
    /// without trigonometry.
    pub fn unit_vector(self) -> [f64; 3] {
        let (lat, lon) = (self.lat.to_radians(), self.lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    }

    /// The great-circle distance in kilometres.
    pub fn distance_km(self, other: Self) -> f64 {
        let [a, b, c] = self.unit_vector();
        let [x, y, z] = other.unit_vector();
        EARTH_RADIUS_KM * (a * x + b * y + c * z).clamp(-1.0, 1.0).acos()
    }
}

/// A rectangle in degrees. If `west` is greater than `east`, it spans the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    /// Western edge, degrees east.
    pub west: f64,
    /// Southern edge, degrees north.
    pub south: f64,
    /// Eastern edge, degrees east.
    pub east: f64,
    /// Northern edge, degrees north.
    pub north: f64,
}

/// Parses `N` comma-separated decimal numbers.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Vec<f64> = text.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let numbers: [f64; N] = numbers.try_into().ok()?;
    numbers.iter().all(|number| number.is_finite()).then_some(numbers)
}

impl BoundingBox {
    /// The whole earth.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// Parses `west,south,east,north`, the order of OGC API Features and RFC 7946.
    ///
    /// # Errors
    /// Returns a message for the caller.
    pub fn parse(text: &str) -> Result<Self, String> {
        let edges = numbers(text).ok_or_else(|| {
            "must be four numbers: west,south,east,north, as in 9.0,48.5,9.5,49.0".to_owned()
        })?;
        Self::of_edges(edges)
    }

    /// Like [`BoundingBox::parse`], but also accepts `west,south,lowest,east,north,highest` (OGC 17-069r4 section
    /// 7.15.3). The heights are ignored, because locations have none.
    ///
    /// # Errors
    /// Returns a message for the caller.
    pub fn parse_with_heights(text: &str) -> Result<Self, String> {
        let Some([west, south, lowest, east, north, highest]) = numbers(text) else {
            return Self::parse(text);
        };
        if lowest > highest {
            return Err("the third number, the lowest height, must not be greater than the sixth".to_owned());
        }
        Self::of_edges([west, south, east, north])
    }

    fn of_edges([west, south, east, north]: [f64; 4]) -> Result<Self, String> {
        if !(-180.0..=180.0).contains(&west) || !(-180.0..=180.0).contains(&east) {
            Err("west and east must be between -180 and 180".to_owned())
        } else if !(-90.0..=90.0).contains(&south) || !(-90.0..=90.0).contains(&north) {
            Err("south and north must be between -90 and 90".to_owned())
        } else if south > north {
            Err("south must not be greater than north; the order is west,south,east,north".to_owned())
        } else {
            Ok(Self { west, south, east, north })
        }
    }

    /// Whether the box contains a point. Edges are included.
    pub fn contains(self, point: Location) -> bool {
        let between = if self.west <= self.east {
            (self.west..=self.east).contains(&point.lon)
        } else {
            point.lon >= self.west || point.lon <= self.east
        };
        between && (self.south..=self.north).contains(&point.lat)
    }
}

/// A circle on the earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Centre.
    pub centre: Location,
    /// Radius in kilometres.
    pub radius_km: f64,
}

impl Circle {
    /// Maximum radius in kilometres: half the circumference of the earth.
    pub const MAX_RADIUS_KM: f64 = 20_000.0;

    /// Parses the centre, `lat,lon`.
    ///
    /// # Errors
    /// Returns a message for the caller.
    pub fn parse_centre(text: &str) -> Result<Location, String> {
        match numbers(text) {
            Some([lat, lon]) if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) => {
                Ok(Location { lat, lon })
            }
            _ => Err("must be two numbers in degrees: lat,lon, as in 48.78,9.18".to_owned()),
        }
    }

    /// Parses the radius in kilometres.
    ///
    /// # Errors
    /// Returns a message for the caller.
    pub fn parse_radius(text: &str) -> Result<f64, String> {
        match numbers(text) {
            Some([km]) if km > 0.0 && km <= Self::MAX_RADIUS_KM => Ok(km),
            _ => {
                Err(format!("must be a number of kilometres greater than 0, at most {}", Self::MAX_RADIUS_KM))
            }
        }
    }

    /// Whether the circle contains a point.
    pub fn contains(self, point: Location) -> bool {
        let [[a, b, c], [x, y, z]] = [point.unit_vector(), self.centre.unit_vector()];
        a * x + b * y + c * z >= self.least_product()
    }

    /// The smallest dot product of [`Location::unit_vector`]s for which a point is inside.
    pub fn least_product(self) -> f64 {
        self.angle().cos()
    }

    /// The radius as an angle at the centre of the earth, in radians.
    pub(crate) fn angle(self) -> f64 {
        self.radius_km / EARTH_RADIUS_KM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let stuttgart = Location { lat: 48.7758, lon: 9.1829 };
        let ulm = Location { lat: 48.4011, lon: 9.9876 };
        assert!((stuttgart.distance_km(ulm) - 72.4).abs() < 0.5);
    }

    #[test]
    fn boxes_may_span_the_antimeridian() {
        let pacific = BoundingBox::parse("170,-10,-170,10").unwrap();
        assert!(pacific.contains(Location { lat: 0.0, lon: 175.0 }));
        assert!(!pacific.contains(Location { lat: 0.0, lon: 0.0 }));
        for bad in
            ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "NaN,0,1,1", "9,49,10,48", "9,-91,10,48", "inf,0,0,0"]
        {
            assert!(BoundingBox::parse(bad).is_err(), "{bad}");
            assert!(BoundingBox::parse_with_heights(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn heights_are_accepted_and_ignored() {
        let flat = BoundingBox::parse("9,48,10,49").unwrap();
        for same in ["9,48,10,49", "9,48,-100,10,49,8000", "9,48,0,10,49,0"] {
            assert_eq!(BoundingBox::parse_with_heights(same), Ok(flat), "{same}");
        }
        for bad in ["9,48,1,10,49,0", "9,49,0,10,48,1", "9,48,NaN,10,49,1", "9,48,0,10,49,1,2"] {
            assert!(BoundingBox::parse_with_heights(bad).is_err(), "{bad}");
        }
        assert!(BoundingBox::parse("9,48,0,10,49,1").is_err());
    }
}
