//! Rules that several kinds share.

use crate::{
    fault::Faults,
    place::{BoundingBox, Location, NEIGHBOURHOOD},
    scalar::Country,
    vocabulary::RegionCode,
};
use std::ops::RangeInclusive;

/// Notes the lists that are too short or too long: pointer, length, allowed lengths.
pub(crate) fn check_sizes(faults: &mut Faults, lists: &[(&str, usize, RangeInclusive<usize>)]) {
    for (pointer, length, allowed) in lists {
        if length < allowed.start() {
            faults.broken(*pointer, format!("needs at least {} entry", allowed.start()));
        } else if length > allowed.end() {
            faults.broken(*pointer, format!("has {length} entries; at most {} are allowed", allowed.end()));
        }
    }
}

/// Drops the entries that stand in a list already; the first of each stays where it is. A list of more than `most`
/// entries is left as it is, since it is refused.
pub(crate) fn drop_repeated<T: Clone + PartialEq>(list: &mut Vec<T>, most: usize) {
    if list.len() > most {
        return;
    }
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    list.retain(|entry| {
        let is_new = !kept.contains(entry);
        if is_new {
            kept.push(entry.clone());
        }
        is_new
    });
}

/// Where a place may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// In Germany's neighbourhood, and in the record's regions.
    Neighbourhood,
    /// Anywhere; in the neighbourhood, in the record's regions.
    World,
    /// Anywhere: its address is in another country, of which the portal has no regions.
    Abroad,
}

impl Bounds {
    /// Those of an address in this country.
    pub(crate) fn of(country: Option<&Country>) -> Self {
        match country {
            Some(country) if country.as_str() != "DE" => Self::Abroad,
            _ => Self::Neighbourhood,
        }
    }
}

/// Notes a place that is none, that lies outside of its bounds, or in none of the regions.
pub(crate) fn check_location(
    faults: &mut Faults,
    pointer: &str,
    location: Option<Location>,
    regions_pointer: &str,
    regions: &[RegionCode],
    bounds: Bounds,
) {
    let Some(place) = location else { return };
    let is_near = NEIGHBOURHOOD.contains(place);
    let BoundingBox { west, south, east, north } = NEIGHBOURHOOD;
    if !BoundingBox::WORLD.contains(place) {
        faults.broken(pointer, "is no place: lat goes from -90 to 90, lon from -180 to 180");
    } else if bounds == Bounds::Neighbourhood && !is_near {
        faults.broken(
            pointer,
            format!(
                "lies outside of Germany and its neighbours (lat {south} to {north}, lon {west} to {east}): are lat \
                 and lon swapped, or does the address lack its country?"
            ),
        );
    } else if bounds != Bounds::Abroad
        && is_near
        && !regions.is_empty()
        && !regions.iter().any(|region| region.entry().location.distance_km(place) <= region.reach_km())
    {
        faults.broken_with(
            regions_pointer,
            pointer,
            format!("lies in none of the regions that {regions_pointer} names"),
        );
    }
}
