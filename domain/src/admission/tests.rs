use super::*;
use crate::{content::Content, moment::Moment};

fn checked(initiative: &Initiative, facts: &Facts, id: CriterionId) -> (&'static str, String) {
    let admission = check(initiative, facts);
    let criterion = admission.criteria.into_iter().find(|criterion| criterion.id == id).unwrap();
    (criterion.state.as_str(), criterion.evidence)
}

fn state_with(members: &[(MemberKind, i64)], id: CriterionId) -> &'static str {
    let facts = Facts { members_by_kind: members.iter().copied().collect(), ..Facts::default() };
    checked(&Initiative::example(), &facts, id).0
}

fn state_of(id: CriterionId, change: impl Fn(&mut Initiative)) -> &'static str {
    let mut initiative = Initiative::example();
    change(&mut initiative);
    checked(&initiative, &Facts::default(), id).0
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_criterion_stands_once_and_the_state_comes_first() {
    let admission = check(&Initiative::example(), &Facts::default());
    let ids: Vec<&str> = admission.criteria.iter().map(|criterion| criterion.id.as_str()).collect();
    assert_eq!(ids, CriterionId::WORDS);
    let sets: Vec<&str> = admission.criteria.iter().map(|criterion| criterion.set.as_str()).collect();
    assert_eq!(sets, [["state"; 3], ["state"; 3], ["europe"; 3]].concat());
    assert_eq!(
        serde_json::to_value(&admission.criteria[4]).unwrap(),
        serde_json::json!({
            "id": "members", "set": "state", "state": "not_met",
            "evidence": "0 current members; at least 12 are needed"
        })
    );
}

#[test]
fn events_count_that_began_within_twelve_months_and_were_not_cancelled() {
    let now = at("2026-02-28T12:00:00Z");
    for (start, cancelled, expected) in [
        ("2025-02-28T12:00:00Z", false, false),
        ("2025-02-28T12:00:00.000001Z", false, true),
        ("2026-02-28T12:00:00Z", false, true),
        ("2026-02-28T12:00:00.000001Z", false, false),
        ("2026-01-01T00:00:00Z", true, false),
    ] {
        let event = Event { starts_at: Moment::Utc(at(start)), cancelled, ..Event::example() };
        assert_eq!(counts(&event, now), expected, "{start}");
    }
}

#[test]
fn three_events_are_enough_and_the_same_event_counts_once() {
    let id = |n: u128| Id(uuid::Uuid::from_u128(n));
    for (events, expected) in [(vec![1, 2, 3], "met"), (vec![1, 2, 2, 1], "not_met")] {
        let facts = Facts { events: events.into_iter().map(id).collect(), ..Facts::default() };
        assert_eq!(checked(&Initiative::example(), &facts, CriterionId::Events).0, expected);
    }
}

#[test]
fn twelve_members_are_enough_for_the_state_and_fifteen_for_europe() {
    use CriterionId::{EuropeanMembers, Members};
    for (count, id, expected) in [
        (11, Members, "not_met"),
        (12, Members, "met"),
        (14, EuropeanMembers, "not_met"),
        (15, EuropeanMembers, "met"),
    ] {
        let members = [(MemberKind::Company, 10), (MemberKind::Other, count - 10)];
        assert_eq!(state_with(&members, id), expected, "{count}");
    }
}

#[test]
fn half_of_the_members_have_to_be_companies() {
    let share = |companies, others| {
        let members = [(MemberKind::Company, companies), (MemberKind::University, others)];
        state_with(&members, CriterionId::Companies)
    };
    assert_eq!([share(6, 6), share(6, 7), share(0, 1), share(1, 0)], ["met", "not_met", "not_met", "met"]);
    assert_eq!(share(0, 0), "unknown");
}

#[test]
fn kinds_without_members_are_no_kinds() {
    let (one, none) = ((MemberKind::Company, 1), (MemberKind::Other, 0));
    assert_eq!(state_with(&[], CriterionId::MemberKinds), "not_met");
    assert_eq!(state_with(&[one, none], CriterionId::MemberKinds), "not_met");
    assert_eq!(state_with(&[one, (MemberKind::Other, 1)], CriterionId::MemberKinds), "met");
}

#[test]
fn half_a_position_is_enough_and_no_figure_is_unknown() {
    for (given, expected) in
        [(Some(0.5), "met"), (Some(0.49), "not_met"), (Some(0.0), "not_met"), (None, "unknown")]
    {
        let state = state_of(CriterionId::FullTimeEquivalents, |initiative| {
            initiative.management.as_mut().unwrap().full_time_equivalents = given;
        });
        assert_eq!(state, expected, "{given:?}");
    }
    assert_eq!(state_of(CriterionId::FullTimeEquivalents, |one| one.management = None), "unknown");
}

#[test]
fn management_contact_and_website_have_to_be_given() {
    let state = |change: fn(&mut Initiative)| state_of(CriterionId::Management, change);
    assert_eq!(state(|_| ()), "met");
    assert_eq!(state(|one| one.management = None), "not_met");
    assert_eq!(state(|one| one.website = None), "not_met");
    assert_eq!(state(|one| one.contact = None), "not_met");
    assert_eq!(state(|one| one.contact.as_mut().unwrap().organisation = None), "not_met");
    let bare = Initiative { management: None, website: None, ..Initiative::example() };
    let (_, evidence) = checked(&bare, &Facts::default(), CriterionId::Management);
    assert_eq!(evidence, "not given: management organisation, website");
}

#[test]
fn a_field_or_an_industry_is_enough_and_services_have_to_be_published() {
    assert_eq!(state_of(CriterionId::Field, |one| one.industries.clear()), "met");
    assert_eq!(state_of(CriterionId::Field, |one| one.technology_fields.clear()), "met");
    let neither = |one: &mut Initiative| {
        one.industries.clear();
        one.technology_fields.clear();
    };
    assert_eq!(state_of(CriterionId::Field, neither), "not_met");
    assert_eq!(state_of(CriterionId::Services, |_| ()), "met");
    assert_eq!(state_of(CriterionId::Services, |one| one.services.clear()), "not_met");
}
