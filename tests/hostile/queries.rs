//! What programs of the search languages, cursors and numbers stumble over.

use super::{any_text, for_any};
use crate::harness::{Records as _, Socket, TestApp, collection, minimal, on_both};
use api::{auth::Role, request::seal::Seal};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::kind::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

on_both! {
    nothing_that_is_typed_breaks_a_search
    nothing_that_is_long_breaks_a_search
    no_bytes_break_the_parameters
    no_text_breaks_any_parameter
    no_cursor_breaks_a_list
    no_number_breaks_anything
    no_moment_breaks_anything
}

/// Where something is typed.
const TYPED: [&str; 4] = ["search?", "suggest?", "clusters?", "clusters/facets?"];

fn furnish(app: &TestApp) {
    for kind in Kind::ALL {
        for name in ["Optik", "Zwei"] {
            app.admin().create(kind, &minimal(kind, name));
        }
    }
}

/// The status of the answer to a query: either a clear refusal, or a good answer.
#[track_caller]
fn ask(app: &TestApp, address: &str, name: &str, value: &str) -> u16 {
    let answer = app.auditor().get(address).query(name, value).send();
    assert!([200, 400].contains(&answer.status), "{address} {name}={value:?}: {}", answer.status);
    if answer.status == 400 {
        assert_eq!(answer.faults(), [name], "{address} {name}={value:?}");
    }
    answer.status
}

fn nothing_that_is_typed_breaks_a_search(app: TestApp) {
    furnish(&app);
    let typed = [
        "\"",
        "'",
        "\"optik",
        "optik\"",
        "'optik",
        "((optik",
        "optik)",
        "optik AND",
        "OR",
        "NOT optik",
        "AND OR NOT",
        "NEAR(optik zwei, 5)",
        "NEAR",
        "optik*",
        "*",
        "^optik",
        "optik:zwei",
        "name:optik",
        "-optik",
        "+optik",
        "optik -zwei",
        "\\",
        "optik\\",
        "optik & zwei",
        "optik | zwei",
        "!optik",
        "optik <-> zwei",
        "optik <2> zwei",
        ":*",
        "optik:*",
        "optik:AB",
        "%",
        "_",
        "optik%",
        "'; DROP TABLE records; --",
        "' OR '1'='1",
        "{optik}",
        "[optik]",
        "$1",
        "?1",
        "@optik",
        "#",
        "~",
        "\u{0}",
        "optik\u{0}zwei",
        "\u{1}\u{2}\u{1f}",
        "\t\n\r",
        "\u{7f}",
        "\u{feff}optik",
        "\u{202e}optik",
        "\u{200b}",
        "🦀",
        "optik 🦀",
        "👩‍👩‍👧‍👦",
        "\u{10ffff}",
        "\u{fffd}",
        "ﬁ",
        "Ⅷ",
        "①",
        "½",
        "İ",
        "ß",
        "ẞ",
        "ı",
        "ŉ",
        "日本語",
        "עברית",
        "ا",
        "a\u{300}\u{301}\u{302}",
        "\u{308}",
        "e\u{308}\u{308}",
        "0",
        "00",
        "-0",
        "1e9",
        "null",
        "true",
        "undefined",
        "NaN",
    ];
    for path in TYPED {
        for q in typed {
            ask(&app, &format!("/api/v1/{path}"), "q", q);
        }
    }
    let found = |q: &str| app.anonymous().get("/api/v1/search").query("q", q).expect(200).items().len();
    for q in [
        "\"optik",
        "(optik",
        "optik*",
        "^optik",
        "-optik",
        "optik:*",
        "!optik",
        "'optik'",
        "optik\\",
        "optik\u{1}",
    ] {
        assert_eq!(found(q), Kind::ALL.len(), "{q:?} is the word alone");
    }
}

fn nothing_that_is_long_breaks_a_search(app: TestApp) {
    furnish(&app);
    let many: Vec<String> = (0..500).map(|number| format!("wort{number}")).collect();
    let few: Vec<&String> = many.iter().take(20).collect();
    let long = [
        "x".repeat(64),
        "x".repeat(65),
        "x".repeat(500),
        "ä".repeat(500),
        "🦀".repeat(500),
        "optik ".repeat(100),
        "\"".repeat(500),
        "(".repeat(500),
        "a b ".repeat(120),
        few.iter().map(|word| format!("{word} ")).collect(),
    ];
    for path in TYPED {
        let address = format!("/api/v1/{path}");
        for q in &long {
            ask(&app, &address, "q", q);
        }
        for q in
            ["x".repeat(501), "optik ".repeat(2_000), many.join(" "), "🦀".repeat(2_000), "\"*".repeat(5_000)]
        {
            let answer = app.anonymous().get(&address).query("q", &q).send();
            let refusals = if q.len() < 5_000 { vec![400] } else { vec![400, 414, 431] };
            assert!(refusals.contains(&answer.status), "{path} {} bytes: {}", q.len(), answer.status);
        }
    }
}

fn no_bytes_break_the_parameters(app: TestApp) {
    furnish(&app);
    let bytes = [
        "%ED%A0%80",
        "%ED%B0%80",
        "%FF",
        "%C3",
        "%C3%28",
        "%F0%9F",
        "%00",
        "%",
        "%2",
        "%GG",
        "%c0%ae",
        "a%FFb",
        "+%80+",
    ];
    let names = ["q", "since", "as_of", "kind", "%FF"];
    let token = app.issue(Role::Auditor, None).0;
    for path in ["search", "suggest", "changes", "audit", "stats", "graph", "clusters", "regions/DE1/atlas"] {
        for name in names {
            for value in bytes {
                // Without a library that would put them right.
                let request = format!(
                    "GET /api/v1/{path}?{name}={value} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
                     Connection: close\r\n\r\n"
                );
                let answer = Socket::open(app.address).send(request.as_bytes()).answer();
                assert!([200, 400].contains(&answer.status), "{path}?{name}={value}: {}", answer.text);
            }
        }
    }
}

fn no_text_breaks_any_parameter(app: TestApp) {
    furnish(&app);
    let paths = [
        "search?q=optik",
        "suggest?q=optik",
        "changes?",
        "audit?",
        "stats?",
        "graph?",
        "clusters/optik/history?",
    ];
    let names = [
        "q", "since", "as_of", "kind", "cursor", "limit", "region", "lang", "include", "format", "actor",
        "id", "token", "from", "action", "role", "industry", "label", "x",
    ];
    let (path, name) = (prop::sample::select(paths.to_vec()), prop::sample::select(names.to_vec()));
    for_any(300, (path, name, any_text()), |(path, name, text)| {
        let answer = app.auditor().get(&format!("/api/v1/{path}")).query(name, &text).send();
        prop_assert!([200, 400].contains(&answer.status), "{path} {name}={text:?}: {}", answer.status);
        Ok(())
    });
}

fn no_cursor_breaks_a_list(app: TestApp) {
    furnish(&app);
    // What follows stands under a seal that the server takes for its own.
    let seal = Seal::new(app.store.secret());
    let good = |address: &str| {
        let next = app.auditor().get(address).expect(200).json()["next"].as_str().unwrap().to_owned();
        let cursor = next.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        URL_SAFE_NO_PAD.decode(seal.open(&cursor).unwrap()).unwrap()
    };
    let sealed = |cursor: &[u8]| seal.close(&URL_SAFE_NO_PAD.encode(cursor));
    let search = "/api/v1/search?q=optik&limit=1";
    let cursor: Value = serde_json::from_slice(&good(search)).unwrap();
    let mut bad = vec![json!(null), json!([]), json!({}), json!(1), json!("x"), json!([1, 2, 3, 4, 5])];
    for wrong in [json!(null), json!(-1), json!(1e300), json!("x"), json!([]), json!({}), json!(true)] {
        for part in ["/0", "/1", "/1/0", "/1/1", "/1/2", "/1/3"] {
            let mut broken = cursor.clone();
            *broken.pointer_mut(part).unwrap() = wrong.clone();
            bad.push(broken);
        }
    }
    for broken in bad {
        let text = sealed(broken.to_string().as_bytes());
        // A name may be any text, where it is one of a server that was.
        let status = ask(&app, search, "cursor", &text);
        assert!(status == 400 || broken[1][2].is_string(), "{broken}");
    }
    for address in [search, "/api/v1/clusters?limit=1"] {
        let cursor = good(address);
        for index in 0..cursor.len() {
            let mut broken = cursor.clone();
            broken[index] ^= 0x55;
            ask(&app, address, "cursor", &sealed(&broken));
            ask(&app, address, "cursor", &sealed(&cursor[..index]));
        }
        for text in ["", "x", "W10", "bnVsbA", "====", "%", "🦀", "AAAA", "_-_-", &"A".repeat(6_000)] {
            assert_eq!(ask(&app, address, "cursor", text), 400);
        }
    }
    for address in ["/api/v1/audit?limit=1", "/api/v1/clusters/optik/history?limit=1"] {
        for text in ["", "x", "1.5", "99999999999999999999", "🦀", "1 2", "0x1", "1-1"] {
            assert_eq!(ask(&app, address, "cursor", text), 400, "{address} {text}");
        }
        for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
            ask(&app, address, "cursor", text);
        }
    }
}

fn no_number_breaks_anything(app: TestApp) {
    furnish(&app);
    let numbers = [
        "-1",
        "1e9",
        "x",
        "",
        "1.5",
        "99999999999999999999",
        "-9223372036854775809",
        "0x10",
        "1_000",
        "٣",
        "+ 1",
        "∞",
    ];
    let places = [
        ("search?q=optik", "limit"),
        ("suggest?q=optik", "limit"),
        ("audit?", "limit"),
        ("changes?", "limit"),
        ("changes?", "wait"),
        ("changes?", "since"),
        ("clusters?", "limit"),
        ("clusters/optik/history?", "limit"),
        ("clusters/optik/history?", "cursor"),
        ("audit?", "cursor"),
    ];
    for (path, name) in places {
        for number in numbers {
            if name != "cursor" || number != "-1" {
                assert_eq!(
                    ask(&app, &format!("/api/v1/{path}"), name, number),
                    400,
                    "{path} {name}={number}"
                );
            }
        }
        if name == "limit" {
            for number in ["0", "201"] {
                assert_eq!(
                    ask(&app, &format!("/api/v1/{path}"), name, number),
                    400,
                    "{path} {name}={number}"
                );
            }
        }
    }
    for kind in Kind::ALL {
        let list = app.auditor().get(&collection(kind)).expect(200).items();
        let record = format!("{}/{}", collection(kind), list[0]["id"].as_str().unwrap());
        for version in [
            "0",
            "-1",
            "2",
            "99999999999999999999",
            "9223372036854775807",
            "x",
            "1.0",
            "%F0%9F%A6%80",
            "%FF",
            "1%00",
        ] {
            app.auditor().get(&format!("{record}/history/{version}")).expect(404);
            app.editor().post(&format!("{record}/revert/{version}")).expect(404);
        }
    }
}

fn no_moment_breaks_anything(app: TestApp) {
    furnish(&app);
    let moments = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "-262143-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "99999-01-01T00:00:00Z",
        "2026-05-12T10:00:00+99:99",
        "2026-05-12T10:00:00-23:59",
        "0001-01-01T00:00:00+23:59",
        "2016-12-31T23:59:60Z",
        "2026-05-12",
        "2026",
        "12.05.2026",
        "2026-05-12T10:00:00.999999999999Z",
        "1970-01-01T00:00:00Z",
        "4713-01-01T00:00:00Z",
        "heute",
        "",
        "🦀",
        "now()",
    ];
    let places = [
        ("clusters?", "as_of"),
        ("events?format=csv", "as_of"),
        ("members/facets?", "as_of"),
        ("clusters/optik?", "as_of"),
        ("clusters?", "updated_since"),
        ("events?", "from"),
        ("measures?", "to"),
        ("audit?", "from"),
        ("audit?", "to"),
    ];
    for (path, name) in places {
        for moment in moments {
            let answer = app.auditor().get(&format!("/api/v1/{path}")).query(name, moment).send();
            let is_record = path.starts_with("clusters/");
            assert!(
                [200, 400].contains(&answer.status) || (is_record && answer.status == 404),
                "{path} {name}={moment}: {}",
                answer.status
            );
            if answer.status == 400 {
                assert_eq!(answer.faults(), [name], "{path} {name}={moment}");
            }
        }
    }
}
