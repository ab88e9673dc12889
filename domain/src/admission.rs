//! Admission criteria of the state's cluster database and of the European platform.

use crate::{
    event::Event,
    id::Id,
    initiative::Initiative,
    words::{MemberKind, words},
};
use chrono::{DateTime, Months, Utc};
use serde::Serialize;
use std::{
    collections::{BTreeSet, HashMap},
    fmt::Display,
};
use utoipa::ToSchema;

const LEAST_EVENTS: usize = 3;
const LEAST_MEMBERS: i64 = 12;
const LEAST_EUROPEAN_MEMBERS: i64 = 15;
const LEAST_MEMBER_KINDS: usize = 2;
const LEAST_FULL_TIME_EQUIVALENTS: f64 = 0.5;
/// How long an event counts after its start.
const EVENTS_COUNT_FOR: Months = Months::new(12);

words!(
    CriterionId, "Identifies a criterion." {
        /// The management organisation, the contact organisation and the website are given.
        Management = "management",
        /// At least one technology field or industry.
        Field = "field",
        /// Events of the last 12 months.
        Events = "events",
        /// Published services.
        Services = "services",
        /// Current members.
        Members = "members",
        /// Share of companies among the current members.
        Companies = "companies",
        /// Full-time equivalents of the management.
        FullTimeEquivalents = "full_time_equivalents",
        /// Current members, with the threshold of the European platform.
        EuropeanMembers = "european_members",
        /// Different types of current members.
        MemberKinds = "member_kinds",
    }
);

words!(
    CriterionSet, "The set to which a criterion belongs." {
        /// The state's cluster database.
        State = "state",
        /// The European platform.
        Europe = "europe",
    }
);

words!(
    CriterionState, "Result of checking a criterion." {
        /// Met.
        Met = "met",
        /// Not met.
        NotMet = "not_met",
        /// The data are insufficient to decide.
        Unknown = "unknown",
    }
);

/// Data that the criteria need in addition to the initiative's record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Published events that the initiative organises, limited to those for which [`counts`] returns true.
    pub events: BTreeSet<Id>,
    /// Number of current members by type. Types without members may be absent.
    pub members_by_kind: HashMap<MemberKind, i64>,
}

/// A criterion and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Criterion {
    /// The criterion.
    pub id: CriterionId,
    /// The set to which it belongs.
    pub set: CriterionSet,
    /// The result.
    pub state: CriterionState,
    /// What was found, and what is required.
    #[schema(example = "14 current members; at least 12 are needed")]
    pub evidence: String,
}

/// All criteria with their results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Admission {
    /// Criteria of the state's cluster database, followed by those of the European platform.
    pub criteria: Vec<Criterion>,
}

/// Whether an event counts: not cancelled, and started within the last 12 months.
///
/// An event that started exactly 12 months ago does not count.
pub fn counts(event: &Event, now: DateTime<Utc>) -> bool {
    let begun = event.starts_at.utc();
    let too_long_ago = now.checked_sub_months(EVENTS_COUNT_FOR).unwrap_or(DateTime::<Utc>::MIN_UTC);
    !event.cancelled && too_long_ago < begun && begun <= now
}

/// Checks every criterion.
pub fn check(initiative: &Initiative, facts: &Facts) -> Admission {
    let kinds = &facts.members_by_kind;
    let members = kinds.values().sum();
    let companies = kinds.get(&MemberKind::Company).copied().unwrap_or(0);
    let kinds = kinds.values().filter(|&&count| count > 0).count();
    let criterion = |set| move |(id, Finding { state, evidence })| Criterion { id, set, state, evidence };
    let state = [
        (CriterionId::Management, management(initiative)),
        (CriterionId::Field, field(initiative)),
        (CriterionId::Events, events(facts.events.len())),
        (CriterionId::Services, services(initiative.services.len())),
        (CriterionId::Members, enough_members(members, LEAST_MEMBERS)),
        (CriterionId::Companies, enough_companies(companies, members)),
    ];
    let europe = [
        (CriterionId::FullTimeEquivalents, full_time_equivalents(initiative)),
        (CriterionId::EuropeanMembers, enough_members(members, LEAST_EUROPEAN_MEMBERS)),
        (CriterionId::MemberKinds, enough_kinds(kinds)),
    ];
    let state = state.into_iter().map(criterion(CriterionSet::State));
    let europe = europe.into_iter().map(criterion(CriterionSet::Europe));
    Admission { criteria: state.chain(europe).collect() }
}

struct Finding {
    state: CriterionState,
    evidence: String,
}

impl Finding {
    fn met_if(met: bool, evidence: String) -> Self {
        Self { state: if met { CriterionState::Met } else { CriterionState::NotMet }, evidence }
    }

    fn unknown(evidence: String) -> Self {
        Self { state: CriterionState::Unknown, evidence }
    }
}

/// A number with its noun in singular or plural.
fn counted(count: impl PartialEq + From<u8> + Display, one: &str, many: &str) -> String {
    let noun = if count == 1.into() { one } else { many };
    format!("{count} {noun}")
}

fn management(initiative: &Initiative) -> Finding {
    let contact = initiative.contact.as_ref().and_then(|contact| contact.organisation.as_ref());
    let wanted = [
        ("management organisation", initiative.management.is_some()),
        ("contact organisation", contact.is_some()),
        ("website", initiative.website.is_some()),
    ];
    let absent: Vec<&str> = wanted.iter().filter(|(_, given)| !given).map(|(what, _)| *what).collect();
    // Absent values count as not met, not as unknown: this database is where they have to be entered.
    let evidence = match absent.as_slice() {
        [] => "management organisation, contact organisation and website are given".to_owned(),
        absent => format!("not given: {}", absent.join(", ")),
    };
    Finding::met_if(absent.is_empty(), evidence)
}

fn field(initiative: &Initiative) -> Finding {
    let (fields, industries) = (initiative.technology_fields.len(), initiative.industries.len());
    let evidence = format!(
        "{} and {}; one of either is needed",
        counted(fields, "technology field", "technology fields"),
        counted(industries, "industry", "industries")
    );
    Finding::met_if(fields + industries > 0, evidence)
}

fn events(count: usize) -> Finding {
    let events = counted(count, "event", "events");
    let evidence = format!("{events} begun within the last 12 months; at least {LEAST_EVENTS} are needed");
    Finding::met_if(count >= LEAST_EVENTS, evidence)
}

fn services(count: usize) -> Finding {
    let services = counted(count, "published service", "published services");
    Finding::met_if(count > 0, format!("{services}; at least 1 is needed"))
}

fn enough_members(members: i64, least: i64) -> Finding {
    let evidence =
        format!("{}; at least {least} are needed", counted(members, "current member", "current members"));
    Finding::met_if(members >= least, evidence)
}

fn enough_companies(companies: i64, members: i64) -> Finding {
    if members == 0 {
        return Finding::unknown("no current members, so the share of companies is undefined".to_owned());
    }
    let all = counted(members, "current member is", "current members are");
    Finding::met_if(
        companies * 2 >= members,
        format!("{companies} of {all} companies; at least 50 % are needed"),
    )
}

fn full_time_equivalents(initiative: &Initiative) -> Finding {
    let least = LEAST_FULL_TIME_EQUIVALENTS;
    let given = initiative.management.as_ref().and_then(|management| management.full_time_equivalents);
    let Some(given) = given else {
        return Finding::unknown(format!("full-time equivalents are not given; at least {least} are needed"));
    };
    let positions = counted(given, "full-time equivalent", "full-time equivalents");
    Finding::met_if(given >= least, format!("{positions}; at least {least} are needed"))
}

fn enough_kinds(kinds: usize) -> Finding {
    let evidence = format!(
        "{}; at least {LEAST_MEMBER_KINDS} are needed",
        counted(kinds, "kind of current member", "kinds of current member")
    );
    Finding::met_if(kinds >= LEAST_MEMBER_KINDS, evidence)
}

#[cfg(test)]
mod tests;
