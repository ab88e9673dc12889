//! Chambers, which maintain member records.

use super::{Entry, EntryName, Relation, Vocabulary, read, vocabulary};
use crate::{place::Location, scalar::WebUrl};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

/// Type of chamber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChamberKind {
    /// A chamber of industry and commerce.
    Ihk,
    /// A chamber of skilled crafts.
    Hwk,
    /// An umbrella body. It has no members of its own.
    Umbrella,
}

/// A chamber, which maintains member records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Chamber {
    /// Slug. Unique among chambers.
    #[schema(example = "ihk-region-stuttgart")]
    pub slug: String,
    /// Name.
    #[schema(example = "IHK Region Stuttgart")]
    pub name: String,
    /// Type of chamber.
    pub kind: ChamberKind,
    /// Slug of the umbrella body. Null for an umbrella body.
    #[schema(example = "bwihk")]
    pub umbrella: Option<String>,
    /// City of the head office.
    #[schema(example = "Stuttgart")]
    pub city: String,
    /// NUTS code of the region of the head office.
    #[schema(example = "DE111")]
    pub region: String,
    /// Location of the head office, accurate to the town.
    pub location: Location,
    /// Website.
    pub website: Option<WebUrl>,
    /// NUTS codes of the districts served.
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
    let sources: Vec<ChamberSource> = read(include_str!("../../../data/chambers.json"));
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
    const CODE_FIELD: &'static str = "slug";
    const ABOUT: &'static str = "Chambers of industry and commerce, chambers of skilled crafts and their umbrella \
        bodies, with the districts served.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &CHAMBERS
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> EntryName {
        EntryName::Proper(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        self.umbrella.as_deref().map(Relation::Broader).into_iter().collect()
    }
}

vocabulary!(
    /// The slug of a chamber.
    ChamberCode -> Chamber, "a chamber", "Slug of a chamber.", "ihk-region-stuttgart"
);
