//! Collections as datasets, and their formats as distributions.

use super::{Catalog, LANGUAGES, STATE, STATE_KEY, STATE_LEVEL, authority, rdf::Graph, services::SERVICES};
use crate::formats::Format;
use chrono::{DateTime, Utc};
use domain::{content::Content, kinds::KindVisitor, text::Local};

/// The media types that IANA has registered.
const MEDIA_TYPES: &str = "https://www.iana.org/assignments/media-types";

/// What the public sees of a collection in time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coverage {
    /// First and last public change.
    pub(crate) changes: Option<[DateTime<Utc>; 2]>,
    /// First and last year in which a record starts, if records have a period.
    pub(crate) years: Option<(i32, i32)>,
}

/// Describes the collection of each kind.
pub(super) struct Datasets<'a> {
    pub(super) catalog: &'a Catalog<'a>,
    pub(super) graph: &'a mut Graph,
}

impl KindVisitor for Datasets<'_> {
    fn visit<C: Content>(&mut self) {
        self.dataset::<C>();
        for format in Format::of_collection(C::KIND) {
            self.distribution::<C>(format);
        }
    }
}

impl Datasets<'_> {
    fn dataset<C: Content>(&mut self) {
        let (catalog, about) = (self.catalog, C::DATASET);
        let plural = C::KIND.plural();
        let iri = catalog.part(plural);
        let Coverage { changes, years } = catalog.coverage.get(&C::KIND).copied().unwrap_or_default();
        let formats = Format::of_collection(C::KIND);
        let mut dataset = self
            .graph
            .describe(&iri, "dcat:Dataset")
            .text("dct:title", &about.title)
            .text("dct:description", &about.description)
            .name("dct:identifier", &iri);
        if let Some([first, last]) = changes {
            dataset = dataset.moment("dct:issued", first).moment("dct:modified", last);
        }
        for keyword in about.keywords {
            dataset = dataset.text("dcat:keyword", keyword);
        }
        if years.is_some() {
            dataset = dataset.iri("dct:temporal", &catalog.part(&format!("{plural}-period")));
        }
        catalog
            .publish(dataset)
            .iri("dcat:contactPoint", &catalog.part("contact"))
            .iris("dcat:theme", about.themes.iter().map(|theme| authority("data-theme", theme.code())))
            .iri("dct:accrualPeriodicity", &authority("frequency", about.frequency.code()))
            .iri("dct:accessRights", &authority("access-right", "PUBLIC"))
            .iris("dct:language", LANGUAGES.map(|code| authority("language", code)))
            .iris("dct:spatial", STATE.map(str::to_owned))
            .iri("dcatde:politicalGeocodingLevelURI", STATE_LEVEL)
            .iri("dcatde:politicalGeocodingURI", STATE_KEY)
            .iri("dcatde:contributorID", catalog.publication.contributor_id.as_str())
            .iris("dcatap:applicableLegislation", about.legislation.iter().map(|act| (*act).to_owned()))
            .iri("dcat:landingPage", &catalog.url("/docs/"))
            .iris("dcat:distribution", formats.map(|format| catalog.part(&fragment::<C>(format))));
        for act in about.legislation {
            self.graph.describe(act, "eli:LegalResource");
        }
        if let Some((first, last)) = years {
            self.graph
                .describe(&catalog.part(&format!("{plural}-period")), "dct:PeriodOfTime")
                .year("dcat:startDate", first)
                .year("dcat:endDate", last);
        }
    }

    fn distribution<C: Content>(&mut self, format: Format) {
        let catalog = self.catalog;
        let named = |title: &str| format!("{title} ({})", format.name());
        let Local { de, en } = C::DATASET.title;
        let title = Local { de: named(de), en: en.map(named) };
        let url = match format {
            Format::Json => catalog.url(&format!("/api/v1/{}", C::KIND.plural())),
            _ => catalog.url(&format!("/api/v1/{}.{}", C::KIND.plural(), format.extension())),
        };
        let mut distribution = self
            .graph
            .describe(&catalog.part(&fragment::<C>(format)), "dcat:Distribution")
            .text("dct:title", &title)
            .iri("dcat:accessURL", &url);
        // A page of a list is not a download of the collection.
        if format != Format::Json {
            distribution = distribution.iri("dcat:downloadURL", &url);
        }
        // Names with `x-` are not registered (RFC 6838 section 3.4).
        if !format.media_type().contains("/x-") {
            distribution =
                distribution.iri("dcat:mediaType", &format!("{MEDIA_TYPES}/{}", format.media_type()));
        }
        distribution
            .iri("dct:format", &authority("file-type", format.file_type()))
            .iri("dct:license", catalog.publication.licence.as_str())
            .name("dcatde:licenseAttributionByText", catalog.publication.publisher_name.as_str())
            .iri("dcatap:availability", &authority("planned-availability", "STABLE"))
            .iris("dct:language", LANGUAGES.map(|code| authority("language", code)))
            .iri("dcat:accessService", &catalog.part(SERVICES[0].id));
    }
}

/// The fragment of a distribution in the catalogue.
fn fragment<C: Content>(format: Format) -> String {
    format!("{}-{}", C::KIND.plural(), format.extension())
}
