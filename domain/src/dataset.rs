//! What catalogues of open data (DCAT-AP 3.0) say about the collection of a kind.

use crate::text::Local;

/// A constant text in both languages.
pub type Text = Local<&'static str>;

/// A constant text in German and English.
pub const fn text(de: &'static str, en: &'static str) -> Text {
    Local { de, en: Some(en) }
}

/// Metadata of a collection.
#[derive(Clone, Copy, Debug)]
pub struct Dataset {
    /// Title.
    pub title: Text,
    /// Description in one or two sentences.
    pub description: Text,
    /// Themes by which open-data portals group datasets. At least one.
    pub themes: &'static [Theme],
    /// Keywords. At least one.
    pub keywords: &'static [Text],
    /// How often the collection changes.
    pub frequency: Frequency,
    /// Acts of the European Union that require its publication, as ELI URIs (`dcatap:applicableLegislation`).
    pub legislation: &'static [&'static str],
}

/// A theme of the authority table `data-theme` of the European Union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Economy and finance.
    Economy,
    /// Government and public sector.
    Government,
    /// Regions and cities.
    Regions,
    /// Science and technology.
    Technology,
}

impl Theme {
    /// The code in the authority table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Economy => "ECON",
            Self::Government => "GOVE",
            Self::Regions => "REGI",
            Self::Technology => "TECH",
        }
    }
}

/// A frequency of the authority table `frequency` of the European Union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Whenever something changes, without a fixed interval.
    Irregular,
    /// Continuously.
    Continuous,
    /// Every day.
    Daily,
    /// Every four months.
    ThreeTimesAYear,
}

impl Frequency {
    /// The code in the authority table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Irregular => "IRREG",
            Self::Continuous => "UPDATE_CONT",
            Self::Daily => "DAILY",
            Self::ThreeTimesAYear => "ANNUAL_3",
        }
    }
}
