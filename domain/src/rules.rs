//! Rules that several kinds share.

use crate::{
    fault::Faults,
    place::{Location, NEIGHBOURHOOD},
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

/// Notes a place outside of Germany's neighbourhood, or one that lies in none of the regions.
pub(crate) fn check_location(
    faults: &mut Faults,
    pointer: &str,
    location: Option<Location>,
    regions_pointer: &str,
    regions: &[RegionCode],
) {
    let Some(place) = location else { return };
    if !NEIGHBOURHOOD.contains(place) {
        let crate::place::BoundingBox { west, south, east, north } = NEIGHBOURHOOD;
        faults.broken(
            pointer,
            format!(
                "lies outside of Germany and its neighbours (lat {south} to {north}, lon {west} to {east}); \
                 are lat and lon swapped?"
            ),
        );
    } else if !regions.is_empty()
        && !regions.iter().any(|region| region.entry().location.distance_km(place) <= region.reach_km())
    {
        faults.broken_with(
            regions_pointer,
            pointer,
            format!("lies in none of the regions that {regions_pointer} names"),
        );
    }
}
