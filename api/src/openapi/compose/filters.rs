//! Filters of each kind, as parameters.

use super::parameters::{self, parameter};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    query::Scope,
    terms::{Facet, FacetSpec},
};
use serde_json::{Value, json};

/// The filters of a kind, in documentation order.
pub(crate) fn of<C: Content>() -> Vec<Value> {
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

/// The filters of features, besides those of OGC API.
pub(crate) fn of_features<C: Content>() -> Vec<Value> {
    let mut parameters: Vec<Value> = ["Q", "Ids", "UpdatedSince"].map(parameter).to_vec();
    parameters.extend(C::FACETS.iter().map(|&facet| of_facet(C::KIND, facet)));
    parameters.extend(["Near", "RadiusKm"].map(parameter));
    parameters
}

/// The union of the filters of these kinds, for operations over several kinds. Without `as_of`, and without `kind`,
/// which means the kind of record there.
pub(crate) fn of_kinds(kinds: &[Kind]) -> Vec<Value> {
    struct Of;
    impl KindFunction for Of {
        type Output = Vec<Value>;

        fn call<C: Content>(self) -> Vec<Value> {
            of::<C>()
        }
    }
    let left_out = [parameter("AsOf"), parameter("Status")];
    let published = parameters::repeated(
        "status",
        "Accepted for symmetry with the lists. Only published records are included.",
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
pub(crate) fn of_facet(kind: Kind, facet: Facet) -> Value {
    let FacetSpec { name, description, example, .. } = facet.spec();
    parameters::facet(name, description, facet.words(kind), example)
}

/// The sort order of a kind.
pub(crate) fn sort<C: Content>() -> Value {
    let scope = Scope::of::<C>();
    let default =
        if scope.sorted_by_date { scope.dated.unwrap_or(scope.name_field) } else { scope.name_field };
    parameters::sort(&scope.sort_keys(), default)
}
