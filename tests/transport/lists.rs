//! Headers that hold lists: one bad element costs no other.

use super::raw;
use crate::harness::{Records as _, TestApp, minimal, on_both};
use domain::kind::Kind;

on_both! {
    no_element_of_accept_costs_another
    lists_of_entity_tags_are_read_leniently
    parameters_of_media_types_are_read_leniently
}

/// What clients put into lists, and what no list should hold.
const BAD: [&str; 16] = [
    "*",
    "*; q=.2",
    "text/html",
    "json",
    "/",
    "a/",
    "/b",
    ";q=1",
    "x/y;q=",
    "x/y;q=high",
    "x/y;q=-1",
    "x/y;v=\"1,2;q=0\"",
    "\u{e4}/\u{f6}",
    "a b/c",
    "\"",
    "",
];

/// Addresses without parameters that anyone may read, of the description.
fn addresses(app: &TestApp) -> Vec<String> {
    let description = app.anonymous().get("/openapi.json").expect(200).json();
    let all = description["paths"].as_object().unwrap().iter();
    let addresses = all.filter(|(path, item)| {
        let json = &item["get"]["responses"]["200"]["content"]["application/json"];
        !path.contains('{') && json.is_object() && !path.starts_with("/health")
    });
    addresses
        .map(|(path, item)| {
            let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
            let needs_q =
                parameters.iter().any(|parameter| parameter["name"] == "q" && parameter["required"] == true)
                    || parameters.iter().any(|parameter| {
                        parameter["$ref"].as_str().is_some_and(|name| name.contains("search_q"))
                    });
            format!(
                "{path}{}",
                if needs_q || path.ends_with("search") || path.ends_with("suggest") { "?q=a" } else { "" }
            )
        })
        .filter(|path| app.anonymous().get(path).send().status == 200)
        .collect()
}

fn no_element_of_accept_costs_another(app: TestApp) {
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let addresses = addresses(&app);
    assert!(addresses.len() > 15, "{addresses:?}");
    let accept = |address: &str, lines: &[String]| {
        let lines: String = lines.iter().map(|line| format!("Accept: {line}\r\n")).collect();
        raw(&app, format!("GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n").as_bytes())
    };
    let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
    for address in &addresses {
        for line in
            [java, "", " ", ",", "*", "*;q=.01", "application/json;q=1.0000", "x/*,\tapplication/* ; Q = 0.1"]
        {
            let answer = accept(address, &[line.to_owned()]);
            assert_eq!(answer.status, 200, "{address} {line:?}: {}", answer.text);
            assert!(
                answer.text.contains("content-type: application/json"),
                "{address} {line:?}: {}",
                answer.text
            );
        }
    }
    for address in ["/api/v1", "/api/v1/clusters", "/api/v1/clusters/eins", "/api/v1/regions"] {
        for bad in BAD {
            let good = "application/json;q=0.5";
            for lines in [
                vec![format!("{bad}, {good}")],
                vec![format!("{good}, {bad}")],
                vec![format!("x/y;q=0.3,{bad} ,{good}")],
                vec![bad.to_owned(), good.to_owned()],
                vec![good.to_owned(), bad.to_owned()],
            ] {
                let answer = accept(address, &lines);
                assert_eq!(answer.status, 200, "{address} {lines:?}: {}", answer.text);
            }
        }
        for unwanted in ["text/html", "text/html, application/json;q=0", "*/*;q=0", "image/*, x/y;v=\"a,b\""]
        {
            assert_eq!(accept(address, &[unwanted.to_owned()]).status, 406, "{address} {unwanted}");
        }
    }
    let csv = accept(
        "/api/v1/clusters",
        &["application/json;q=.8".to_owned(), "json, text/csv;header=\"a,b\" ; q=0.9".to_owned()],
    );
    assert!(csv.text.contains("content-type: text/csv"), "{}", csv.text);
}

fn lists_of_entity_tags_are_read_leniently(app: TestApp) {
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let address = "/api/v1/clusters/eins";
    let tag = app.anonymous().get(address).expect(200).etag();
    for list in [
        format!("\"a,b\", {tag}"),
        format!("{tag},\"x"),
        format!("\"x, {tag}"),
        format!(",, W/{tag} ,"),
        tag.trim_matches('"').to_owned(),
        "*".to_owned(),
    ] {
        app.anonymous().get(address).header("if-none-match", &list).expect(304);
    }
    for list in ["", "\"a,7\"", "x", ",", "W/\"\""] {
        app.anonymous().get(address).header("if-none-match", list).expect(200);
    }
    let write =
        |list: &str| app.editor().patch(address).if_match(list).json(&serde_json::json!({})).send().status;
    assert_eq!(write(&format!("\"9-a,b\", {tag}")), 200);
    assert_eq!(write("\"1,2\""), 412);
    assert_eq!((write(""), write(" , ")), (428, 428), "a list without elements says nothing");
}

fn parameters_of_media_types_are_read_leniently(app: TestApp) {
    let post = |number: usize, media_type: &str| {
        let body = minimal(Kind::Cluster, &format!("Eins {number}")).to_string();
        app.editor().post("/api/v1/clusters").body(media_type, body).send().status
    };
    let good = [
        "application/json;",
        "application/json; charset=\"UTF-8\"",
        "application/json ;charset = utf8",
        "application/JSON;x=\"a;charset=latin1\"",
        "application/json;charset=us-ascii",
        "application/json; ; charset=utf-8;",
        "application/json;v",
    ];
    for (number, media_type) in good.into_iter().enumerate() {
        assert_eq!(post(number, media_type), 201, "{media_type}");
    }
    for bad in [
        "application/json;charset=utf-16",
        "text/json",
        "application/json; charset=\"iso-8859-1\"",
        "application/jsonx",
        ";",
    ] {
        assert_eq!(post(99, bad), 415, "{bad}");
    }
    for (encodings, status) in
        [("identity", 201), ("X-GZIP, gzip", 415), ("gzip, gzip", 415), ("deflate", 415)]
    {
        let body = minimal(Kind::Cluster, "Zwei").to_string();
        let request = app.editor().post("/api/v1/clusters").header("content-encoding", encodings);
        request.body("application/json", body).expect(status);
    }
}
