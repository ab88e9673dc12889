//! Chambers, the owners of member records.

use super::{Entry, EntryName, Vocabulary, read, vocabulary};
use crate::{place::Location, scalar::WebUrl};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

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
        bodies, with the districts that each serves.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &CHAMBERS
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> EntryName {
        EntryName::Proper(self.name.clone())
    }
}

vocabulary!(
    /// The slug of a chamber.
    ChamberCode -> Chamber, "a chamber", "The slug of a chamber.", "ihk-region-stuttgart"
);
