//! HTML and script in texts (CWE-79): refused in every field, on every write path.

use super::*;

for_every_kind! {
    no_field_takes_markup
}

const MARKUP: [&str; 9] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</p>",
    "<!-- x -->",
    "<!DOCTYPE html>",
    "<b",
    "<SCRIPT\u{a0}x>",
    "\u{200b}<\u{200b}i>",
];

fn no_field_takes_markup<C: Content>(app: &TestApp) {
    let body = example::<C>(app);
    let record = app.admin().post(&C::collection()).json(&body).expect(201).json();
    let record = address::<C>(&record);
    let before = app.admin().get(&record).expect(200).json();
    let mut tried = 0;
    for place in places(&body) {
        let Some(text) = body.pointer(&place).unwrap().as_str() else { continue };
        for (number, markup) in MARKUP.iter().enumerate() {
            let bad = replaced(&body, &place, &json!(format!("{text} {markup}")));
            let method = METHODS[number % METHODS.len()];
            let answer = write(&app.admin(), method, &C::collection(), &record)
                .body(media_type(method), bad.to_string())
                .send();
            assert!(matches!(answer.status, 400 | 422), "{method} {place} {markup}: {}", answer.text());
            assert!(answer.faults().contains(&place), "{method} {place} {markup}: {}", answer.text());
            assert_clean(&answer.json());
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
    assert_eq!(app.admin().get(&record).expect(200).json(), before);
}
