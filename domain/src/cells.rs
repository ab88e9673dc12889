//! Cells of a grid over the earth, by which places are found: geohashes of three sizes, from 156 to 5 kilometres wide.
//!
//! A record with a place has one cell of each size among its terms. An area is covered by large cells inside and by smaller ones
//! towards its edge, as long as these are few: what is in a cell that lies wholly inside the area is in the area, and what is in
//! one at its edge may be.

use crate::place::{BoundingBox, Circle, Location};
use geohash::Coord;

/// How many letters the cells have, the finest last.
const SIZES: [usize; 3] = [3, 4, 5];

/// So many cells cover an area at the most; one that takes more of the largest is not covered.
const MOST: usize = 150;

/// What rounding may move a coordinate by, in degrees: a tenth of a millimetre.
const MARGIN: f64 = 1e-9;

/// The cells in which a place lies.
pub fn cells_of(place: Location) -> impl Iterator<Item = String> {
    // The last meridian and the pole belong to the cells before them.
    let coordinate = Coord { x: place.lon.min(180.0 - MARGIN), y: place.lat.min(90.0 - MARGIN) };
    SIZES.into_iter().filter_map(move |size| geohash::encode(coordinate, size).ok())
}

/// Cells that cover an area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cover {
    /// Those that lie wholly inside.
    pub inside: Vec<String>,
    /// Those of which only a part may lie inside.
    pub edge: Vec<String>,
}

impl BoundingBox {
    /// The cells that cover it; `None` where these would be too many.
    pub fn cover(self) -> Option<Cover> {
        let halves = if self.west <= self.east {
            vec![self]
        } else {
            vec![Self { east: 180.0, ..self }, Self { west: -180.0, ..self }]
        };
        cover(&halves, |cell| halves.iter().any(|half| half.holds(cell)))
    }

    /// Whether another lies in it, and not at its edge.
    fn holds(self, other: Self) -> bool {
        self.west + MARGIN < other.west
            && other.east < self.east - MARGIN
            && self.south + MARGIN < other.south
            && other.north < self.north - MARGIN
    }

    /// What it has in common with another; neither spans the 180th meridian.
    fn intersection(self, other: Self) -> Option<Self> {
        let common = Self {
            west: self.west.max(other.west),
            south: self.south.max(other.south),
            east: self.east.min(other.east),
            north: self.north.min(other.north),
        };
        (common.west <= common.east && common.south <= common.north).then_some(common)
    }

    fn corners(self) -> [Location; 4] {
        let Self { west, south, east, north } = self;
        [(south, west), (south, east), (north, west), (north, east)].map(|(lat, lon)| Location { lat, lon })
    }
}

impl Circle {
    /// The cells that cover it; `None` where these would be too many, or where it lies around a pole or across the 180th
    /// meridian.
    pub fn cover(self) -> Option<Cover> {
        let around = self.bounding_box()?;
        // The distance to a point along an edge of a cell is greatest at a corner, but for a bulge of parallels that is
        // smaller than a hundredth of a cell.
        let inner = Self { radius_km: self.radius_km * 0.98, ..self };
        cover(&[around], |cell| cell.corners().into_iter().all(|corner| inner.contains(corner)))
    }

    /// The smallest box around it; `None` where that spans a pole or the 180th meridian.
    fn bounding_box(self) -> Option<BoundingBox> {
        let angle = self.angle();
        let (lat, reach) = (self.centre.lat.to_radians(), angle.to_degrees() + MARGIN);
        // On a meridian it reaches as far as its angle; on parallels it touches meridians farther off.
        let ratio = angle.sin() / lat.cos();
        if lat.abs() + angle >= std::f64::consts::FRAC_PI_2 || ratio >= 1.0 {
            return None;
        }
        let width = ratio.asin().to_degrees() + MARGIN;
        let Location { lat, lon } = self.centre;
        let around =
            BoundingBox { west: lon - width, south: lat - reach, east: lon + width, north: lat + reach };
        (around.west >= -180.0 && around.east <= 180.0).then_some(around)
    }
}

/// The cells that cover some boxes: the largest first, and those at the edge in smaller ones, as long as there are few.
fn cover(boxes: &[BoundingBox], is_inside: impl Fn(BoundingBox) -> bool) -> Option<Cover> {
    let (mut inside, mut edge) = (Vec::new(), vec![(BoundingBox::WORLD, String::new())]);
    for grid in SIZES.map(Grid::of) {
        let pieces = edge.iter().flat_map(|(cell, name)| {
            boxes.iter().filter_map(|it| Some((it.intersection(*cell)?, name.as_str())))
        });
        let pieces: Vec<(BoundingBox, &str)> = pieces.collect();
        if inside.len() + pieces.iter().map(|(piece, _)| grid.count(*piece)).sum::<usize>() > MOST {
            break;
        }
        // A piece touches cells beside that from which it is cut.
        let cells = pieces.iter().flat_map(|(piece, within)| {
            grid.cells(*piece).filter(move |(_, name)| name.starts_with(*within))
        });
        let mut cells: Vec<(BoundingBox, String)> = cells.collect();
        cells.sort_by(|(_, one), (_, other)| one.cmp(other));
        cells.dedup_by(|(_, one), (_, other)| one == other);
        let (whole, cut): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(cell, _)| is_inside(*cell));
        inside.extend(whole.into_iter().map(|(_, name)| name));
        edge = cut;
    }
    let is_covered = edge.iter().all(|(_, name)| !name.is_empty());
    is_covered.then(|| Cover { inside, edge: edge.into_iter().map(|(_, name)| name).collect() })
}

/// The cells of one size.
#[derive(Clone, Copy, Debug)]
struct Grid {
    letters: usize,
    /// Height and width of a cell in degrees.
    height: f64,
    width: f64,
}

impl Grid {
    /// A letter stands for five bits, which halve longitude and latitude in turn.
    fn of(letters: usize) -> Self {
        let bits = 5 * letters;
        let halved = |whole: f64, times: usize| whole / f64::from(1_u32 << times);
        Self { letters, height: halved(180.0, bits / 2), width: halved(360.0, bits.div_ceil(2)) }
    }

    /// The first and last row, or column, that a stretch of degrees touches, and how many there are.
    fn steps(from: f64, to: f64, least: f64, size: f64) -> (f64, usize) {
        let first = ((from - MARGIN - least) / size).floor().max(0.0);
        let last = ((to + MARGIN - least) / size).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "there are few, and last is not before first"
        )]
        (first, (last - first) as usize + 1)
    }

    fn count(self, area: BoundingBox) -> usize {
        let (_, rows) = Self::steps(area.south, area.north, -90.0, self.height);
        let (_, columns) = Self::steps(area.west, area.east, -180.0, self.width);
        rows * columns
    }

    /// The cells that a box touches.
    fn cells(self, area: BoundingBox) -> impl Iterator<Item = (BoundingBox, String)> {
        let (bottom, rows) = Self::steps(area.south, area.north, -90.0, self.height);
        let (left, columns) = Self::steps(area.west, area.east, -180.0, self.width);
        let places = (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)));
        places.filter_map(move |(row, column)| {
            let south = -90.0 + (bottom + row as f64) * self.height;
            let west = -180.0 + (left + column as f64) * self.width;
            let cell = BoundingBox { west, south, east: west + self.width, north: south + self.height };
            let middle = Coord { x: west + self.width / 2.0, y: south + self.height / 2.0 };
            // Behind the last row and column there is nothing.
            geohash::encode(middle, self.letters).ok().map(|name| (cell, name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of a lattice around some place, those on edges of cells among them.
    fn points(around: Location, reach: f64) -> impl Iterator<Item = Location> {
        let step = move |n: i32| f64::from(n) * reach / 40.0;
        (-40..=40).flat_map(move |row| {
            (-40..=40).map(move |column| Location {
                lat: (around.lat + step(row)).clamp(-90.0, 90.0),
                lon: (around.lon + step(column)).clamp(-180.0, 180.0),
            })
        })
    }

    /// Whether a cover tells of each point what a test tells.
    fn check(cover: &Cover, points: impl Iterator<Item = Location>, contains: impl Fn(Location) -> bool) {
        for point in points {
            let has = |cells: &[String]| cells_of(point).any(|cell| cells.contains(&cell));
            match contains(point) {
                true => assert!(has(&cover.inside) || has(&cover.edge), "{point:?} is not covered"),
                false => assert!(!has(&cover.inside), "{point:?} is covered"),
            }
        }
    }

    #[test]
    fn boxes_are_covered_and_what_is_inside_is() {
        let edge = 360.0 / f64::from(1 << 13);
        for (west, south, east, north) in [
            (9.0, 48.6, 9.4, 48.9),
            (8.0, 47.5, 10.5, 49.8),
            (9.18, 48.77, 9.181, 48.771),
            (9.0, 48.0, 9.0, 48.0),
            // Its edges are edges of cells.
            (200.0 * edge, 1100.0 * edge, 203.0 * edge, 1102.0 * edge),
            (179.9, -1.0, -179.9, 1.0),
            (-180.0, -90.0, -179.5, -89.5),
            (179.5, 89.5, 180.0, 90.0),
        ] {
            let area = BoundingBox { west, south, east, north };
            let cover = area.cover().unwrap_or_else(|| panic!("{area:?}"));
            assert!(cover.inside.len() + cover.edge.len() <= MOST);
            let middle = Location { lat: f64::midpoint(south, north), lon: west };
            check(&cover, points(middle, 4.0), |point| area.contains(point));
            check(&cover, points(middle, 0.05), |point| area.contains(point));
            check(&cover, points(Location { lat: north, lon: east }, 2.0), |point| area.contains(point));
        }
        assert_eq!(BoundingBox::WORLD.cover(), None);
        assert!(
            !BoundingBox { west: 8.0, south: 47.5, east: 10.5, north: 49.8 }
                .cover()
                .unwrap()
                .inside
                .is_empty()
        );
    }

    #[test]
    fn circles_are_covered_and_what_is_inside_is() {
        for (lat, lon, radius_km) in
            [(48.8, 9.2, 1.0), (48.8, 9.2, 20.0), (48.8, 9.2, 120.0), (-70.0, 100.0, 60.0), (0.0, 0.0, 300.0)]
        {
            let circle = Circle { centre: Location { lat, lon }, radius_km };
            let cover = circle.cover().unwrap_or_else(|| panic!("{circle:?}"));
            for reach in [radius_km / 60.0, radius_km / 200.0, 8.0] {
                check(&cover, points(circle.centre, reach), |point| circle.contains(point));
            }
        }
        let circle = |lat, lon, radius_km| Circle { centre: Location { lat, lon }, radius_km };
        assert_eq!(circle(89.9, 0.0, 50.0).cover(), None);
        assert_eq!(circle(0.0, 179.9, 50.0).cover(), None);
        assert_eq!(circle(0.0, 0.0, 20_000.0).cover(), None);
        assert!(!circle(48.8, 9.2, 50.0).cover().unwrap().inside.is_empty());
    }
}
