//! The controlled vocabularies: regions, planning regions, industries, technology fields, chambers, labels.
//!
//! They are part of the program (`data/*.json`), so a code that parses exists, and knows its ancestors.

use crate::{
    place::Location,
    scalar::WebUrl,
    text::{Local, LocalName, Name},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::HashMap, ops::Deref, sync::LazyLock};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An entry of a vocabulary.
pub trait Entry: Serialize + ToSchema + Send + Sync + Sized + 'static {
    /// The collection's path segment.
    const PATH: &'static str;
    /// What one entry is called.
    const TITLE: &'static str;
    /// What the vocabulary is, in a sentence or two.
    const ABOUT: &'static str;

    /// The vocabulary, in its own order.
    fn all() -> &'static [Self];
    /// The code or slug that names the entry.
    fn code(&self) -> &str;
    /// The name of the entry, in German.
    fn name(&self) -> &str;
}

/// A vocabulary with its index.
struct Vocabulary<T: 'static> {
    entries: Vec<T>,
    by_code: HashMap<String, usize>,
}

impl<T: Entry> Vocabulary<T> {
    fn new(entries: Vec<T>) -> Self {
        let by_code = entries.iter().enumerate().map(|(i, entry)| (entry.code().to_owned(), i)).collect();
        Self { entries, by_code }
    }

    fn find(&self, code: &str) -> Option<&T> {
        self.by_code.get(code).map(|&i| &self.entries[i])
    }
}

/// Reads one of the files in `data/`.
#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
fn read<T: de::DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).expect("a vocabulary in data/ is well formed")
}

/// Declares the type of a code that is known to exist: a pointer to its entry.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $code:ident -> $entry:ident in $vocabulary:ident, $what:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $code(&'static $entry);

        impl $code {
            /// The code with this spelling; `None` when the vocabulary has none.
            pub fn parse(code: &str) -> Option<Self> {
                $vocabulary.find(code).map(Self)
            }

            /// The entry that the code names.
            pub fn entry(self) -> &'static $entry {
                self.0
            }
        }

        impl Deref for $code {
            type Target = $entry;
            fn deref(&self) -> &$entry {
                self.0
            }
        }

        impl PartialEq for $code {
            fn eq(&self, other: &Self) -> bool {
                self.0.code() == other.0.code()
            }
        }
        impl Eq for $code {}

        impl Serialize for $code {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.code())
            }
        }

        impl<'de> Deserialize<'de> for $code {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = String::deserialize(deserializer)?;
                Self::parse(&code).ok_or_else(|| {
                    let shown: String = code.chars().take(60).collect();
                    de::Error::custom(format!("'{shown}' is not {}; see /api/v1/{}", $what, $entry::PATH))
                })
            }
        }

        impl PartialSchema for $code {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!("The code of ", $what, ".")))
                    .examples([$example])
                    .into()
            }
        }
        impl ToSchema for $code {}
    };
}

/// Which of the three NUTS levels of the state a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegionKind {
    /// The state, NUTS 1.
    Land,
    /// A government region, NUTS 2.
    Regierungsbezirk,
    /// A city that is a district of its own, NUTS 3.
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
    /// NUTS level: 1 the state, 2 government regions, 3 districts.
    #[schema(minimum = 1, maximum = 3, example = 3)]
    pub level: u8,
    /// What it is in the administration.
    pub kind: RegionKind,
    /// Official name.
    pub name: LocalName,
    /// Name without its kind; a city and a district can share it.
    #[schema(example = "Stuttgart")]
    pub short_name: String,
    /// Readable name, unique among regions.
    #[schema(example = "stadtkreis-stuttgart")]
    pub slug: String,
    /// Official regional key (Amtlicher Gemeindeschlüssel) of 2, 3 or 5 digits.
    #[schema(example = "08111")]
    pub ags: String,
    /// NUTS code of the region above; null for the state.
    pub parent: Option<String>,
    /// The planning region that a district belongs to; null above.
    pub planning_region: Option<String>,
    /// Town of the seat.
    #[schema(example = "Stuttgart")]
    pub seat: String,
    /// The seat, or roughly the middle.
    pub location: Location,
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
    let sources: Vec<RegionSource> = read(include_str!("../../data/regions.json"));
    let region = |it: RegionSource| Region {
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
    const ABOUT: &'static str =
        "Regions of the state by NUTS: the state, its government regions and districts.";

    fn all() -> &'static [Self] {
        &REGIONS.entries
    }
    fn code(&self) -> &str {
        &self.code
    }
    fn name(&self) -> &str {
        self.name.de.as_str()
    }
}

vocabulary!(
    /// The NUTS code of a region.
    RegionCode -> Region in REGIONS, "a region (NUTS)", "DE111"
);

impl RegionCode {
    /// This region and those above it, nearest first.
    pub fn with_ancestors(self) -> impl Iterator<Item = RegionCode> {
        std::iter::successors(Some(self), |region| region.0.parent.as_deref().and_then(Self::parse))
    }

    /// How far from its point a place in it can be, in kilometres.
    pub fn reach_km(self) -> f64 {
        match self.0.level {
            1 => 250.0,
            2 => 150.0,
            _ => crate::place::DISTRICT_REACH_KM,
        }
    }
}

/// One of the spatial planning regions, between government region and district.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanningRegion {
    /// Readable name, unique among planning regions.
    #[schema(example = "stuttgart")]
    pub slug: String,
    /// The first four digits of the keys of its districts.
    #[schema(example = "0811")]
    pub key: String,
    /// Name.
    pub name: LocalName,
    /// NUTS code of its government region.
    #[schema(example = "DE11")]
    pub parent: String,
    /// Whether it goes on in a neighbouring state.
    pub cross_border: bool,
    /// NUTS codes of its districts.
    pub districts: Vec<String>,
    /// A central town.
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
    let sources: Vec<PlanningRegionSource> = read(include_str!("../../data/planning_regions.json"));
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
    const ABOUT: &'static str = "The twelve spatial planning regions and the districts of each.";

    fn all() -> &'static [Self] {
        &PLANNING_REGIONS.entries
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> &str {
        self.name.de.as_str()
    }
}

vocabulary!(
    /// The slug of a planning region.
    PlanningRegionCode -> PlanningRegion in PLANNING_REGIONS, "a planning region", "stuttgart"
);

/// A section or division of WZ 2008, which equals NACE Rev. 2 (Regulation (EC) 1893/2006) at these levels.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Industry {
    /// `A` to `U` for a section, two digits for a division.
    #[schema(example = "26")]
    pub code: String,
    /// 1 section, 2 division.
    #[schema(minimum = 1, maximum = 2, example = 2)]
    pub level: u8,
    /// Official title.
    pub name: LocalName,
    /// The section that a division belongs to; null for a section.
    #[schema(example = "C")]
    pub parent: Option<String>,
}

#[derive(Deserialize)]
struct IndustrySource {
    code: String,
    level: u8,
    name_de: Name,
    name_en: Name,
    parent: Option<String>,
}

static INDUSTRIES: LazyLock<Vocabulary<Industry>> = LazyLock::new(|| {
    let sources: Vec<IndustrySource> = read(include_str!("../../data/industries.json"));
    let industry = |it: IndustrySource| Industry {
        code: it.code,
        level: it.level,
        name: Local { de: it.name_de, en: Some(it.name_en) },
        parent: it.parent,
    };
    Vocabulary::new(sources.into_iter().map(industry).collect())
});

impl Entry for Industry {
    const PATH: &'static str = "industries";
    const TITLE: &'static str = "Industry";
    const ABOUT: &'static str = "Sections and divisions of WZ 2008 / NACE Rev. 2.";

    fn all() -> &'static [Self] {
        &INDUSTRIES.entries
    }
    fn code(&self) -> &str {
        &self.code
    }
    fn name(&self) -> &str {
        self.name.de.as_str()
    }
}

vocabulary!(
    /// The code of an industry.
    IndustryCode -> Industry in INDUSTRIES, "an industry (WZ 2008 / NACE Rev. 2)", "26"
);

impl IndustryCode {
    /// This industry and the section above it.
    pub fn with_ancestors(self) -> impl Iterator<Item = IndustryCode> {
        std::iter::successors(Some(self), |industry| industry.0.parent.as_deref().and_then(Self::parse))
    }
}

/// A field of technology or innovation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TechnologyField {
    /// Readable name, unique among technology fields.
    #[schema(example = "mikrosystemtechnik")]
    pub slug: String,
    /// Name.
    pub name: LocalName,
    /// Codes of the industries that it mostly belongs to.
    pub industries: Vec<String>,
}

#[derive(Deserialize)]
struct TechnologyFieldSource {
    slug: String,
    name_de: Name,
    name_en: Name,
    industries: Vec<String>,
}

static TECHNOLOGY_FIELDS: LazyLock<Vocabulary<TechnologyField>> = LazyLock::new(|| {
    let sources: Vec<TechnologyFieldSource> = read(include_str!("../../data/fields.json"));
    let field = |it: TechnologyFieldSource| TechnologyField {
        slug: it.slug,
        name: Local { de: it.name_de, en: Some(it.name_en) },
        industries: it.industries,
    };
    Vocabulary::new(sources.into_iter().map(field).collect())
});

impl Entry for TechnologyField {
    const PATH: &'static str = "technology-fields";
    const TITLE: &'static str = "Technology field";
    const ABOUT: &'static str =
        "Fields of technology and innovation, each with the industries that it mostly belongs to.";

    fn all() -> &'static [Self] {
        &TECHNOLOGY_FIELDS.entries
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> &str {
        self.name.de.as_str()
    }
}

vocabulary!(
    /// The slug of a technology field.
    TechnologyFieldCode -> TechnologyField in TECHNOLOGY_FIELDS, "a technology field", "elektromobilitaet"
);

/// Which kind of chamber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChamberKind {
    /// A chamber of industry and commerce.
    Ihk,
    /// A chamber of skilled crafts.
    Hwk,
    /// An umbrella body, which has no members of its own.
    Umbrella,
}

/// A chamber: owner of member records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Chamber {
    /// Readable name, unique among chambers.
    #[schema(example = "ihk-region-stuttgart")]
    pub slug: String,
    /// Name.
    #[schema(example = "IHK Region Stuttgart")]
    pub name: String,
    /// Which kind of chamber.
    pub kind: ChamberKind,
    /// The umbrella body that it belongs to; null for one.
    #[schema(example = "bwihk")]
    pub umbrella: Option<String>,
    /// City of the head office.
    #[schema(example = "Stuttgart")]
    pub city: String,
    /// NUTS code of the head office.
    #[schema(example = "DE111")]
    pub region: String,
    /// The head office, to the town.
    pub location: Location,
    /// Web address.
    pub website: Option<WebUrl>,
    /// NUTS codes of the districts that it serves.
    pub districts: Vec<String>,
}

#[derive(Deserialize)]
struct ChamberSource {
    slug: String,
    name: String,
    kind: ChamberKind,
    umbrella: Option<String>,
    city: String,
    nuts3: String,
    lat: f64,
    lon: f64,
    website: Option<WebUrl>,
    districts: Vec<String>,
}

static CHAMBERS: LazyLock<Vocabulary<Chamber>> = LazyLock::new(|| {
    let sources: Vec<ChamberSource> = read(include_str!("../../data/chambers.json"));
    let chamber = |it: ChamberSource| Chamber {
        slug: it.slug,
        name: it.name,
        kind: it.kind,
        umbrella: it.umbrella,
        city: it.city,
        region: it.nuts3,
        location: Location { lat: it.lat, lon: it.lon },
        website: it.website,
        districts: it.districts,
    };
    Vocabulary::new(sources.into_iter().map(chamber).collect())
});

impl Entry for Chamber {
    const PATH: &'static str = "chambers";
    const TITLE: &'static str = "Chamber";
    const ABOUT: &'static str = "Chambers of industry and commerce, chambers of skilled crafts and their umbrella \
        bodies, with the districts that each serves.";

    fn all() -> &'static [Self] {
        &CHAMBERS.entries
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> &str {
        &self.name
    }
}

vocabulary!(
    /// The slug of a chamber.
    ChamberCode -> Chamber in CHAMBERS, "a chamber", "ihk-region-stuttgart"
);

/// How far a label is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LabelLevel {
    /// In the state.
    Regional,
    /// In Germany.
    National,
    /// In Europe and beyond.
    International,
}

/// A quality label or award.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Label {
    /// Readable name, unique among labels.
    #[schema(example = "cluster-exzellenz-bw")]
    pub slug: String,
    /// Name.
    #[schema(example = "Cluster-Exzellenz Baden-Württemberg")]
    pub name: String,
    /// Who awards it.
    #[schema(example = "Ministry of economic affairs of Baden-Württemberg")]
    pub awarded_by: String,
    /// How far it is known.
    pub level: LabelLevel,
    /// For how many years it is valid; null when it does not run out.
    #[schema(minimum = 1, example = 2)]
    pub validity_years: Option<u32>,
    /// A remark, in English.
    #[schema(example = "State quality label, valid for two years.")]
    pub note: String,
}

#[derive(Deserialize)]
struct LabelSource {
    slug: String,
    name: String,
    awarded_by: String,
    level: LabelLevel,
    validity_years: Option<u32>,
    note_en: String,
}

static LABELS: LazyLock<Vocabulary<Label>> = LazyLock::new(|| {
    let sources: Vec<LabelSource> = read(include_str!("../../data/labels.json"));
    let label = |it: LabelSource| Label {
        slug: it.slug,
        name: it.name,
        awarded_by: it.awarded_by,
        level: it.level,
        validity_years: it.validity_years,
        note: it.note_en,
    };
    Vocabulary::new(sources.into_iter().map(label).collect())
});

impl Entry for Label {
    const PATH: &'static str = "labels";
    const TITLE: &'static str = "Label";
    const ABOUT: &'static str = "Quality labels and awards, who awards them and how long they are valid.";

    fn all() -> &'static [Self] {
        &LABELS.entries
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> &str {
        &self.name
    }
}

vocabulary!(
    /// The slug of a label.
    LabelCode -> Label in LABELS, "a label", "cluster-exzellenz-bw"
);

/// Something to be done once for every vocabulary.
pub trait VocabularyVisitor {
    /// Does it for one.
    fn visit<E: Entry>(&mut self);
}

/// The one list of vocabularies.
pub fn every_vocabulary(visitor: &mut impl VocabularyVisitor) {
    visitor.visit::<Region>();
    visitor.visit::<PlanningRegion>();
    visitor.visit::<Industry>();
    visitor.visit::<TechnologyField>();
    visitor.visit::<Chamber>();
    visitor.visit::<Label>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabularies_agree_with_each_other() {
        assert_eq!(Region::all().iter().filter(|region| region.level == 3).count(), 44);
        for region in Region::all() {
            assert_eq!(region.level == 1, region.parent.is_none());
            assert!(region.parent.iter().all(|code| RegionCode::parse(code).is_some()));
            assert_eq!(region.level == 3, region.planning_region.is_some());
            assert!(region.planning_region.iter().all(|slug| PlanningRegionCode::parse(slug).is_some()));
        }
        for planning_region in PlanningRegion::all() {
            assert!(planning_region.districts.iter().all(|code| RegionCode::parse(code).is_some()));
        }
        for industry in Industry::all() {
            assert!(industry.parent.iter().all(|code| IndustryCode::parse(code).is_some()));
        }
        for field in TechnologyField::all() {
            assert!(field.industries.iter().all(|code| IndustryCode::parse(code).is_some()));
        }
        for chamber in Chamber::all() {
            assert!(chamber.districts.iter().all(|code| RegionCode::parse(code).is_some()));
            assert!(chamber.umbrella.iter().all(|slug| ChamberCode::parse(slug).is_some()));
        }
        assert_eq!(Label::all().len(), 9);
    }

    #[test]
    fn a_district_lies_below_its_state() {
        let codes: Vec<&str> = RegionCode::parse("DE111")
            .unwrap()
            .with_ancestors()
            .map(|region| region.entry().code())
            .collect();
        assert_eq!(codes, ["DE111", "DE11", "DE1"]);
        assert!(RegionCode::parse("DE2").is_none());
    }
}
