//! Shared parts of the invented records of the demo landscape: random numbers, places and words.
//!
//! There is no open data on members and events, so they are invented and labelled as such.

use domain::{place::Location, vocabulary::ChamberKind};

/// Label of invented texts.
pub(super) const INVENTED_DE: &str = "Demo-Daten, frei erfunden.";
/// Label of invented texts.
pub(super) const INVENTED_EN: &str = "Demo data, invented.";

/// Deterministic random numbers: splitmix64 (Steele, Lea and Flood, 2014), seeded with a name.
///
/// Not from a crate, because a new version could change the numbers, and importing the demo again would change every
/// record. Seeded for each thing, so that a new chamber or word does not change all others. Integers only, because
/// sine and cosine differ between machines.
pub(super) struct Chance(u64);

impl Chance {
    /// Creates a generator seeded with a name (FNV-1a).
    pub(super) fn of(name: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An integer from `least` to `most`, inclusive.
    pub(super) fn between(&mut self, least: i32, most: i32) -> i32 {
        let width = u64::from(most.abs_diff(least)) + 1;
        let above = i32::try_from(self.next() % width).unwrap_or_default();
        least.saturating_add(above)
    }

    /// True in `cases` of 100 cases.
    pub(super) fn percent(&mut self, cases: i32) -> bool {
        self.between(1, 100) <= cases
    }

    /// One of the choices, or `None` if there are none.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let last = i32::try_from(choices.len()).ok()?.checked_sub(1).filter(|last| *last >= 0)?;
        usize::try_from(self.between(0, last)).ok().and_then(|index| choices.get(index))
    }

    /// One of the words.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// A place less than 5 km from `centre`: at most 3 km north or south, and at most 3 km east or west.
    pub(super) fn near(&mut self, centre: Location) -> Location {
        let mut shifted = |degrees: f64, most: i32| {
            (degrees * 10_000.0 + f64::from(self.between(-most, most))).round() / 10_000.0
        };
        Location { lat: shifted(centre.lat, 270), lon: shifted(centre.lon, 400) }
    }
}

/// Words for the names of companies and crafts in a technology field.
struct Trade {
    field: &'static str,
    industrial: &'static [&'static str],
    /// Empty if there are no crafts in the field.
    craft: &'static [&'static str],
}

/// The words for members of a kind of chamber. Empty if that kind has no members in the field.
pub(super) fn trades(field: &str, chamber: ChamberKind) -> &'static [&'static str] {
    let trade = TRADES.iter().find(|trade| trade.field == field);
    trade.map_or(&[], |trade| if chamber == ChamberKind::Hwk { trade.craft } else { trade.industrial })
}

const fn trade(
    field: &'static str,
    industrial: &'static [&'static str],
    craft: &'static [&'static str],
) -> Trade {
    Trade { field, industrial, craft }
}

#[rustfmt::skip] // a table, one line per field
const TRADES: [Trade; 37] = [
    trade("automotive", &["Fahrzeugteile", "Antriebstechnik", "Karosseriesysteme"], &["Karosseriebau", "Kfz-Technik", "Fahrzeugbau"]),
    trade("elektromobilitaet", &["Ladesysteme", "Batterietechnik", "E-Antriebe"], &["Elektrotechnik", "Ladetechnik"]),
    trade("wasserstoff-brennstoffzelle", &["Wasserstofftechnik", "Brennstoffzellen", "Elektrolyseure"], &["Anlagenbau", "Rohrleitungsbau"]),
    trade("produktionstechnik", &["Maschinenbau", "Werkzeugmaschinen", "Sondermaschinen"], &["Feinwerkmechanik", "Werkzeugbau", "Maschinenservice"]),
    trade("mechatronik", &["Sensorik", "Automation", "Regelungstechnik"], &["Mechatronik", "Schaltschrankbau"]),
    trade("mikrosystemtechnik", &["Mikrosysteme", "Sensorik", "Mikrotechnik"], &["Feinmechanik", "Uhrentechnik"]),
    trade("nanotechnologie", &["Nanomaterialien", "Nanoanalytik"], &[]),
    trade("photonik", &["Optik", "Lasertechnik", "Lichttechnik"], &["Feinoptik", "Augenoptik"]),
    trade("quantentechnologien", &["Quantensensorik", "Kryotechnik", "Quantenelektronik"], &[]),
    trade("organische-elektronik", &["Druckelektronik", "Folienelektronik", "Displaytechnik"], &["Siebdruck"]),
    trade("leichtbau", &["Leichtbau", "Verbundwerkstoffe", "Strukturbauteile"], &["Metallbau", "Modellbau"]),
    trade("werkstoffe-oberflaechen", &["Oberflächentechnik", "Beschichtungen", "Keramik"], &["Galvanik", "Lackierwerk", "Gebäudereinigung"]),
    trade("kunststoff", &["Kunststofftechnik", "Spritzguss", "Extrusion"], &["Formenbau", "Kunststoffbearbeitung"]),
    trade("metall-praezision", &["Präzisionsteile", "Stanztechnik", "Drehteile"], &["Feinmechanik", "Graveurwerkstatt", "Metallbau"]),
    trade("textil-faser", &["Textiltechnik", "Faserverbund", "Strickwaren"], &["Maßschneiderei", "Segelmacherei", "Raumausstattung"]),
    trade("medizintechnik", &["Medizintechnik", "Implantate", "Endoskopie"], &["Orthopädietechnik", "Chirurgiemechanik", "Zahntechnik"]),
    trade("biotechnologie", &["Biotechnik", "Diagnostik", "Wirkstoffe"], &["Laborservice"]),
    trade("gesundheitswirtschaft", &["Gesundheitsdienste", "Klinikbedarf", "Telemedizin"], &["Hörakustik", "Orthopädieschuhtechnik"]),
    trade("biooekonomie", &["Bioraffinerie", "Naturstoffe", "Biopolymere"], &["Naturbaustoffe"]),
    trade("ernaehrung", &["Lebensmitteltechnik", "Getränke", "Teigwaren"], &["Bäckerei", "Metzgerei", "Brauerei"]),
    trade("ikt", &["Software", "Netzwerktechnik", "Datensysteme"], &["Informationstechnik", "Netzwerkservice"]),
    trade("kuenstliche-intelligenz", &["Datenanalyse", "Bildverarbeitung", "Lernsysteme"], &[]),
    trade("virtual-engineering", &["Simulation", "Virtuelle Produkte", "Berechnung"], &["Modellbau"]),
    trade("sicherheit", &["IT-Sicherheit", "Kryptosysteme", "Zutrittssysteme"], &["Sicherheitstechnik", "Schließtechnik"]),
    trade("smart-home", &["Gebäudeautomation", "Raumsensorik", "Lüftungstechnik"], &["Elektroinstallation", "Klimatechnik"]),
    trade("luft-raumfahrt", &["Luftfahrttechnik", "Raumfahrtsysteme", "Triebwerksteile"], &["Feinwerkmechanik", "Leichtflugzeugbau"]),
    trade("satelliten", &["Geodaten", "Satellitenkomponenten", "Navigation"], &["Feinwerkmechanik"]),
    trade("umwelttechnik", &["Wassertechnik", "Recyclingtechnik", "Filtertechnik"], &["Sanitärtechnik", "Brunnenbau"]),
    trade("energie", &["Energiesysteme", "Windtechnik", "Speichertechnik"], &["Solartechnik", "Heizungsbau", "Elektrotechnik"]),
    trade("logistik", &["Fördertechnik", "Spedition", "Lagersysteme"], &["Fahrzeugservice"]),
    trade("verpackungstechnik", &["Verpackungsmaschinen", "Abfülltechnik", "Etikettiersysteme"], &["Feinwerkmechanik", "Maschinenservice"]),
    trade("holz-forst", &["Sägewerk", "Holzbausysteme", "Furnierwerk"], &["Zimmerei", "Schreinerei", "Holzbau"]),
    trade("papier", &["Papierverarbeitung", "Druckmaschinen", "Kartonagen"], &["Buchbinderei", "Druckerei"]),
    trade("glas", &["Laborglas", "Glastechnik", "Glasapparate"], &["Glasbläserei", "Glaserei"]),
    trade("kreativwirtschaft", &["Filmproduktion", "Musikverlag", "Mediengestaltung"], &["Instrumentenbau", "Fotowerkstatt", "Goldschmiede"]),
    trade("finanzwirtschaft", &["Finanzsoftware", "Vermögensberatung", "Zahlungssysteme"], &[]),
    trade("sozialwirtschaft", &["Pflegedienste", "Inklusionsbetrieb", "Bildungsträger"], &[]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vocabulary::{Entry, TechnologyField};

    #[test]
    fn chance_is_the_splitmix64_that_others_have() {
        // The first numbers for the seed 1234567, as in the test vector of the reference implementation.
        let mut chance = Chance(1_234_567);
        assert_eq!(chance.next(), 6_457_827_717_110_365_317);
        assert_eq!(chance.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_technology_field_has_words() {
        for field in TechnologyField::all() {
            assert!(!trades(&field.slug, ChamberKind::Ihk).is_empty(), "{}", field.slug);
        }
        assert_eq!(TRADES.len(), TechnologyField::all().len());
    }

    #[test]
    fn near_is_less_than_five_kilometres() {
        let mut chance = Chance::of("near");
        for centre in [Location { lat: 47.55, lon: 7.6 }, Location { lat: 49.75, lon: 9.5 }] {
            for _ in 0..1_000 {
                assert!(centre.distance_km(chance.near(centre)) < 5.0);
            }
        }
    }
}
