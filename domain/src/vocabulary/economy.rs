//! Industries and technology fields.

use super::{Entry, EntryName, Relation, Vocabulary, read, vocabulary};
use crate::text::{Local, LocalName, Name};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

/// A section or division of WZ 2008. At these levels it equals NACE Rev. 2 (Regulation (EC) 1893/2006).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Industry {
    /// Code: `A` to `U` for a section, two digits for a division.
    #[schema(example = "26")]
    pub code: String,
    /// Level: 1 for a section, 2 for a division.
    #[schema(minimum = 1, maximum = 2, example = 2)]
    pub level: u8,
    /// Official title.
    pub name: LocalName,
    /// The section of a division. Null for a section.
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
    const CODE_FIELD: &'static str = "code";
    const ABOUT: &'static str = "Sections and divisions of WZ 2008 / NACE Rev. 2.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &INDUSTRIES
    }
    fn code(&self) -> &str {
        &self.code
    }
    fn find(text: &str) -> Option<&'static Self> {
        INDUSTRIES.find(text).or_else(|| of_fine_code(text))
    }
    fn name(&self) -> EntryName {
        EntryName::Local(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        // The codes of NACE Rev. 2 without dots (Publications Office of the European Union).
        let nace = Relation::ExactMatch(format!("http://data.europa.eu/ux2/nace2/{}", self.code));
        self.parent.as_deref().map(Relation::Broader).into_iter().chain([nace]).collect()
    }
}

vocabulary!(
    /// The code of an industry.
    IndustryCode -> Industry, "an industry (WZ 2008 / NACE Rev. 2)",
    "Industry: a section or division of WZ 2008 / NACE Rev. 2. Writes accept any depth and spelling (`26`, `26.11`, \
     `26.11.0`, `C26`, `C 26.11`). Codes below a division are stored as their division.", "26"
);

/// Finds the section or division that contains a code of any depth.
///
/// ```text
/// 26   26.11   26.11.0   2611   C26   C 26.11   c-26-11   →   26
/// C                                                       →   C
/// 261                                                     →   none
/// ```
fn of_fine_code(text: &str) -> Option<&'static Industry> {
    const SEPARATORS: [char; 3] = ['.', '-', ' '];
    let section = text.get(..1).filter(|letter| letter.as_bytes().iter().all(u8::is_ascii_alphabetic));
    let section = section.map(str::to_ascii_uppercase);
    let code = match section {
        Some(_) => text[1..].strip_prefix(SEPARATORS).unwrap_or(&text[1..]),
        None => text,
    };
    if code.is_empty() {
        return INDUSTRIES.find(section.as_deref()?);
    }
    let (division, mut finer) = code.split_at_checked(2)?;
    if section.is_none() && finer.len() == 1 {
        return None; // ambiguous: may be a four-digit class without its leading zero
    }
    for _ in 0..3 {
        let digit = finer.strip_prefix(SEPARATORS).unwrap_or(finer);
        finer = digit.strip_prefix(|c: char| c.is_ascii_digit()).unwrap_or(finer);
    }
    let division = INDUSTRIES.find(division).filter(|_| finer.is_empty())?;
    section.is_none_or(|section| division.parent.as_ref() == Some(&section)).then_some(division)
}

impl IndustryCode {
    /// This industry, followed by its section.
    pub fn with_ancestors(self) -> impl Iterator<Item = IndustryCode> {
        std::iter::successors(Some(self), |industry| industry.0.parent.as_deref().and_then(Self::parse))
    }
}

/// A field of technology or innovation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TechnologyField {
    /// Slug. Unique among technology fields.
    #[schema(example = "mikrosystemtechnik")]
    pub slug: String,
    /// Name.
    pub name: LocalName,
    /// Codes of the industries to which it mainly belongs.
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
    const CODE_FIELD: &'static str = "slug";
    const ABOUT: &'static str =
        "Fields of technology and innovation, with the industries to which each mainly belongs.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &TECHNOLOGY_FIELDS
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> EntryName {
        EntryName::Local(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        self.industries.iter().map(|code| Relation::RelatedMatch(Industry::PATH, code)).collect()
    }
}

vocabulary!(
    /// The slug of a technology field.
    TechnologyFieldCode -> TechnologyField, "a technology field", "Slug of a technology field.", "elektromobilitaet"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_division_is_found_in_every_depth_and_spelling() {
        for division in Industry::all().iter().filter(|industry| industry.level == 2) {
            let (code, section) = (&division.code, division.parent.as_deref().unwrap());
            for depth in ["", ".1", ".11", ".11.0", "11", "110", ".1.1.0", " 11", "-11-0"] {
                for letter in
                    ["", section, &section.to_lowercase(), &format!("{section} "), &format!("{section}.")]
                {
                    let text = format!("{letter}{code}{depth}");
                    assert_eq!(Industry::find(&text).map(|found| &found.code), Some(code), "{text}");
                }
            }
            let wrong = if section == "C" { "A" } else { "C" };
            for bad in [
                format!("{wrong}{code}"),
                format!("{code}."),
                format!(".{code}"),
                format!("{code}.1111"),
                format!("{code}..1"),
                format!("{code}1"),
                format!("{code}a"),
                format!("{code}.ä"),
                format!("{}.{}", &code[..1], &code[1..]),
            ] {
                assert!(Industry::find(&bad).is_none(), "{bad}");
            }
        }
        for section in Industry::all().iter().filter(|industry| industry.level == 1) {
            let lower = section.code.to_lowercase();
            assert_eq!(Industry::find(&lower).map(|found| &found.code), Some(&section.code));
        }
        for unknown in ["", "04", "04.1", "34", "00", "99.99.99", "2", "V", "ä", "CC26"] {
            assert!(Industry::find(unknown).is_none(), "{unknown}");
        }
    }
}
