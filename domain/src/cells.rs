//! A grid of cells for finding locations: geohashes of three sizes, 156 to 5 kilometres wide.
//!
//! A record with a location has one cell of each size among its terms. An area is covered by large cells inside and
//! by smaller ones along its edge, as long as they are few. A location in an inner cell is in the area. A location
//! in an edge cell may be, and has to be checked.

use crate::place::{BoundingBox, Circle, Location};
use geohash::Coord;
use std::collections::BTreeSet;

/// The area of a cell.
type Rect = geohash::Rect<f64>;

/// Lengths of the geohashes, coarsest first.
const SIZES: [usize; 3] = [3, 4, 5];

/// Maximum number of cells that cover an area. An area that needs more of the largest size is not covered.
const MOST: usize = 150;

/// Tolerance for rounding errors in degrees, a tenth of a millimetre.
const MARGIN: f64 = 1e-9;

/// The cells that contain a location, coarsest first.
pub fn cells_of(place: Location) -> impl Iterator<Item = String> {
    // The 180th meridian and the pole belong to the last cells.
    let coordinate = Coord { x: place.lon.min(180.0 - MARGIN), y: place.lat.min(90.0 - MARGIN) };
    SIZES.into_iter().filter_map(move |size| geohash::encode(coordinate, size).ok())
}

/// The cells that cover an area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cover {
    /// Cells inside the area.
    pub inside: Vec<String>,
    /// Cells that overlap the edge of the area.
    pub edge: Vec<String>,
}

/// Of the smallest cells among these, those at the edges of the smallest box around all of them. The outermost locations
/// of each direction lie in these.
pub fn outermost(cells: &[String]) -> Vec<String> {
    let smallest = SIZES[SIZES.len() - 1];
    let boxes: Vec<(&String, Rect)> = cells
        .iter()
        .filter(|cell| cell.len() == smallest)
        .filter_map(|cell| Some((cell, geohash::decode_bbox(cell).ok()?)))
        .collect();
    let directions: [fn(&Rect) -> f64; 4] =
        [|area| -area.min().x, |area| -area.min().y, |area| area.max().x, |area| area.max().y];
    let mut found = BTreeSet::new();
    for reach in directions {
        // The cells of a row or column have equal edges: all are halves of halves of the same numbers.
        let farthest = boxes.iter().map(|(_, area)| reach(area)).reduce(f64::max);
        found.extend(boxes.iter().filter(|(_, area)| Some(reach(area)) == farthest).map(|(cell, _)| *cell));
    }
    found.into_iter().cloned().collect()
}

impl BoundingBox {
    /// The cells that cover the box, or `None` if there are too many.
    pub fn cover(self) -> Option<Cover> {
        let halves = if self.west <= self.east {
            vec![self]
        } else {
            vec![Self { east: 180.0, ..self }, Self { west: -180.0, ..self }]
        };
        cover(&halves, |cell| halves.iter().any(|half| half.holds(cell)))
    }

    /// Whether another box lies inside, without touching the edge.
    fn holds(self, other: Self) -> bool {
        self.west + MARGIN < other.west
            && other.east < self.east - MARGIN
            && self.south + MARGIN < other.south
            && other.north < self.north - MARGIN
    }

    /// The intersection with another box. Neither may span the 180th meridian.
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
    /// The cells that cover the circle. `None` if there are too many, or if it contains a pole or crosses the 180th
    /// meridian.
    pub fn cover(self) -> Option<Cover> {
        let around = self.bounding_box()?;
        // The corners are the farthest points of a cell, except that its parallels bulge outwards by less than a
        // hundredth of its size. A slightly smaller circle allows for that.
        let inner = Self { radius_km: self.radius_km * 0.98, ..self };
        cover(&[around], |cell| cell.corners().into_iter().all(|corner| inner.contains(corner)))
    }

    /// The smallest box around the circle. `None` if it contains a pole or crosses the 180th meridian.
    fn bounding_box(self) -> Option<BoundingBox> {
        let angle = self.angle();
        let (lat, reach) = (self.centre.lat.to_radians(), angle.to_degrees() + MARGIN);
        // Along a meridian, the circle extends by its angle. It touches the farthest meridians at other latitudes
        // than the centre's.
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

/// Covers boxes with cells. Starts with the largest size, and refines the cells along the edge while they are few.
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
        // A piece may also touch cells next to the one from which it is cut.
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

/// The grid of one size.
#[derive(Clone, Copy, Debug)]
struct Grid {
    letters: usize,
    /// Height and width of a cell, in degrees.
    height: f64,
    width: f64,
}

impl Grid {
    /// Each letter of a geohash has five bits, which halve longitude and latitude in turn.
    fn of(letters: usize) -> Self {
        let bits = 5 * letters;
        let halved = |whole: f64, times: usize| whole / f64::from(1_u32 << times);
        Self { letters, height: halved(180.0, bits / 2), width: halved(360.0, bits.div_ceil(2)) }
    }

    /// The first row or column that an interval touches, and the number of them.
    fn steps(from: f64, to: f64, least: f64, size: f64) -> (f64, usize) {
        let first = ((from - MARGIN - least) / size).floor().max(0.0);
        let last = ((to + MARGIN - least) / size).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "there are few, and last is never less than first"
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
            // Beyond the last row and column, there is no cell.
            geohash::encode(middle, self.letters).ok().map(|name| (cell, name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lattice of points around a location, including some on the edges of cells.
    fn points(around: Location, reach: f64) -> impl Iterator<Item = Location> {
        let step = move |n: i32| f64::from(n) * reach / 40.0;
        (-40..=40).flat_map(move |row| {
            (-40..=40).map(move |column| Location {
                lat: (around.lat + step(row)).clamp(-90.0, 90.0),
                lon: (around.lon + step(column)).clamp(-180.0, 180.0),
            })
        })
    }

    /// Asserts that a cover agrees with `contains` for each point.
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
            // Edges that coincide with edges of cells.
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
    fn the_outermost_locations_lie_in_the_outermost_cells() {
        let places: Vec<Location> = points(Location { lat: 48.5, lon: 9.0 }, 3.0).collect();
        let cells: Vec<String> = places.iter().flat_map(|place| cells_of(*place)).collect();
        let outermost = outermost(&cells);
        let is_found = |place: &&Location| cells_of(**place).any(|cell| outermost.contains(&cell));
        let bounds = |places: &[Location]| {
            let all = |of: fn(&Location) -> f64| places.iter().map(of).collect::<Vec<f64>>();
            [all(|it| it.lat), all(|it| it.lon)].map(|all| {
                [f64::min, f64::max].map(|choose: fn(f64, f64) -> f64| all.iter().copied().reduce(choose))
            })
        };
        let found: Vec<Location> = places.iter().filter(is_found).copied().collect();
        assert_eq!(bounds(&found), bounds(&places));
        assert!(found.len() < places.len() / 5, "{} of {}", found.len(), places.len());
        assert!(super::outermost(&[]).is_empty());
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
