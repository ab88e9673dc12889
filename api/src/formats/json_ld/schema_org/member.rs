//! Members: `Organization`, or what is more exact for their kind.

use super::{
    Node, SchemaOrg,
    parts::{address, areas, plain, point, reference, subjects},
};
use domain::{
    member::{Address, Affiliation, Member},
    record::Record,
    words::MemberKind,
};
use serde_json::Value;

impl SchemaOrg for Member {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        let member = &record.content;
        let affiliations = member.affiliations.iter().map(|one| affiliation(one, base));
        let seat = Node::new()
            .with("geo", point(member.location))
            .with("containedInPlace", areas(&[member.region], base));
        Node::new()
            .with("@type", type_of(member.kind))
            .with("name", member.name.as_str())
            .with("url", plain(member.website.as_ref()))
            .with("address", member.address.as_ref().map(postal_address))
            .with("location", seat.of_type("Place"))
            .with("knowsAbout", subjects(&[], &member.industries, base))
            .with("memberOf", affiliations.filter(|one| !one.is_null()).collect::<Vec<_>>())
    }
}

fn type_of(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::University => "CollegeOrUniversity",
        MemberKind::ResearchInstitution => "ResearchOrganization",
        MemberKind::PublicBody => "GovernmentOrganization",
        MemberKind::Company | MemberKind::Association | MemberKind::Other => "Organization",
    }
}

/// A postal address.
pub(super) fn postal_address(found: &Address) -> Value {
    let Address { street, postal_code, city, country } = found;
    address(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref())
}

/// The organisation or, if role or period are known, a role whose `memberOf` it is.
fn affiliation(affiliation: &Affiliation, base: &str) -> Value {
    let Affiliation { organisation, role, since, until } = affiliation;
    let organisation = reference(organisation, base);
    if organisation.is_null() || (role.is_none() && since.is_none() && until.is_none()) {
        return organisation;
    }
    Node::new()
        .with("roleName", plain(role.as_ref()))
        .with("startDate", plain(since.as_ref()))
        .with("endDate", plain(until.as_ref()))
        .with("memberOf", organisation)
        .of_type("OrganizationRole")
}
