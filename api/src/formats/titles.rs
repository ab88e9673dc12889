//! German titles of columns.

/// The title of a column: `contact.city` is `Kontakt: Ort`. A field without a title keeps its name.
pub(super) fn german(path: &str) -> String {
    let (path, language) = match path.rsplit_once('.') {
        Some((path, "de")) => (path, " (deutsch)"),
        Some((path, "en")) => (path, " (englisch)"),
        _ => (path, ""),
    };
    let titles: Vec<&str> = path.split('.').map(|field| of_field(field).unwrap_or(field)).collect();
    format!("{}{language}", titles.join(": "))
}

/// The title of a field.
fn of_field(field: &str) -> Option<&'static str> {
    Some(match field {
        "achievements" => "Ergebnisse",
        "activity" => "Tätigkeit",
        "address" => "Anschrift",
        "affiliations" => "Zugehörigkeiten",
        "all_day" => "Ganztägig",
        "as_of" => "Stand",
        "beneficiaries" => "Begünstigte",
        "beneficiary" => "Begünstigter",
        "budget" => "Budget (EUR)",
        "call" => "Aufruf",
        "cancelled" => "Abgesagt",
        "chamber" => "Kammer",
        "city" => "Ort",
        "closes_on" => "Antragsschluss",
        "clusters" => "Cluster",
        "code" => "Code",
        "contact" => "Kontakt",
        "contractors" => "Auftragnehmer",
        "count" => "Anzahl",
        "country" => "Land",
        "created_at" => "Angelegt (UTC)",
        "description" => "Beschreibung",
        "documents" => "Dokumente",
        "email" => "E-Mail",
        "ended_on" => "Beendet am",
        "ends_at" => "Ende (UTC)",
        "ends_on" => "Ende",
        "eu_cofinanced" => "EU-kofinanziert",
        "eu_cofinancing_rate" => "EU-Kofinanzierungssatz (%)",
        "external_id" => "Kennung der Kammer",
        "first_day" => "Erster Tag",
        "fishing_vessel" => "Fischereifahrzeug",
        "format" => "Format",
        "founded_on" => "Gegründet",
        "full_time_equivalents" => "Vollzeitstellen",
        "fund" => "Fonds",
        "goals" => "Ziele",
        "id" => "ID",
        "industries" => "Wirtschaftszweige",
        "initiatives" => "Initiativen",
        "intervention_type" => "Art der Intervention",
        "kind" => "Art",
        "labels" => "Labels",
        "languages" => "Sprachen",
        "last_day" => "Letzter Tag",
        "lat" => "Breitengrad",
        "legal_form" => "Rechtsform",
        "listing" => "Listung",
        "location" => "Standort",
        "location_type" => "Art des Standorts",
        "lon" => "Längengrad",
        "management" => "Management",
        "measure" => "Maßnahme",
        "member_count" => "Mitglieder",
        "name" => "Name",
        "next_update" => "Nächste Aktualisierung",
        "opens_on" => "Antragsbeginn",
        "operation_count" => "Vorhaben",
        "organisation" => "Organisation",
        "organisers" => "Veranstalter",
        "phone" => "Telefon",
        "postal_code" => "Postleitzahl",
        "programme" => "Programm",
        "public" => "Öffentlich",
        "published_on" => "Veröffentlicht am",
        "purpose" => "Zweck",
        "region" => "Region",
        "regions" => "Regionen",
        "registration_deadline" => "Anmeldeschluss (UTC)",
        "registration_url" => "Anmeldung",
        "reported_members" => "Gemeldete Mitglieder",
        "responsible" => "Zuständig",
        "scope" => "Reichweite",
        "sequence" => "Kalenderrevision",
        "services" => "Leistungen",
        "short_name" => "Kurzname",
        "since" => "Seit",
        "size_class" => "Größenklasse",
        "slug" => "Kurzadresse",
        "specific_objective" => "Spezifisches Ziel",
        "staff" => "Personal",
        "starts_at" => "Beginn (UTC)",
        "starts_on" => "Beginn",
        "state" => "Stand der Listung",
        "status" => "Status",
        "street" => "Straße",
        "successor" => "Nachfolger",
        "summary" => "Kurzbeschreibung",
        "target_groups" => "Zielgruppen",
        "technology_fields" => "Technologiefelder",
        "time_zone" => "Zeitzone",
        "title" => "Titel",
        "total_cost" => "Gesamtkosten (EUR)",
        "updated_at" => "Geändert (UTC)",
        "url" => "Webadresse",
        "venue" => "Veranstaltungsort",
        "version" => "Version",
        "visibility" => "Sichtbarkeit",
        "website" => "Website",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::table, *};
    use domain::{
        content::Content,
        kinds::{KindVisitor, every_kind},
    };
    use std::collections::HashSet;

    #[test]
    fn each_column_has_a_german_title_of_its_own() {
        struct Titles;
        impl KindVisitor for Titles {
            fn visit<C: Content>(&mut self) {
                let mut titles = HashSet::new();
                for column in table::columns::<C>() {
                    let name = column.name();
                    let fields = name.trim_end_matches(".de").trim_end_matches(".en").split('.');
                    for field in fields {
                        assert!(of_field(field).is_some(), "{name} of {} has no title", C::KIND);
                    }
                    let title = german(&name);
                    assert!(titles.insert(title.clone()), "{}: {title} stands twice", C::KIND);
                }
            }
        }
        every_kind(&mut Titles);
    }

    #[test]
    fn titles_are_german() {
        assert_eq!(german("contact.city"), "Kontakt: Ort");
        assert_eq!(german("name.en"), "Name (englisch)");
    }
}
