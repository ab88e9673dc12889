//! A random but reproducible sequence of writes.

use super::{Client, Records as _, collection, minimal, with};
use domain::kind::Kind;
use serde_json::{Value, json};

/// A reproducible random generator (SplitMix64).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The same seed gives the same numbers.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Returns `true` with a probability in percent.
    pub(crate) fn is_below(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Returns a random element.
    pub(crate) fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}

/// Regions, each with a place in it.
const PLACES: [(&str, f64, f64); 3] =
    [("DE111", 48.7758, 9.1829), ("DE144", 48.4011, 9.9876), ("DE131", 47.999, 7.8421)];
const FIELDS: [&str; 3] = ["photonik", "ikt", "leichtbau"];
const INDUSTRIES: [&str; 4] = ["26", "C", "70", "62"];
const WORDS: [&str; 8] =
    ["Optik", "Müller", "Netzwerke", "Elektromobilität", "Wasserstoff", "Zürn", "Ärzte", "Kraft"];
const DAYS: [&str; 5] = ["2020-01-01", "2026-05-13", "2026-06-01", "2026-07-15", "2026-09-30"];

/// Creates, changes, archives and restores records of every kind.
pub(crate) struct Turmoil<'a> {
    client: Client<'a>,
    pub(crate) dice: Dice,
    records: Vec<(Kind, String)>,
    count: usize,
    /// Part of names and slugs, so that several generators do not conflict.
    mark: usize,
}

impl<'a> Turmoil<'a> {
    /// Creates a generator that writes with a client.
    pub(crate) fn new(client: Client<'a>, seed: usize) -> Self {
        let dice = Dice::new(seed as u64);
        Self { client, dice, records: Vec::new(), count: 0, mark: seed }
    }

    /// The records created so far: kind and id.
    pub(crate) fn records(&self) -> &[(Kind, String)] {
        &self.records
    }

    /// Does one random write, which may change nothing.
    #[track_caller]
    pub(crate) fn stir(&mut self) {
        let chance = if self.records.len() < 4 { 0 } else { self.dice.below(100) };
        match chance {
            0..30 => self.create(),
            30..75 => self.patch(),
            75..85 => self.archive(),
            85..94 => self.restore(),
            _ => self.revert(),
        }
    }

    #[track_caller]
    fn create(&mut self) {
        self.count += 1;
        let mut kind = *self.dice.one_of(&Kind::ALL);
        if kind == Kind::Operation && !self.records.iter().any(|(kind, _)| *kind == Kind::Measure) {
            kind = Kind::Measure; // which operations need
        }
        let name = format!("{} {} {}", self.dice.one_of(&WORDS), self.mark, self.count);
        let mut record = with(&minimal(kind, &name), &self.fields(kind));
        if self.dice.is_below(20) {
            record["status"] = "draft".into();
        }
        let record = self.client.create(kind, &record);
        self.records.push((kind, record["id"].as_str().unwrap().to_owned()));
    }

    fn any_record(&mut self) -> (Kind, String) {
        self.dice.one_of(&self.records).clone()
    }

    #[track_caller]
    fn patch(&mut self) {
        let (kind, id) = self.any_record();
        self.count += 1;
        let words = format!("{} {} {}", self.dice.one_of(&WORDS), self.mark, self.count);
        let patch = match self.dice.below(8) {
            0 => json!({ "status": "draft" }),
            1 | 2 => json!({ "status": "published" }),
            3 if kind == Kind::Member => json!({ "public": self.dice.is_below(50) }),
            3 => json!({ "slug": format!("s-{}-{}", self.mark, self.count) }),
            4 if kind == Kind::Initiative || kind == Kind::Network || kind == Kind::Member => {
                json!({ "name": words })
            }
            4 if kind == Kind::Operation => json!({ "purpose": { "de": words } }),
            4 => json!({ "summary": { "de": words } }),
            _ => self.fields(kind),
        };
        self.client.change(kind, &id, &patch);
    }

    #[track_caller]
    fn archive(&mut self) {
        let (kind, id) = self.any_record();
        self.client.delete(&format!("{}/{id}", collection(kind))).if_match("*").expect(204);
    }

    #[track_caller]
    fn restore(&mut self) {
        let (kind, id) = self.any_record();
        self.client.post(&format!("{}/{id}/restore", collection(kind))).expect(200);
    }

    #[track_caller]
    fn revert(&mut self) {
        let (kind, id) = self.any_record();
        self.client.post(&format!("{}/{id}/revert/1", collection(kind))).expect(200);
    }

    /// Publishes every record.
    #[track_caller]
    pub(crate) fn publish_all(&mut self) {
        for (kind, id) in self.records.clone() {
            let patch = match kind {
                Kind::Member => json!({ "status": "published", "public": true }),
                _ => json!({ "status": "published" }),
            };
            self.client.change(kind, &id, &patch);
        }
    }

    /// Random references to records of some kinds, without duplicates.
    fn references(&mut self, kinds: &[Kind], most: usize) -> Vec<String> {
        let known: Vec<String> =
            self.records.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, id)| id.clone()).collect();
        let mut chosen = Vec::new();
        for _ in 0..if known.is_empty() { 0 } else { self.dice.below(most + 1) } {
            let id = self.dice.one_of(&known).clone();
            if !chosen.contains(&id) {
                chosen.push(id);
            }
        }
        chosen
    }

    /// Random fields of a kind.
    fn fields(&mut self, kind: Kind) -> Value {
        let organisations = [Kind::Initiative, Kind::Network];
        let (region, lat, lon) = *self.dice.one_of(&PLACES);
        let place = json!({ "lat": lat, "lon": lon });
        let since = self.dice.below(DAYS.len() - 1);
        let until = since + 1 + self.dice.below(DAYS.len() - 1 - since);
        let period = (DAYS[since], DAYS[until]);
        match kind {
            Kind::Cluster => json!({
                "regions": [region],
                "technology_fields": [self.dice.one_of(&FIELDS)],
                "location": place,
            }),
            Kind::Initiative => json!({
                "regions": [region],
                "industries": [self.dice.one_of(&INDUSTRIES)],
                "clusters": self.references(&[Kind::Cluster], 2),
                "founded_on": period.0,
                "labels": [{ "label": "spitzencluster", "awarded_on": period.0, "valid_until": period.1 }],
            }),
            Kind::Network => json!({
                "technology_fields": [self.dice.one_of(&FIELDS)],
                "initiatives": self.references(&[Kind::Initiative], 2),
                "location": place,
                "regions": [region],
            }),
            Kind::Measure => json!({
                "starts_on": period.0,
                "ends_on": period.1,
                "beneficiaries": self.references(&organisations, 2),
            }),
            Kind::Event => json!({
                "starts_at": format!("{}T08:00:00Z", period.0),
                "ends_at": format!("{}T10:00:00Z", period.1),
                "region": region,
                "organisers": self.references(&organisations, 2),
                "measure": self.references(&[Kind::Measure], 1).first(),
            }),
            Kind::Operation => {
                let measures = self.records.iter().filter(|(kind, _)| *kind == Kind::Measure);
                let measures: Vec<String> = measures.map(|(_, id)| id.clone()).collect();
                json!({
                    "measure": self.dice.one_of(&measures),
                    "region": region,
                    "location": place,
                    "starts_on": period.0,
                    "ends_on": period.1,
                    "total_cost": format!("{}.{:02}", self.dice.below(1_000_000), self.dice.below(100)),
                    "fund": self.dice.one_of(&["state", "federal"]),
                })
            }
            Kind::Member => {
                let affiliations: Vec<Value> = self
                    .references(&organisations, 3)
                    .iter()
                    .map(|id| json!({ "organisation": id, "since": period.0, "until": period.1 }))
                    .collect();
                json!({
                    "region": region,
                    "location": place,
                    "industries": [self.dice.one_of(&INDUSTRIES)],
                    "kind": self.dice.one_of(&["company", "university", "public_body"]),
                    "size_class": self.dice.one_of(&["micro", "large"]),
                    "affiliations": affiliations,
                    "public": self.dice.is_below(85),
                })
            }
        }
    }
}
