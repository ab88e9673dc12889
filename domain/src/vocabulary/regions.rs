//! Regions (NUTS) and planning regions.

use super::{Entry, EntryName, Relation, Vocabulary, read, vocabulary};
use crate::{
    place::Location,
    text::{Local, LocalName, Name},
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::LazyLock};
use utoipa::ToSchema;

/// Administrative type of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegionKind {
    /// The state, NUTS 1.
    Land,
    /// A government region, NUTS 2.
    Regierungsbezirk,
    /// A city that forms its own district, NUTS 3.
    Stadtkreis,
    /// A rural district, NUTS 3.
    Landkreis,
}

/// A region of the state, by NUTS (Regulation (EC) 1059/2003, version 2024).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Region {
    /// NUTS code.
    #[schema(example = "DE111")]
    pub code: String,
    /// NUTS level: 1 for the state, 2 for government regions, 3 for districts.
    #[schema(minimum = 1, maximum = 3, example = 3)]
    pub level: u8,
    /// Administrative type.
    pub kind: RegionKind,
    /// Official name.
    pub name: LocalName,
    /// Name without its type. A city and a rural district may share it.
    #[schema(example = "Stuttgart")]
    pub short_name: String,
    /// Slug. Unique among regions.
    #[schema(example = "stadtkreis-stuttgart")]
    pub slug: String,
    /// Official regional key (Amtlicher Gemeindeschlüssel) of 2, 3 or 5 digits.
    #[schema(example = "08111")]
    pub ags: String,
    /// NUTS code of the parent region. Null for the state.
    pub parent: Option<String>,
    /// Slug of the planning region. Null for regions above district level.
    pub planning_region: Option<String>,
    /// Town that is the administrative seat.
    #[schema(example = "Stuttgart")]
    pub seat: String,
    /// Location of the seat, or the approximate centre.
    pub location: Location,
    /// Postal codes in the district. A code that lies in several districts is listed in each. Empty for regions
    /// above district level.
    #[schema(example = json!(["70173", "70174"]))]
    pub postal_codes: Vec<String>,
}

/// The postal codes of a district.
#[derive(Deserialize)]
struct PostalCodes {
    nuts: String,
    postal_codes: Vec<String>,
}

#[derive(Deserialize)]
struct RegionSource {
    nuts: String,
    nuts_level: u8,
    ags: String,
    slug: String,
    name_de: Name,
    name_en: Name,
    short_name: String,
    kind: RegionKind,
    parent: Option<String>,
    planning_region: Option<String>,
    seat: String,
    lat: f64,
    lon: f64,
}

static REGIONS: LazyLock<Vocabulary<Region>> = LazyLock::new(|| {
    let sources: Vec<RegionSource> = read(include_str!("../../../data/regions.json"));
    let postal_codes: Vec<PostalCodes> = read(include_str!("../../../data/postal_codes.json"));
    let mut postal_codes: HashMap<String, Vec<String>> =
        postal_codes.into_iter().map(|it| (it.nuts, it.postal_codes)).collect();
    let region = |it: RegionSource| Region {
        postal_codes: postal_codes.remove(&it.nuts).unwrap_or_default(),
        code: it.nuts,
        level: it.nuts_level,
        kind: it.kind,
        name: Local { de: it.name_de, en: Some(it.name_en) },
        short_name: it.short_name,
        slug: it.slug,
        ags: it.ags,
        parent: it.parent,
        planning_region: it.planning_region,
        seat: it.seat,
        location: Location { lat: it.lat, lon: it.lon },
    };
    Vocabulary::new(sources.into_iter().map(region).collect())
});

impl Entry for Region {
    const PATH: &'static str = "regions";
    const TITLE: &'static str = "Region";
    const CODE_FIELD: &'static str = "code";
    const ABOUT: &'static str = "The state, its government regions and its districts, by NUTS code.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &REGIONS
    }
    fn code(&self) -> &str {
        &self.code
    }
    fn other_codes(&self) -> impl Iterator<Item = &str> {
        [self.ags.as_str(), self.slug.as_str()].into_iter()
    }
    fn find(text: &str) -> Option<&'static Self> {
        /// Length of the key of a municipality, which begins with the key of its district.
        const MUNICIPALITY: usize = 8;
        let is_municipality = text.len() == MUNICIPALITY && text.bytes().all(|b| b.is_ascii_digit());
        let text = if is_municipality { &text[..5] } else { text };
        let find = |text: &str| REGIONS.find(text);
        find(text).or_else(|| find(&text.to_ascii_uppercase())).or_else(|| find(&text.to_ascii_lowercase()))
    }
    fn name(&self) -> EntryName {
        EntryName::Local(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        let list = match self.level {
            1 => "stateKey",
            2 => "governmentDistrictKey",
            _ => "districtKey",
        };
        let same = [
            format!("http://data.europa.eu/nuts/code/{}", self.code),
            format!("http://dcat-ap.de/def/politicalGeocoding/{list}/{}", self.ags),
        ];
        let broader = self.parent.as_deref().map(Relation::Broader);
        let planning_region = self.planning_region.as_deref();
        let broad_match = planning_region.map(|slug| Relation::BroadMatch(PlanningRegion::PATH, slug));
        broader.into_iter().chain(broad_match).chain(same.map(Relation::ExactMatch)).collect()
    }
}

vocabulary!(
    /// The NUTS code of a region.
    RegionCode -> Region, "a region (NUTS)",
    "Region, by NUTS code. Writes also accept lower case, the AGS (that of a municipality \
     stands for its district) and the slug.", "DE111"
);

impl RegionCode {
    /// This region and its ancestors, nearest first.
    pub fn with_ancestors(self) -> impl Iterator<Item = RegionCode> {
        std::iter::successors(Some(self), |region| region.0.parent.as_deref().and_then(Self::parse))
    }

    /// Finds the districts in which a location lies, by the distance to their seats.
    ///
    /// Prefers districts inside the `named` regions. Returns several if a city and the district around it have
    /// their seat in the same town, and none if no seat is within [`RegionCode::reach_km`].
    pub fn around(place: Location, named: &[RegionCode]) -> Vec<RegionCode> {
        /// Seats closer than this, in kilometres, count as one.
        const SAME: f64 = 1.0;
        let districts = Region::all().iter().filter(|region| region.level == 3);
        let districts: Vec<(f64, RegionCode)> = districts
            .filter_map(|region| Some((region.location.distance_km(place), Self::parse(&region.code)?)))
            .filter(|(distance, district)| *distance <= district.reach_km())
            .collect();
        let is_named = |district: RegionCode| district.with_ancestors().any(|above| named.contains(&above));
        let within: Vec<(f64, RegionCode)> =
            districts.iter().copied().filter(|(_, district)| is_named(*district)).collect();
        let candidates = if within.is_empty() { districts } else { within };
        let nearest = candidates.iter().map(|(distance, _)| *distance).fold(f64::INFINITY, f64::min);
        let is_near = |(distance, _): &(f64, RegionCode)| *distance <= nearest + SAME;
        candidates.into_iter().filter(is_near).map(|(_, district)| district).collect()
    }

    /// The maximum distance in kilometres between the region's point and a place in it.
    pub fn reach_km(self) -> f64 {
        match self.0.level {
            1 => 250.0,
            2 => 150.0,
            _ => crate::place::DISTRICT_REACH_KM,
        }
    }
}

/// A spatial planning region, between government region and district.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanningRegion {
    /// Slug. Unique among planning regions.
    #[schema(example = "stuttgart")]
    pub slug: String,
    /// First four digits of the keys of its districts.
    #[schema(example = "0811")]
    pub key: String,
    /// Name.
    pub name: LocalName,
    /// NUTS code of the government region.
    #[schema(example = "DE11")]
    pub parent: String,
    /// Whether the region extends into a neighbouring state.
    pub cross_border: bool,
    /// NUTS codes of the districts.
    pub districts: Vec<String>,
    /// Location of a central town.
    pub location: Location,
}

#[derive(Deserialize)]
struct PlanningRegionSource {
    slug: String,
    key: String,
    name_de: Name,
    name_en: Name,
    parent: String,
    cross_border: bool,
    districts: Vec<String>,
    lat: f64,
    lon: f64,
}

static PLANNING_REGIONS: LazyLock<Vocabulary<PlanningRegion>> = LazyLock::new(|| {
    let sources: Vec<PlanningRegionSource> = read(include_str!("../../../data/planning_regions.json"));
    let region = |it: PlanningRegionSource| PlanningRegion {
        slug: it.slug,
        key: it.key,
        name: Local { de: it.name_de, en: Some(it.name_en) },
        parent: it.parent,
        cross_border: it.cross_border,
        districts: it.districts,
        location: Location { lat: it.lat, lon: it.lon },
    };
    Vocabulary::new(sources.into_iter().map(region).collect())
});

impl Entry for PlanningRegion {
    const PATH: &'static str = "planning-regions";
    const TITLE: &'static str = "Planning region";
    const CODE_FIELD: &'static str = "slug";
    const ABOUT: &'static str = "The twelve spatial planning regions, with their districts.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &PLANNING_REGIONS
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> EntryName {
        EntryName::Local(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        vec![Relation::BroadMatch(Region::PATH, &self.parent)]
    }
}

vocabulary!(
    /// The slug of a planning region.
    PlanningRegionCode -> PlanningRegion, "a planning region", "Slug of a planning region.", "stuttgart"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_found_by_its_code_in_any_case_its_key_and_its_slug() {
        for region in Region::all() {
            let spellings = [
                region.code.clone(),
                region.code.to_lowercase(),
                region.code.replace("DE", "De"),
                region.ags.clone(),
                region.slug.clone(),
                region.slug.to_uppercase(),
                if region.level == 3 { format!("{}042", region.ags) } else { region.code.clone() },
            ];
            for text in spellings {
                assert_eq!(Region::find(&text).map(|found| &found.code), Some(&region.code), "{text}");
            }
        }
        for unknown in ["", "DE2", "8111", "09162000", "8111000", "stuttgart-stadtkreis", "DE111 "] {
            assert!(Region::find(unknown).is_none(), "{unknown}");
        }
    }
}
