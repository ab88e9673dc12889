//! The filters of each kind, as parameters.

use super::components::{self, parameter};
use domain::{
    cluster::Cluster,
    content::Content,
    initiative::Initiative,
    kind::{Kind, KindFunction, with_kind},
    network::Network,
    query::{Scope, values_of},
    terms::Facet,
};
use serde_json::{Value, json};

/// The filters of a kind, in the order of the documentation.
pub(super) fn of<C: Content>() -> Vec<Value> {
    let scope = Scope::of::<C>();
    let mut parameters: Vec<Value> = ["Q", "AsOf", "Ids", "UpdatedSince", "Status"].map(parameter).to_vec();
    parameters.extend(scope.facets.iter().map(|&facet| of_facet(C::KIND, facet)));
    if scope.located {
        parameters.extend(["Bbox", "Near", "RadiusKm"].map(parameter));
    }
    if scope.dated.is_some() {
        parameters.extend(["From", "To"].map(parameter));
    }
    parameters
}

/// The filters that lists of any of these kinds have, each once, where it says which records of all are meant: without a
/// moment and the kind, which is of records there.
pub(super) fn of_kinds(kinds: &[Kind]) -> Vec<Value> {
    struct Of;
    impl KindFunction for Of {
        type Output = Vec<Value>;

        fn call<C: Content>(self) -> Vec<Value> {
            of::<C>()
        }
    }
    let left_out = [parameter("AsOf"), parameter("Status")];
    let published = components::repeated(
        "status",
        "Taken as in lists: all that is shown is published.",
        json!({ "type": "string", "enum": ["published"] }),
    );
    let mut parameters: Vec<Value> = vec![published];
    for other in kinds.iter().flat_map(|kind| with_kind(*kind, Of)) {
        if !left_out.contains(&other) && other["name"] != "kind" && !parameters.contains(&other) {
            parameters.push(other);
        }
    }
    parameters
}

/// The filter by one facet of a kind.
pub(super) fn of_facet(kind: Kind, facet: Facet) -> Value {
    let (description, example) = describe(facet);
    components::facet(facet.as_str(), description, values_of(kind, facet), example)
}

/// What a filter finds, and an example.
fn describe(facet: Facet) -> (&'static str, &'static str) {
    match facet {
        Facet::Region => (
            "A region by its NUTS code (in any case), AGS or slug; finds what lies in it or below it.",
            "DE111",
        ),
        Facet::PlanningRegion => ("Slug of a planning region.", "stuttgart"),
        Facet::TechnologyField => ("Slug of a technology field.", "mikrosystemtechnik"),
        Facet::Industry => (
            "Code of an industry, WZ 2008 in any depth and spelling (`26`, `26.11`, `C26`); a section finds its divisions too, and what is finer than a division means its division.",
            "C",
        ),
        Facet::Visibility => ("How far it is seen.", "regional"),
        Facet::Label => ("Slug of a label that it was ever awarded.", "cluster-exzellenz-bw"),
        Facet::LabelValid => ("Slug of a label that is valid today.", "cluster-exzellenz-bw"),
        Facet::Cluster => ("Slug or id of a cluster in which it works.", Cluster::EXAMPLE_KEY),
        Facet::Initiative => (
            "Slug or id of an initiative that takes part, benefits, or has the member today.",
            Initiative::EXAMPLE_KEY,
        ),
        Facet::Network => ("Slug or id of a network that benefits or has the member today.", "afbw"),
        Facet::Organiser => ("Slug or id of an organiser.", Network::EXAMPLE_KEY),
        Facet::Scope => ("How far it reaches.", "statewide"),
        Facet::EventFormat => ("Whether one is there in person.", "online"),
        Facet::Kind => ("Which kind it is.", "company"),
        Facet::SizeClass => ("How large it is.", "small"),
        Facet::Chamber => ("Slug of the chamber that maintains it.", "ihk-region-stuttgart"),
        Facet::Coverage => ("A region that it names itself, as it is only counted by.", "DE111"),
        Facet::Seat => ("A region in which it has its seat, as it is only counted by.", "DE111"),
        Facet::Year => ("The year in which it began, as it is only counted by.", "2026"),
        Facet::Cell => ("In which cells of a grid.", ""),
        Facet::Record => ("What every record has.", ""),
    }
}
