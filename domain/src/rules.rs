//! Rules shared by several kinds.

use crate::{
    fault::Faults,
    place::{BoundingBox, Location, NEIGHBOURHOOD},
    scalar::Country,
    vocabulary::RegionCode,
};
use std::ops::RangeInclusive;

/// Records a fault for each list that is too short or too long. `lists` has pointer, length and allowed lengths.
pub(crate) fn check_sizes(faults: &mut Faults, lists: &[(&str, usize, RangeInclusive<usize>)]) {
    for (pointer, length, allowed) in lists {
        if length < allowed.start() {
            faults.broken(*pointer, format!("needs at least {} entry", allowed.start()));
        } else if length > allowed.end() {
            faults.broken(*pointer, format!("has {length} entries; at most {} are allowed", allowed.end()));
        }
    }
}

/// Removes duplicates, keeping the first of each.
///
/// A list of more than `most` entries is left alone. It will be rejected, and comparing all entries would be slow.
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

/// The area in which a location must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// Near Germany, and in one of the record's regions.
    Neighbourhood,
    /// Anywhere. If near Germany, in one of the record's regions.
    World,
    /// Anywhere. The address is in another country, for which the portal has no regions.
    Abroad,
}

impl Bounds {
    /// The bounds for an address in `country`.
    pub(crate) fn of(country: Option<&Country>) -> Self {
        match country {
            Some(country) if country.as_str() != "DE" => Self::Abroad,
            _ => Self::Neighbourhood,
        }
    }
}

/// Records a fault if the coordinates are invalid, out of bounds, or in none of the record's regions.
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
        faults.broken(pointer, "must have lat from -90 to 90 and lon from -180 to 180");
    } else if bounds == Bounds::Neighbourhood && !is_near {
        faults.broken(
            pointer,
            format!(
                "lies outside of Germany and its neighbours (lat {south} to {north}, lon {west} to {east}): are lat \
                 and lon swapped, or is the country missing in the address?"
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
