//! Where an event takes place.

use crate::{
    place::Location,
    scalar::{Country, PostalCode},
    text::Name,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Venue of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// Name of the venue.
    #[schema(inline)]
    pub name: Option<Name>,
    /// Street and number.
    #[schema(inline)]
    pub street: Option<Name>,
    /// Postal code.
    #[schema(inline)]
    pub postal_code: Option<PostalCode>,
    /// Town or city.
    #[schema(inline)]
    pub city: Option<Name>,
    /// Country.
    #[schema(inline)]
    pub country: Option<Country>,
    /// Location on the map.
    pub location: Option<Location>,
}

impl Venue {
    /// Its address, from the name to the country.
    pub(super) fn address(&self) -> Vec<String> {
        let Self { name, street, postal_code, city, country, .. } = self;
        let text = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
        let postal_code = postal_code.as_ref().map(|code| code.as_str().to_owned());
        let town = [postal_code, text(city)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let country = country.as_ref().map(|code| code.as_str().to_owned());
        let lines = [text(name), text(street), Some(town), country];
        lines.into_iter().flatten().filter(|line| !line.is_empty()).collect()
    }
}
