//! Invented members of every chamber, and some that no chamber maintains.
//!
//! They are affiliated with real initiatives and networks, so each name ends in "(Demo)".

use super::{
    invented::{Chance, trades},
    landscape::{Landscape, Organisation},
    line,
};
use domain::{
    content::Content as _,
    kind::Kind,
    member::Member,
    vocabulary::{Chamber, ChamberKind, Entry, Region, RegionCode, TechnologyFieldCode},
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// First words of names, all of which clearly indicate an example.
const EXAMPLES: [&str; 8] =
    ["Beispiel", "Muster", "Probe", "Modell", "Fiktiv", "Schaubild", "Vorlage", "Specimen"];

/// First and last year in which affiliations start, and the last year in which some ended.
///
/// Fixed years in the past, so that importing the demo again changes no member.
const SINCE: (i32, i32) = (2008, 2022);
const LAST_END: i32 = 2023;

/// A chamber with fewer organisations than this in its districts gets every second member from a distant network.
const FEW: usize = 3;

/// The import lines of all members.
pub(super) fn lines(landscape: &Landscape) -> Vec<Value> {
    let mut roll = Roll {
        initiatives: landscape.active(Kind::Initiative),
        networks: landscape.active(Kind::Network),
        names: HashSet::new(),
    };
    let chambers = Chamber::all().iter().filter(|chamber| chamber.kind != ChamberKind::Umbrella);
    let mut members: Vec<Value> = chambers.flat_map(|chamber| roll.of_chamber(chamber)).collect();
    members.extend(roll.without_chamber());
    members.into_iter().map(|member| line(Kind::Member, member)).collect()
}

/// The members so far, and the organisations to which they can belong.
struct Roll<'a> {
    initiatives: Vec<&'a Organisation>,
    networks: Vec<&'a Organisation>,
    names: HashSet<String>,
}

/// The origin of a member: a nearby organisation, and a field in which both work.
#[derive(Clone, Copy)]
struct Origin<'a> {
    organisation: &'a Organisation,
    field: TechnologyFieldCode,
}

impl<'a> Roll<'a> {
    fn of_chamber(&mut self, chamber: &Chamber) -> Vec<Value> {
        let local = origins(&self.local(chamber), chamber.kind);
        let distant = origins(&self.networks, chamber.kind);
        // Round robin, so that every initiative gets members. The field is random.
        let mut chance = Chance::of(&chamber.slug);
        let start = usize::try_from(chance.between(0, 31)).unwrap_or_default();
        let (mut local_turns, mut distant_turns) = (local.iter().cycle(), distant.iter().cycle().skip(start));
        let mut members = Vec::new();
        for number in 1..=chance.between(18, 20) {
            let mut chance = Chance::of(&format!("{}/{number}", chamber.slug));
            let is_local = local.len() >= FEW || number % 2 == 1 && !local.is_empty();
            let turn = if is_local { local_turns.next() } else { distant_turns.next() };
            let origin = turn.and_then(|fields| chance.pick(fields)).copied();
            members.extend(origin.and_then(|origin| self.business(chamber, number, origin, &mut chance)));
        }
        members
    }

    /// The initiatives in the districts of a chamber. If there are few, also the networks with their seat there.
    fn local(&self, chamber: &Chamber) -> Vec<&'a Organisation> {
        let in_district = |it: &&&Organisation| chamber.districts.contains(&it.region.code);
        let mut local: Vec<&Organisation> = self.initiatives.iter().filter(in_district).copied().collect();
        if local.len() < FEW {
            local.extend(self.networks.iter().filter(in_district));
        }
        if chamber.kind == ChamberKind::Hwk {
            local.reverse(); // the last round skips those at the end, so each kind of chamber skips different ones
        }
        local
    }

    fn business(
        &mut self,
        chamber: &Chamber,
        number: i32,
        origin: Origin<'a>,
        chance: &mut Chance,
    ) -> Option<Value> {
        let districts: Vec<RegionCode> =
            chamber.districts.iter().filter_map(|code| RegionCode::parse(code)).collect();
        let home = Some(origin.organisation.region).filter(|home| districts.contains(home));
        let region = match home {
            Some(home) if chance.percent(50) => home,
            _ => *chance.pick(&districts)?,
        };
        let is_craft = chamber.kind == ChamberKind::Hwk;
        let size = size_class(is_craft, chance);
        let trade = chance.word(trades(&origin.field.slug, chamber.kind));
        let name = self.name(&format!("{trade} {}", region.seat), legal_form(is_craft, size, chance), chance);
        // The name of a sole trader is personal data, so most of them are not public.
        let shown = if is_craft && size == "micro" { 25 } else { 95 };
        let website = format!("https://demo-{number:04}.{}.example", chamber.slug);
        Some(json!({
            "status": "published",
            "name": name,
            "kind": "company",
            "size_class": size,
            "industries": origin.field.industries,
            "address": address(&region, chance),
            "region": region,
            "location": chance.near(region.location),
            "website": chance.percent(70).then_some(website),
            "chamber": chamber.slug,
            "external_id": format!("DEMO-{number:04}"),
            "public": chance.percent(shown),
            "affiliations": self.affiliations(origin, chance),
        }))
    }

    /// Universities, institutes and public bodies, one in every second district. The first one has the id used in
    /// examples.
    fn without_chamber(&mut self) -> Vec<Value> {
        let districts = Region::all().iter().filter(|region| region.level == 3);
        let mut members = Vec::new();
        for (region, number) in districts.step_by(2).take(20).zip(0..) {
            let mut chance = Chance::of(&format!("ohne Kammer/{}", region.code));
            members.extend(self.body(region, number, &mut chance));
        }
        if let Some(first) = members.first_mut() {
            first["id"] = Member::EXAMPLE_KEY.into();
        }
        members
    }

    fn body(&mut self, region: &Region, number: usize, chance: &mut Chance) -> Option<Value> {
        let near: Vec<&Organisation> = self
            .initiatives
            .iter()
            .filter(|it| it.region.planning_region == region.planning_region)
            .copied()
            .collect();
        let pool = if near.is_empty() { &self.networks } else { &near };
        let organisation = *chance.pick(pool)?;
        let origin = Origin { organisation, field: *chance.pick(&organisation.fields)? };
        let field = origin.field.name.de.as_str();
        let (kind, what, industry) = match number % 3 {
            0 => ("university", "-Hochschule".to_owned(), "85"),
            1 => ("research_institution", format!("-Institut {field}"), "72"),
            _ => ("public_body", "-Wirtschaftsförderung".to_owned(), "84"),
        };
        Some(json!({
            "status": "published",
            "name": self.name(&format!("{what} {}", region.seat), "", chance),
            "kind": kind,
            "industries": [industry],
            "address": address(region, chance),
            "region": region.code,
            "location": chance.near(region.location),
            "website": format!("https://demo-{}.{kind}.example", region.slug).replace('_', "-"),
            "public": true,
            "affiliations": self.affiliations(origin, chance),
        }))
    }

    /// A unique name.
    fn name(&mut self, what: &str, legal_form: &str, chance: &mut Chance) -> String {
        let blank = if what.starts_with('-') { "" } else { " " };
        let form = if legal_form.is_empty() { String::new() } else { format!(" {legal_form}") };
        let first = usize::try_from(chance.between(0, 7)).unwrap_or_default();
        let free = EXAMPLES
            .iter()
            .cycle()
            .skip(first)
            .take(EXAMPLES.len())
            .map(|example| format!("{example}{blank}{what}{form} (Demo)"))
            .find(|name| !self.names.contains(name))
            .unwrap_or_default();
        self.names.insert(free.clone());
        free
    }

    /// Affiliations: mostly with the organisation of origin, and others in the same field or nearby.
    fn affiliations(&self, origin: Origin<'a>, chance: &mut Chance) -> Vec<Value> {
        let Origin { organisation: home, field } = origin;
        let in_field = |it: &Organisation| it.fields.contains(&field);
        let nearby = |it: &Organisation| it.region.planning_region == home.region.planning_region;
        let mut chosen = Vec::new();
        chosen.extend(chance.percent(92).then_some(home));
        if chance.percent(65) {
            chosen.extend(another(&self.networks, home, in_field, chance));
        }
        if chance.percent(35) {
            chosen.extend(another(&self.initiatives, home, in_field, chance));
        } else if chance.percent(50) {
            chosen.extend(another(&self.initiatives, home, nearby, chance));
        }
        chosen.into_iter().map(|organisation| affiliation(organisation, chance)).collect()
    }
}

/// One of the suitable organisations other than `home`.
fn another<'a>(
    organisations: &[&'a Organisation],
    home: &Organisation,
    is_fit: impl Fn(&Organisation) -> bool,
    chance: &mut Chance,
) -> Option<&'a Organisation> {
    let fit: Vec<&Organisation> =
        organisations.iter().filter(|it| it.slug != home.slug && is_fit(it)).copied().collect();
    chance.pick(&fit).copied()
}

/// The organisations, each with the fields in which this kind of chamber has members.
fn origins<'a>(organisations: &[&'a Organisation], kind: ChamberKind) -> Vec<Vec<Origin<'a>>> {
    let of = |organisation: &&'a Organisation| -> Vec<Origin<'a>> {
        let fields = organisation.fields.iter().filter(|field| !trades(&field.slug, kind).is_empty());
        fields.map(|&field| Origin { organisation, field }).collect()
    };
    organisations.iter().map(of).filter(|origins| !origins.is_empty()).collect()
}

fn affiliation(organisation: &Organisation, chance: &mut Chance) -> Value {
    let (first, last) = SINCE;
    // No affiliation starts before the organisation was founded.
    let first = organisation.founded_year.map_or(first, |founded| (founded + 1).max(first));
    let since = chance.between(first.min(LAST_END), last.max(first).min(LAST_END));
    let until = chance.between(since, LAST_END);
    json!({
        "organisation": organisation.slug,
        "role": "Mitglied",
        "since": format!("{since}-{:02}-{:02}", chance.between(1, 12), chance.between(1, 28)),
        "until": chance.percent(12).then(|| format!("{until}-12-31")),
    })
}

fn address(region: &Region, chance: &mut Chance) -> Value {
    let street = format!("Demoweg {}", chance.between(1, 99));
    json!({ "street": street, "city": region.seat, "country": "DE" })
}

/// The size class. Crafts are smaller than industry.
fn size_class(is_craft: bool, chance: &mut Chance) -> &'static str {
    let (micro, small, medium) = if is_craft { (50, 90, 100) } else { (25, 60, 88) };
    match chance.between(1, 100) {
        it if it <= micro => "micro",
        it if it <= small => "small",
        it if it <= medium => "medium",
        _ => "large",
    }
}

fn legal_form(is_craft: bool, size: &str, chance: &mut Chance) -> &'static str {
    match (size, is_craft) {
        ("micro", true) => "e.K.",
        ("micro", false) => chance.word(&["UG (haftungsbeschränkt)", "GmbH"]),
        ("small", _) => chance.word(&["GmbH", "GmbH", "GmbH & Co. KG"]),
        ("medium", _) => chance.word(&["GmbH", "GmbH & Co. KG"]),
        _ => chance.word(&["AG", "SE", "GmbH & Co. KG"]),
    }
}
