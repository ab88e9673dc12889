//! A small map as SVG: features or areas, a grid of degrees, and the cities of the state. It needs nothing from elsewhere.

use askama::Template;
use domain::{
    place::{BoundingBox, Location},
    vocabulary::{Entry as _, Region, RegionKind},
};
use std::ops::RangeInclusive;

/// Width and largest height of a map, in its own units.
const WIDTH: f64 = 720.0;
const MAX_HEIGHT: f64 = 560.0;
/// The least height of what a map shows, in degrees.
const LEAST: f64 = 0.2;
/// Distances of the lines of the grid, in degrees.
const STEPS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0];
/// The largest number of lines in a direction.
const LINES: f64 = 7.0;

/// A feature on a map.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) place: Location,
    pub(super) name: String,
    pub(super) href: String,
}

/// What a map shows.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) marks: Vec<Mark>,
    areas: Vec<BoundingBox>,
}

impl Map {
    pub(super) fn of_marks(marks: Vec<Mark>) -> Self {
        Self { marks, areas: Vec::new() }
    }

    pub(super) fn of_areas(areas: Vec<BoundingBox>) -> Self {
        Self { marks: Vec::new(), areas }
    }

    /// Draws the map. `None` if there is nothing on it.
    pub(super) fn drawn(&self) -> Option<Drawing<'_>> {
        let places = self.marks.iter().map(|mark| mark.place);
        let around =
            places.map(|Location { lat, lon }| BoundingBox { west: lon, south: lat, east: lon, north: lat });
        let frame = around.chain(self.areas.iter().copied()).reduce(|one, other| BoundingBox {
            west: one.west.min(other.west),
            south: one.south.min(other.south),
            east: one.east.max(other.east),
            north: one.north.max(other.north),
        })?;
        let sheet = Sheet::of(frame);
        Some(Drawing {
            width: WIDTH,
            height: sheet.height(),
            meridians: lines(sheet.area.west..=sheet.area.east, 180.0, |lon| sheet.x(lon), ["W", "E"]),
            parallels: lines(sheet.area.south..=sheet.area.north, 90.0, |lat| sheet.y(lat), ["S", "N"]),
            areas: self.areas.iter().map(|area| sheet.rectangle(*area)).collect(),
            towns: Region::all()
                .iter()
                .filter(|region| {
                    region.kind == RegionKind::Stadtkreis && sheet.area.contains(region.location)
                })
                .map(|region| (sheet.point(region.location), region.short_name.as_str()))
                .collect(),
            marks: self
                .marks
                .iter()
                .map(|mark| (sheet.point(mark.place), mark.name.as_str(), mark.href.as_str()))
                .collect(),
        })
    }
}

/// The projection of a map: equirectangular, true to scale at its middle.
struct Sheet {
    area: BoundingBox,
    /// Units per degree of longitude and of latitude.
    scale: (f64, f64),
}

impl Sheet {
    /// A sheet with a margin around `frame`.
    fn of(frame: BoundingBox) -> Self {
        let lat = f64::midpoint(frame.south, frame.north);
        let narrowing = lat.to_radians().cos().max(0.1);
        let grown = |from: f64, to: f64, least: f64| ((to - from) * 0.08).max((least - (to - from)) / 2.0);
        let (wide, high) =
            (grown(frame.west, frame.east, LEAST / narrowing), grown(frame.south, frame.north, LEAST));
        let (width, height) = (frame.east - frame.west + 2.0 * wide, frame.north - frame.south + 2.0 * high);
        let unit = (WIDTH / (width * narrowing)).min(MAX_HEIGHT / height);
        // A map that is limited by its height is filled at its sides.
        let (half, lon) = (WIDTH / (unit * narrowing) / 2.0, f64::midpoint(frame.west, frame.east));
        let area = BoundingBox {
            west: lon - half,
            south: frame.south - high,
            east: lon + half,
            north: frame.north + high,
        };
        Self { area, scale: (unit * narrowing, unit) }
    }

    fn x(&self, lon: f64) -> f64 {
        (lon - self.area.west) * self.scale.0
    }

    fn y(&self, lat: f64) -> f64 {
        (self.area.north - lat) * self.scale.1
    }

    fn height(&self) -> f64 {
        self.y(self.area.south)
    }

    fn point(&self, Location { lat, lon }: Location) -> Point {
        Point { x: self.x(lon), y: self.y(lat) }
    }

    fn rectangle(&self, BoundingBox { west, south, east, north }: BoundingBox) -> (Point, Point) {
        let size = Point { x: self.x(east) - self.x(west), y: self.y(south) - self.y(north) };
        (Point { x: self.x(west), y: self.y(north) }, size)
    }
}

/// The lines of the grid between two degrees, up to `last`: their positions and labels.
fn lines(
    shown: RangeInclusive<f64>,
    last: f64,
    at: impl Fn(f64) -> f64,
    [below, above]: [&str; 2],
) -> Vec<(f64, String)> {
    let (from, to) = (*shown.start(), *shown.end());
    let step = STEPS.into_iter().find(|step| (to - from) / step <= LINES).unwrap_or(STEPS[STEPS.len() - 1]);
    let steps = (from / step).ceil();
    let degrees = (0_u8..).map(|line| (steps + f64::from(line)) * step).take_while(|degrees| *degrees <= to);
    let lines = degrees.filter(|degrees| degrees.abs() <= last).map(|degrees| {
        // Rounded, because steps of a tenth have no exact multiples.
        let label = (degrees * 100.0).round() / 100.0;
        (at(degrees), format!("{}° {}", label.abs(), if label < 0.0 { below } else { above }))
    });
    lines.collect()
}

/// A point on a sheet, or a size.
pub(super) struct Point {
    x: f64,
    y: f64,
}

/// A drawn map.
#[derive(Template)]
#[template(path = "ogc/map.svg", escape = "html")]
pub(super) struct Drawing<'a> {
    width: f64,
    height: f64,
    meridians: Vec<(f64, String)>,
    parallels: Vec<(f64, String)>,
    /// Corners and sizes.
    areas: Vec<(Point, Point)>,
    towns: Vec<(Point, &'a str)>,
    marks: Vec<(Point, &'a str, &'a str)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(lat: f64, lon: f64) -> Mark {
        Mark {
            place: Location { lat, lon },
            name: "<b>\"A\" & 'B'".to_owned(),
            href: "http://a/?b&c".to_owned(),
        }
    }

    #[test]
    fn every_place_of_the_earth_lies_on_its_map() {
        for places in [
            vec![(48.8, 9.2)],
            vec![(48.8, 9.2), (47.7, 7.6), (49.7, 10.3)],
            vec![(90.0, 0.0)],
            vec![(-90.0, -180.0), (90.0, 180.0)],
            vec![(0.0, 0.0), (0.0, 1e-9)],
        ] {
            let map = Map::of_marks(places.iter().map(|(lat, lon)| mark(*lat, *lon)).collect());
            let drawing = map.drawn().unwrap();
            let (width, height) = (drawing.width, drawing.height);
            assert!(width <= WIDTH + 0.1 && height <= MAX_HEIGHT + 0.1, "{width} {height}");
            for (at, ..) in &drawing.marks {
                assert!((0.0..=width).contains(&at.x) && (0.0..=height).contains(&at.y), "{} {}", at.x, at.y);
            }
            assert!((1..=8).contains(&drawing.parallels.len()) || places.len() == 1, "{places:?}");
            assert!(drawing.meridians.len() <= 25, "{places:?}");
        }
        assert!(Map::default().drawn().is_none());
    }

    #[test]
    fn names_are_escaped() {
        let drawn = Map::of_marks(vec![mark(48.8, 9.2)]).drawn().unwrap().render().unwrap();
        assert!(
            drawn.contains("&#60;b&#62;&#34;A&#34; &#38; &#39;B&#39;") && !drawn.contains("<b>"),
            "{drawn}"
        );
        assert!(drawn.contains("Stuttgart"), "{drawn}");
    }
}
