//! HTTP itself: encodings, caching, limits, malformed requests, other origins.

use crate::harness::{
    Engine, Options, PUBLIC_URL, RawAnswer, Records as _, Socket, Stage as _, TestApp, minimal, nobodys_id,
    on_both,
};
use api::problem::EVERY_PROBLEM_TYPE;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::{collections::BTreeSet, io::Write as _};

on_both! {
    each_encoding_has_a_tag_of_its_own
    a_request_id_is_taken_over_or_made
    any_origin_reads_and_only_named_ones_write
    formats_that_there_are_not_are_not_acceptable
    bodies_of_other_types_are_unsupported
    a_compressed_body_is_read
    a_body_that_is_too_large_is_refused
    a_body_that_grows_when_it_is_unpacked_is_refused
    addresses_and_headers_that_are_too_long_are_refused
    json_may_nest_64_levels
    a_request_may_have_200_parameters
    what_is_not_utf_8_is_refused
    a_percent_sign_that_encodes_nothing_is_refused_by_name
    what_is_not_json_is_refused
    a_body_that_breaks_off_writes_nothing
    two_ways_to_say_how_long_a_body_is_are_refused
    links_never_come_from_the_host_header
    https_is_strict
    problems_explain_themselves
    the_landing_document_leads_everywhere
    an_unknown_address_is_a_problem_too
    the_documentation_needs_no_other_server
}

fn create(app: &TestApp, name: &str) {
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, name));
}

/// Sends bytes and reads what comes back.
fn raw(app: &TestApp, bytes: &[u8]) -> RawAnswer {
    Socket::open(app.address).send(bytes).answer()
}

fn each_encoding_has_a_tag_of_its_own(app: TestApp) {
    create(&app, "Eins");
    for address in ["/api/v1/clusters/eins", "/api/v1/clusters", "/api/v1/regions", "/openapi.json"] {
        let get = |encoding: &str| app.anonymous().get(address).header("accept-encoding", encoding);
        let plain = get("identity").expect(200);
        assert_eq!(plain.header("content-encoding"), "");
        let mut tags = BTreeSet::from([plain.etag()]);
        for (encoding, magic) in
            [("gzip", &[0x1f, 0x8b][..]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd]), ("br", &[])]
        {
            let packed = get(encoding).expect(200);
            assert_eq!(packed.header("content-encoding"), encoding, "{address}");
            assert!(packed.body.starts_with(magic) && packed.body != plain.body, "{address} {encoding}");
            tags.insert(packed.etag());
            let held = get(encoding).header("if-none-match", &packed.etag()).expect(304);
            assert_eq!(held.etag(), packed.etag());
            let head = app.anonymous().head(address).header("accept-encoding", encoding).expect(200);
            assert_eq!(head.etag(), packed.etag());
        }
        assert_eq!(tags.len(), 4, "{address}");
        assert_eq!(get("br;q=0, gzip").expect(200).header("content-encoding"), "gzip");
    }
    // A tag that was seen through any encoding is good for writing.
    let tag = app.editor().get("/api/v1/clusters/eins").header("accept-encoding", "br").expect(200).etag();
    app.editor()
        .patch("/api/v1/clusters/eins")
        .if_match(&tag)
        .json(&json!({ "website": "https://a.example" }))
        .expect(200);
}

fn a_request_id_is_taken_over_or_made(app: TestApp) {
    let with_id = |id: &str| {
        app.anonymous().get("/api/v1").header("x-request-id", id).expect(200).header("x-request-id")
    };
    assert_eq!(with_id("abc-123_x.y:z"), "abc-123_x.y:z");
    for bad in ["a b", "a;b", "<script>", &"x".repeat(129)] {
        let made = with_id(bad);
        assert_ne!(made, bad);
        assert!(domain::id::Id::parse(&made).is_some(), "{made}");
    }
    let [first, second] = [(); 2].map(|()| {
        app.anonymous().get("/api/v1").without_header("x-request-id").expect(200).header("x-request-id")
    });
    assert_ne!(first, second);
    app.anonymous().get("/nowhere").header("x-request-id", "mine").expect(404).header("x-request-id");
}

fn any_origin_reads_and_only_named_ones_write(engine: Engine) {
    let options =
        Options { cors_origins: "https://redaktion.example, http://localhost:5173", ..Options::default() };
    let app = TestApp::with(engine, &options);
    create(&app, "Eins");
    let (named, other) = ("https://redaktion.example", "https://fremd.example");
    for origin in [named, other, "null"] {
        let read = app.anonymous().get("/api/v1/clusters?limit=1").header("origin", origin).expect(200);
        assert!([origin, "*"].contains(&read.header("access-control-allow-origin").as_str()), "{origin}");
        let exposed = read.header("access-control-expose-headers").to_ascii_lowercase();
        for name in
            ["etag", "link", "location", "change-cursor", "x-request-id", "idempotent-replayed", "ratelimit"]
        {
            assert!(exposed.split(',').any(|known| known.trim() == name), "{name}: {exposed}");
        }
        assert!(read.header("access-control-allow-credentials").is_empty());
        app.anonymous().get("/api/v1/clusters/nichts").header("origin", origin).expect(404);
    }
    let preflight = |origin: &str, method: &str| {
        let request = app.anonymous().options("/api/v1/clusters/eins").header("origin", origin);
        let request =
            request.header("access-control-request-headers", "authorization, content-type, if-match");
        request.header("access-control-request-method", method).send()
    };
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        let answer = preflight(named, method);
        assert_eq!(answer.header("access-control-allow-origin"), named);
        assert!(answer.header("access-control-allow-methods").contains(method));
        let headers = answer.header("access-control-allow-headers").to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("if-match"), "{headers}");
        assert_eq!(
            preflight("http://localhost:5173", method).header("access-control-allow-origin"),
            "http://localhost:5173"
        );
        for stranger in [other, "null", "https://redaktion.example.evil", "http://redaktion.example"] {
            assert_eq!(
                preflight(stranger, method).header("access-control-allow-origin"),
                "",
                "{method} {stranger}"
            );
        }
    }
    assert_ne!(preflight(other, "GET").header("access-control-allow-origin"), "");
}

fn formats_that_there_are_not_are_not_acceptable(app: TestApp) {
    create(&app, "Eins");
    let status =
        |address: &str, accept: &str| app.anonymous().get(address).header("accept", accept).send().status;
    for address in
        ["/api/v1", "/api/v1/regions", "/api/v1/clusters", "/api/v1/clusters/eins", "/api/v1/clusters/facets"]
    {
        for good in [
            "*/*",
            "application/*",
            "application/json",
            "text/html, */*;q=0.1",
            "APPLICATION/JSON",
            "application/json;charset=utf-8",
        ] {
            assert_eq!(status(address, good), 200, "{address} {good}");
        }
        for bad in ["text/html", "image/*", "application/xml", "*/*;q=0", "application/json;q=0"] {
            assert_eq!(status(address, bad), 406, "{address} {bad}");
        }
    }
    assert_eq!(status("/api/v1/clusters", "text/csv"), 200);
    assert_eq!(status("/api/v1/clusters?format=csv", "image/png"), 200, "the parameter wins");
}

fn bodies_of_other_types_are_unsupported(app: TestApp) {
    let body = minimal(Kind::Cluster, "Eins").to_string();
    for bad in [
        "text/plain",
        "application/json; charset=iso-8859-1",
        "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "json",
        "",
    ] {
        app.editor().post("/api/v1/clusters").body(bad, body.clone()).expect(415);
    }
    app.editor().post("/api/v1/clusters").body("x", body.clone()).without_header("content-type").expect(415);
    app.editor()
        .post("/api/v1/clusters")
        .header("content-encoding", "rot13")
        .body("application/json", body.clone())
        .expect(415);
    for good in ["application/json", "Application/JSON; charset=UTF-8"] {
        app.editor().post("/api/v1/clusters").body(good, body.clone()).expect(201);
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn a_compressed_body_is_read(app: TestApp) {
    let body = packed(minimal(Kind::Cluster, "Eins").to_string().as_bytes());
    let post = |body: Vec<u8>| {
        app.editor()
            .post("/api/v1/clusters")
            .header("content-encoding", "gzip")
            .body("application/json", body)
    };
    assert_eq!(post(body.clone()).expect(201).json()["slug"], "eins");
    post(body[..body.len() / 2].to_vec()).expect(400);
    post(b"not gzip at all".to_vec()).expect(400);
    assert_eq!(app.anonymous().get("/api/v1/clusters").expect(200).items().len(), 1);
}

/// A POST as bytes, up to its body.
fn post_head(app: &TestApp, headers: &str) -> String {
    let (token, _) = app.issue(api::auth::Role::Editor, None);
    format!(
        "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n{headers}\r\n\r\n"
    )
}

fn a_body_that_is_too_large_is_refused(app: TestApp) {
    let large = vec![b' '; 3 * 1024 * 1024];
    let head = post_head(&app, &format!("Content-Length: {}", large.len()));
    assert_eq!(raw(&app, &[head.as_bytes(), &large].concat()).status, 413);
    let head = post_head(&app, "Transfer-Encoding: chunked");
    let chunk = [format!("{:x}\r\n", large.len()).as_bytes(), &large, b"\r\n0\r\n\r\n"].concat();
    assert_eq!(raw(&app, &[head.as_bytes(), &chunk].concat()).status, 413);
    let fits = [vec![b' '; 2_000_000], minimal(Kind::Cluster, "Eins").to_string().into_bytes()].concat();
    app.editor().post("/api/v1/clusters").body("application/json", fits).expect(201);
}

fn a_body_that_grows_when_it_is_unpacked_is_refused(app: TestApp) {
    let bomb = packed(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    let answer = app
        .editor()
        .post("/api/v1/clusters")
        .header("content-encoding", "gzip")
        .body("application/json", bomb)
        .expect(413);
    assert_eq!(answer.json()["type"], format!("{PUBLIC_URL}/problems/payload-too-large"));
}

fn addresses_and_headers_that_are_too_long_are_refused(app: TestApp) {
    let get = |query: usize| {
        app.anonymous().get(&format!("/api/v1/clusters?q={}", "x".repeat(query))).send().status
    };
    assert_eq!(get(400), 200);
    assert_eq!(get(15_000), 400, "too long for q, not for an address");
    assert_eq!(get(17_000), 414);
    let header =
        |length: usize| app.anonymous().get("/api/v1").header("x-long", &"x".repeat(length)).send().status;
    assert_eq!(header(30_000), 200);
    assert_eq!(header(40_000), 431);
    let endless = format!("GET /api/v1 HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(300_000));
    assert!((400..500).contains(&raw(&app, endless.as_bytes()).status));
}

fn json_may_nest_64_levels(app: TestApp) {
    let post = |lists: usize| {
        let body = format!("{{\"x\":{}{}}}", "[".repeat(lists), "]".repeat(lists));
        app.editor().post("/api/v1/clusters").body("application/json", body).expect(400)
    };
    assert!(post(63).faults().contains(&"/x".to_owned()));
    assert_eq!(post(64).faults(), [""]);
    assert!(post(64).json()["detail"].as_str().unwrap().contains("64"));
    post(100_000);
}

fn a_request_may_have_200_parameters(app: TestApp) {
    let query =
        |count: usize| format!("/api/v1/clusters?{}", vec![format!("ids={}", nobodys_id()); count].join("&"));
    app.anonymous().get(&query(200)).expect(200);
    app.anonymous().get(&query(201)).expect(400);
    app.anonymous().get(&query(201).replace("clusters?", "clusters/facets?")).expect(400);
}

fn what_is_not_utf_8_is_refused(app: TestApp) {
    assert_eq!(app.anonymous().get("/api/v1/clusters?q=%FF").expect(400).faults(), ["q"]);
    assert_eq!(app.anonymous().get("/api/v1/clusters?q=%00").expect(400).faults(), ["q"]);
    app.anonymous().get("/api/v1/clusters?%FF=1").expect(400);
    let name = b"{\"name\":{\"de\":\"\xFF\xFE\"}}".to_vec();
    app.editor().post("/api/v1/clusters").body("application/json", name).expect(400);
    let latin =
        raw(&app, b"GET /api/v1/clusters?q=M\xFCller HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(latin.status, 400, "{}", latin.text);
}

fn a_percent_sign_that_encodes_nothing_is_refused_by_name(app: TestApp) {
    create(&app, "Eins");
    let run = "/api/v1/chambers/ihk-ulm/sync-runs";
    let paths = [
        "/api/v1",
        "/api/v1/clusters",
        "/api/v1/clusters/eins",
        "/api/v1/clusters/facets",
        "/api/v1/regions",
        "/api/v1/search",
        "/api/v1/changes",
        "/api/v1/stats",
        "/api/v1/graph",
        "/api/v1/audit",
        "/api/v1/clusters/eins/history",
        run,
    ];
    // A client would put them right.
    let token = app.issue(api::auth::Role::Admin, None).0;
    let get = |target: &str| {
        raw(&app, format!("GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n").as_bytes())
    };
    for path in paths {
        for bad in ["%", "%2", "%zz", "a%", "%2g", "%%20", "50%+", "%e2%82%"] {
            let answer = get(&format!("{path}?q={bad}"));
            assert_eq!(answer.status, 400, "{path} {bad}: {}", answer.text);
            assert!(
                answer.text.contains("{\"parameter\":\"q\",\"detail\":\"has a '%'"),
                "{path} {bad}: {}",
                answer.text
            );
        }
        let named = get(&format!("{path}?q%2=x"));
        assert!(named.status == 400 && named.text.contains("\"parameter\":\"q%2\""), "{}", named.text);
    }
    app.anonymous().get("/api/v1/clusters").query("q", "50% Eins").expect(200);
}

fn what_is_not_json_is_refused(app: TestApp) {
    let bad = [
        "",
        " ",
        "{",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1,}",
        "{} {}",
        "nul",
        "{\"a\":01}",
        "{\"a\":1e999}",
        "{\"a\":\"\\ud800\"}",
        "NaN",
        "<xml/>",
    ];
    for body in bad {
        let answer = app.editor().post("/api/v1/clusters").body("application/json", body).expect(400);
        assert!(answer.json()["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{body}");
    }
}

fn a_body_that_breaks_off_writes_nothing(app: TestApp) {
    let body = minimal(Kind::Cluster, "Eins").to_string();
    let broken = [
        format!("{}{body}", post_head(&app, &format!("Content-Length: {}", body.len() + 50))),
        format!("{}{:x}\r\n{body}\r\n", post_head(&app, "Transfer-Encoding: chunked"), body.len()),
        format!("{}{:x}\r\n{body}", post_head(&app, "Transfer-Encoding: chunked"), body.len() + 9),
        format!("{}zz\r\n{body}\r\n0\r\n\r\n", post_head(&app, "Transfer-Encoding: chunked")),
        format!("{}{body}", post_head(&app, "Content-Length: x")),
        format!("{}{body}", post_head(&app, "Content-Length: -5")),
    ];
    for request in broken {
        let answer = Socket::open(app.address).send(request.as_bytes()).finish().answer();
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{request}\n{}", answer.text);
    }
    assert!(app.auditor().get("/api/v1/clusters").expect(200).items().is_empty());
    let whole =
        format!("{}{:x}\r\n{body}\r\n0\r\n\r\n", post_head(&app, "Transfer-Encoding: chunked"), body.len());
    assert_eq!(raw(&app, whole.as_bytes()).status, 201);
}

fn two_ways_to_say_how_long_a_body_is_are_refused(app: TestApp) {
    let body = minimal(Kind::Cluster, "Eins").to_string();
    let both = format!("Content-Length: {}\r\nTransfer-Encoding: chunked", body.len());
    let twice = format!("Content-Length: {}\r\nContent-Length: 5", body.len());
    for headers in [both, twice] {
        let answer = raw(&app, format!("{}{body}", post_head(&app, &headers)).as_bytes());
        assert!(answer.status == 0 || answer.status == 400, "{headers}\n{}", answer.text);
    }
    assert!(app.auditor().get("/api/v1/clusters").expect(200).items().is_empty());
}

fn links_never_come_from_the_host_header(app: TestApp) {
    create(&app, "Eins");
    create(&app, "Zwei");
    app.editor().change(Kind::Cluster, "eins", &json!({ "slug": "drei" }));
    for path in [
        "/api/v1",
        "/api/v1/clusters?limit=1",
        "/api/v1/clusters/eins",
        "/api/v1/clusters/nichts",
        "/",
        "/docs",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
             X-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&app, request.as_bytes());
        assert!((200..500).contains(&answer.status), "{}", answer.text);
        assert!(!answer.text.contains("evil.example"), "{}", answer.text);
        assert!(answer.text.contains(PUBLIC_URL), "{}", answer.text);
    }
    let absolute = raw(
        &app,
        b"GET http://evil.example/api/v1 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    assert!(!absolute.text.contains("evil.example"));
}

fn https_is_strict(engine: Engine) {
    let app = TestApp::with(engine, &Options { public_url: "https://portal.test", ..Options::default() });
    let answer = app.anonymous().get("/api/v1").expect(200);
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    let missing = app.anonymous().get("/nowhere").expect(404);
    assert_eq!(missing.header("strict-transport-security"), "max-age=31536000");
    assert!(answer.text().contains("https://portal.test/openapi.json"));
    let plain = TestApp::set_up(engine);
    assert_eq!(plain.anonymous().get("/api/v1").expect(200).header("strict-transport-security"), "");
}

fn problems_explain_themselves(app: TestApp) {
    for kind in EVERY_PROBLEM_TYPE {
        let explained = app.anonymous().get(&format!("/problems/{}", kind.slug)).expect(200).json();
        assert_eq!(explained["status"], kind.status);
        assert!(!explained["explanation"].as_str().unwrap().is_empty());
    }
    let problem = app.anonymous().get("/api/v1/clusters/nichts").expect(404).json();
    assert_eq!(problem["instance"], "/api/v1/clusters/nichts");
    app.anonymous().get(problem["type"].as_str().unwrap()).expect(200);
    app.anonymous().get("/problems/nothing").expect(404);
}

fn the_landing_document_leads_everywhere(app: TestApp) {
    let landing = app.anonymous().get("/api/v1").expect(200).json();
    let mut links = 0;
    for list in ["links", "collections", "vocabularies"] {
        for link in landing[list].as_array().unwrap() {
            let answer = app.anonymous().get(link["href"].as_str().unwrap()).send();
            assert!([200, 308].contains(&answer.status), "{link}");
            links += 1;
        }
    }
    assert!(links >= 15, "{links}");
    let limits = &landing["limits"];
    assert_eq!(
        (&limits["page_size"], &limits["json_depth"], &limits["parameters"]),
        (&json!(200), &json!(64), &json!(200))
    );
    let title = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    assert!(
        title(&landing["title"]) && title(&landing["publisher"]["name"]) && !landing["contact"].is_null()
    );
    app.anonymous().get("/api/v1?x=1").expect(400);
}

fn an_unknown_address_is_a_problem_too(app: TestApp) {
    for path in [
        "/nothing",
        "/api",
        "/api/v2",
        "/api/v1/",
        "/api/v1/clusters/",
        "/api/v1/clusters/a/b/c",
        "//",
        "/api/v1/../secret",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/docs/../../Cargo.toml",
    ] {
        let answer =
            raw(&app, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text.contains("application/problem+json"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = raw(
            &app,
            format!("{method} /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        assert_eq!(answer.status, 404, "{method}");
    }
    let garbage: [&[u8]; 5] = [
        b"GARBAGE\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1 HTTP/1.1\r\nbad header\r\n\r\n",
    ];
    for bytes in garbage {
        let answer = Socket::open(app.address).send(bytes).finish().answer();
        assert!(answer.status == 0 || (400..=505).contains(&answer.status), "{}", answer.text);
    }
    app.anonymous().get("/api/v1").expect(200);
}

fn the_documentation_needs_no_other_server(app: TestApp) {
    let page = app.anonymous().get("/docs/").expect(200);
    assert!(page.header("content-security-policy").contains("script-src 'self'; style-src 'self' 'sha256-"));
    let text = page.text();
    for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!text.contains(attribute), "{attribute}\n{text}");
    }
}
