//! Whole answers, as they look on the wire.

use crate::harness::{Answer, Records as _, TestApp, minimal, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_whole_record_looks_like_this
    a_whole_problem_looks_like_this
}

fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

fn pretty(answer: &Answer) -> String {
    serde_json::to_string_pretty(&answer.json()).unwrap()
}

fn a_whole_record_looks_like_this(app: TestApp) {
    create(&app, Kind::Cluster, "Optik", json!({}));
    create(
        &app,
        Kind::Initiative,
        "Photonik Südwest e. V.",
        json!({ "clusters": ["optik"], "labels": [{ "label": "esca-gold", "awarded_on": "2024" }] }),
    );
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/clusters/optik").expect(200)), @r#"
    {
      "id": "019e1ba1-0d00-7000-8000-000000000004",
      "slug": "optik",
      "status": "published",
      "version": 1,
      "created_at": "2026-05-12T10:00:00Z",
      "updated_at": "2026-05-12T10:00:00Z",
      "name": {
        "de": "Optik",
        "en": null
      },
      "summary": {
        "de": "Ein Cluster.",
        "en": null
      },
      "description": null,
      "technology_fields": [
        "photonik"
      ],
      "industries": [],
      "regions": [
        "DE111"
      ],
      "location": null,
      "visibility": "regional",
      "website": null,
      "initiatives": [
        {
          "id": "019e1ba1-0d00-7000-8000-000000000005",
          "slug": "photonik-suedwest-e-v",
          "name": "Photonik Südwest e. V."
        }
      ]
    }
    "#);
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/initiatives").expect(200)), @r#"
    {
      "items": [
        {
          "id": "019e1ba1-0d00-7000-8000-000000000005",
          "slug": "photonik-suedwest-e-v",
          "status": "published",
          "version": 1,
          "created_at": "2026-05-12T10:00:00Z",
          "updated_at": "2026-05-12T10:00:00Z",
          "name": "Photonik Südwest e. V.",
          "short_name": null,
          "summary": {
            "de": "Eine Organisation.",
            "en": null
          },
          "description": null,
          "goals": null,
          "services": [],
          "legal_form": null,
          "founded_on": null,
          "website": null,
          "management": null,
          "contact": null,
          "location": null,
          "regions": [
            "DE111"
          ],
          "technology_fields": [
            "photonik"
          ],
          "industries": [],
          "visibility": "regional",
          "labels": [
            {
              "label": "esca-gold",
              "awarded_on": "2024",
              "valid_until": null
            }
          ],
          "listing": null,
          "activity": "active",
          "ended_on": null,
          "successor": null,
          "reported_members": null,
          "clusters": [
            {
              "id": "019e1ba1-0d00-7000-8000-000000000004",
              "slug": "optik",
              "name": "Optik"
            }
          ],
          "member_count": 0
        }
      ],
      "next": null
    }
    "#);
}

fn a_whole_problem_looks_like_this(app: TestApp) {
    let body = json!({ "name": 5, "colour": "red", "regions": ["DE9"], "visibility": "regional", "technology_fields": [], "summary": { "de": "<b>" } });
    insta::assert_snapshot!(pretty(&app.editor().post("/api/v1/clusters").json(&body).expect(400)), @r#"
    {
      "type": "http://portal.test/problems/bad-request",
      "title": "Bad Request",
      "status": 400,
      "detail": "The request has 5 errors, listed in `errors`.",
      "instance": "/api/v1/clusters",
      "errors": [
        {
          "pointer": "/name",
          "detail": "has the wrong type: a number, expected an object"
        },
        {
          "pointer": "/colour",
          "detail": "unknown field"
        },
        {
          "pointer": "/regions/0",
          "detail": "'DE9' is not a region (NUTS); see /api/v1/regions"
        },
        {
          "pointer": "/summary/de",
          "detail": "must not hold HTML: use plain text, with a space after '<' for 'less than'"
        },
        {
          "pointer": "/technology_fields",
          "detail": "needs at least 1 entry"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/clusters/nichts").expect(404)), @r#"
    {
      "type": "http://portal.test/problems/not-found",
      "title": "Not Found",
      "status": 404,
      "detail": "Not found.",
      "instance": "/api/v1/clusters/nichts"
    }
    "#);
}
