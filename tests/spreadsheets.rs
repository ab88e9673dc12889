//! Tables for people: XLSX with types, and CSV for German Excel.

use crate::harness::{Records as _, TestApp, collection, example, minimal, on_both, with};
use calamine::{Data, Range, Reader as _, Xlsx};
use chrono::NaiveDate;
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
};
use serde_json::{Value, json};
use std::io::Cursor;

on_both! {
    a_spreadsheet_holds_what_the_csv_holds
    cells_have_types
    german_excel_reads_semicolons_and_commas
    a_spreadsheet_has_the_filters_and_order_of_the_list
    tables_refuse_what_they_do_not_know
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The rows of a spreadsheet, the header first.
fn sheet(app: &TestApp, address: &str) -> Vec<Vec<Data>> {
    let answer = app.anonymous().get(address).expect(200);
    assert_eq!(answer.header("content-type"), XLSX);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.body)).unwrap();
    let range: Range<Data> = workbook.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

/// The rows of a CSV file.
fn csv_rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn for_every_kind(app: &TestApp, check: impl FnMut(Kind, Value)) {
    struct Each<'a, F>(&'a TestApp, F);
    impl<F: FnMut(Kind, Value)> KindVisitor for Each<'_, F> {
        fn visit<C: Content>(&mut self) {
            let example = self.0.admin().create(C::KIND, &example::<C>(self.0));
            self.1(C::KIND, example);
        }
    }
    every_kind(&mut Each(app, check));
}

/// A cell as CSV writes it.
fn as_csv(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) if text.starts_with(['=', '+', '-', '@']) => format!("'{text}"),
        Data::Bool(value) => value.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(_) => {
            let moment = calamine::DataType::as_datetime(cell).unwrap();
            match moment.time() == chrono::NaiveTime::MIN {
                true => moment.date().to_string(),
                false => moment.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            }
        }
        other => other.to_string(),
    }
}

fn a_spreadsheet_holds_what_the_csv_holds(app: TestApp) {
    for_every_kind(&app, |kind, _| {
        let address = collection(kind);
        let rows = csv_rows(&app.anonymous().get(&format!("{address}.csv")).expect(200).text(), b',');
        let cells = sheet(&app, &format!("{address}.xlsx"));
        assert_eq!(cells.len(), rows.len());
        for (cells, row) in cells.iter().zip(&rows) {
            for (index, text) in row.iter().enumerate() {
                let cell = as_csv(cells.get(index).unwrap_or(&Data::Empty));
                // Numbers and moments are written in several ways.
                let same = cell == *text
                    || cell.parse::<f64>().is_ok_and(|number| text.parse() == Ok(number))
                    || text.starts_with(cell.trim_end_matches('Z')) && text.ends_with('Z')
                    || text.starts_with(&format!("{cell}T00:00:00"));
                assert!(same, "{kind}: {} is {cell}, not {text}", rows[0][index]);
            }
        }
    });
}

fn cells_have_types(app: TestApp) {
    let cell = |kind: Kind, id: &Value, column: &str| {
        let rows = sheet(&app, &format!("{}.xlsx", collection(kind)));
        let index = rows[0].iter().position(|cell| *cell == Data::String(column.to_owned())).unwrap();
        let row = rows.iter().find(|row| row[0] == *id.as_str().unwrap()).unwrap();
        row.get(index).cloned().unwrap_or(Data::Empty)
    };
    let event = json!({
        "starts_at": "2026-10-01T09:30:00+02:00", "ends_at": "2026-10-01T17:00:00+02:00",
        "venue": { "postal_code": "01067", "city": "=1+1", "location": { "lat": 48.5, "lon": 9.25 }, "country": "DE" }
    });
    let event = app.admin().create(Kind::Event, &with(&minimal(Kind::Event, "Treffen"), &event));
    let cell_of = |column: &str| cell(Kind::Event, &event["id"], column);
    assert_eq!(cell_of("venue.postal_code"), Data::String("01067".to_owned()));
    assert_eq!(cell_of("venue.city"), Data::String("=1+1".to_owned()));
    assert_eq!(cell_of("venue.location.lat"), Data::Float(48.5));
    assert_eq!(cell_of("cancelled"), Data::Bool(false));
    assert_eq!(cell_of("sequence"), Data::Float(0.0));
    assert_eq!(cell_of("description.de"), Data::Empty);
    let moment = |cell: Data| calamine::DataType::as_datetime(&cell).unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
    assert_eq!(moment(cell_of("starts_at")), day.and_hms_opt(7, 30, 0).unwrap());
    assert_eq!(moment(cell_of("first_day")), day.and_hms_opt(0, 0, 0).unwrap());

    for (dates, starts, ends) in [
        (json!({ "starts_on": "2026-10-01", "ends_on": "2027-03" }), None, Some("2027-03")),
        (json!({ "starts_on": "2026", "ends_on": null, "budget": "1234567.50" }), Some("2026"), None),
    ] {
        let fields = with(&minimal(Kind::Measure, "Programm"), &dates);
        let measure = app.admin().create(Kind::Measure, &fields);
        let text = |text: Option<&str>| text.map_or(Data::Empty, |text| Data::String(text.to_owned()));
        match starts {
            Some(_) => assert_eq!(cell(Kind::Measure, &measure["id"], "starts_on"), text(starts)),
            None => assert_eq!(moment(cell(Kind::Measure, &measure["id"], "starts_on")).date(), day),
        }
        assert_eq!(cell(Kind::Measure, &measure["id"], "ends_on"), text(ends));
        if !dates["budget"].is_null() {
            assert_eq!(cell(Kind::Measure, &measure["id"], "budget"), Data::Float(1_234_567.5));
        }
    }
}

fn german_excel_reads_semicolons_and_commas(app: TestApp) {
    for_every_kind(&app, |kind, _| {
        let address = format!("{}.csv", collection(kind));
        let plain = csv_rows(&app.anonymous().get(&address).expect(200).text(), b',');
        let german = app.anonymous().get(&address).query("dialect", "excel-de").expect(200).text();
        let german = csv_rows(&german, b';');
        assert_eq!(german[0], plain[0], "{kind}");
        for (german, plain) in german.iter().zip(&plain) {
            for ((german, plain), column) in german.iter().zip(plain).zip(&plain_header(&app, kind)) {
                let is_decimal =
                    ["lat", "lon", "budget", "full_time_equivalents", "total_cost", "eu_cofinancing_rate"]
                        .iter()
                        .any(|number| column.ends_with(number));
                let wanted = if is_decimal { plain.replace('.', ",") } else { plain.clone() };
                if plain != column {
                    assert_eq!(*german, wanted, "{kind} {column}");
                }
            }
        }
        let by_parameter = app
            .anonymous()
            .get(&collection(kind))
            .query("format", "csv")
            .query("dialect", "excel-de")
            .expect(200);
        assert_eq!(csv_rows(&by_parameter.text(), b';'), german);
    });
}

fn plain_header(app: &TestApp, kind: Kind) -> Vec<String> {
    let text = app.anonymous().get(&format!("{}.csv?limit=1", collection(kind))).expect(200).text();
    csv_rows(&text, b',').remove(0)
}

fn a_spreadsheet_has_the_filters_and_order_of_the_list(app: TestApp) {
    for name in ["Anna", "Berta", "Cäsar"] {
        app.admin().create(Kind::Member, &minimal(Kind::Member, name));
    }
    app.admin().create(Kind::Member, &with(&minimal(Kind::Member, "Geheim"), &json!({ "public": false })));
    let names = |query: &str| -> Vec<String> {
        let rows = sheet(&app, &format!("/api/v1/members.xlsx{query}"));
        let index =
            rows[0].iter().position(|cell| ["name", "Name"].contains(&cell.to_string().as_str())).unwrap();
        rows[1..].iter().map(|row| row[index].to_string()).collect()
    };
    assert_eq!(names(""), ["Anna", "Berta", "Cäsar"]);
    assert_eq!(names("?sort=-name&limit=2"), ["Cäsar", "Berta"]);
    assert_eq!(names("?q=berta"), ["Berta"]);
    assert_eq!(names("?lang=de"), ["Anna", "Berta", "Cäsar"]);
    let header = |query: &str| sheet(&app, &format!("/api/v1/members.xlsx{query}")).remove(0);
    assert!(header("?lang=de").contains(&Data::String("Anschrift: Postleitzahl".to_owned())));
    assert_eq!(header("?lang=en"), header(""));
    let tag = |query: &str| app.anonymous().get(&format!("/api/v1/members.xlsx{query}")).expect(200).etag();
    assert_ne!(tag("?lang=de"), tag(""), "each language is a representation of its own");
    let twice = || app.anonymous().get("/api/v1/members.xlsx").expect(200).body;
    assert_eq!(twice(), twice(), "the same records give the same bytes");
}

fn tables_refuse_what_they_do_not_know(app: TestApp) {
    for (address, fault) in [
        ("members.csv?dialect=excel-fr", "dialect"),
        ("members.xlsx?dialect=excel-de", "dialect"),
        ("members.ndjson?dialect=excel-de", "dialect"),
        ("members?dialect=excel-de", "dialect"),
        ("members.xlsx?lang=fr", "lang"),
        ("members.csv?dialect=excel-de&dialect=excel-de", "dialect"),
        ("members.xlsx?limit=0", "limit"),
    ] {
        assert_eq!(
            app.anonymous().get(&format!("/api/v1/{address}")).expect(400).faults(),
            [fault],
            "{address}"
        );
    }
    assert_eq!(sheet(&app, "/api/v1/members.xlsx").len(), 1, "an empty collection has a header");
}
