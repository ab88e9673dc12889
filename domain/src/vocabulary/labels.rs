//! Quality labels and awards.

use super::{Entry, EntryName, Relation, Vocabulary, read, vocabulary};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

/// The geographic reach of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LabelLevel {
    /// Within the state.
    Regional,
    /// Within Germany.
    National,
    /// Europe and beyond.
    International,
}

/// A quality label or award.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Label {
    /// Slug. Unique among labels.
    #[schema(example = "cluster-exzellenz-bw")]
    pub slug: String,
    /// Name.
    #[schema(example = "Cluster-Exzellenz Baden-Württemberg")]
    pub name: String,
    /// Body that awards the label.
    #[schema(example = "Ministry of economic affairs of Baden-Württemberg")]
    pub awarded_by: String,
    /// Geographic reach.
    pub level: LabelLevel,
    /// Validity in years. Null if the label does not expire.
    #[schema(minimum = 1, example = 2)]
    pub validity_years: Option<u32>,
    /// Remark, in English.
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
    let sources: Vec<LabelSource> = read(include_str!("../../../data/labels.json"));
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
    const CODE_FIELD: &'static str = "slug";
    const ABOUT: &'static str =
        "Quality labels and awards, with the awarding body and the period of validity.";

    fn vocabulary() -> &'static Vocabulary<Self> {
        &LABELS
    }
    fn code(&self) -> &str {
        &self.slug
    }
    fn name(&self) -> EntryName {
        EntryName::Proper(self.name.clone())
    }
    fn relations(&self) -> Vec<Relation<'_>> {
        Vec::new()
    }
}

vocabulary!(
    /// The slug of a label.
    LabelCode -> Label, "a label", "Slug of a label.", "cluster-exzellenz-bw"
);
