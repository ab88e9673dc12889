//! In what: industries and technology fields.

use super::{Entry, Vocabulary, read, vocabulary};
use crate::text::{Local, LocalName, Name};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

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
    let sources: Vec<IndustrySource> = read(include_str!("../../../data/industries.json"));
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
    let sources: Vec<TechnologyFieldSource> = read(include_str!("../../../data/fields.json"));
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
