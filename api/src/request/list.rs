//! List headers (RFC 9110 section 5.6.1), parsed leniently: an invalid element does not affect the others.

use actix_web::http::header::{HeaderMap, HeaderName};

/// The elements of a list over all lines of the header. Empty elements are skipped, invalid UTF-8 is replaced.
pub fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .flat_map(|line| {
            let line = String::from_utf8_lossy(line.as_bytes());
            split(&line, ',').into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Splits at separators outside quotes. Parts are trimmed, empty ones skipped. If a quote is not closed, quotes are
/// treated as plain characters.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let mut separates = |c: char| {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else {
            return c == separator && !quoted;
        }
        false
    };
    let parts: Vec<&str> = text.split(&mut separates).collect();
    let parts = if quoted { text.split(separator).collect() } else { parts };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Splits a parameter such as `charset="utf-8"`. The name is in lower case, the value without quotes.
pub fn parameter(part: &str) -> (String, &str) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'))
}

/// The choices of a list such as Accept, in lower case and without parameters, with their weights from 0 to 1 (RFC 9110
/// section 12.4.2). An invalid weight counts as 1.
pub fn choices(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, f32)> {
    elements(headers, name)
        .iter()
        .filter_map(|element| {
            let mut parts = split(element, ';').into_iter();
            let choice = parts.next()?.to_ascii_lowercase();
            let weight = parts.map(parameter).find(|(name, _)| name == "q");
            let weight =
                weight.and_then(|(_, weight)| weight.parse().ok()).filter(|weight: &f32| !weight.is_nan());
            Some((choice, weight.unwrap_or(1.0).clamp(0.0, 1.0)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{choices, elements, parameter, split};
    use actix_web::http::header::{ACCEPT, HeaderMap, HeaderValue, IF_NONE_MATCH};

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn commas_in_quotes_do_not_separate() {
        assert_eq!(split(r#""a,b" , W/"c" ,, d"#, ','), [r#""a,b""#, r#"W/"c""#, "d"]);
        assert_eq!(split(r#"x;y="\",;" ;z"#, ';'), ["x", r#"y="\",;""#, "z"]);
        assert_eq!(split(r#""a, "b", c"#, ','), [r#""a"#, r#""b""#, "c"], "a quote without an end");
        assert_eq!(split(" , ,", ','), [""; 0]);
    }

    #[test]
    fn one_bad_element_costs_no_other() {
        let weights = |lines: &[&[u8]]| choices(&headers(lines), &ACCEPT);
        let pair = |choice: &str, weight: f32| (choice.to_owned(), weight);
        let java = b"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
        assert_eq!(weights(&[java])[2..], [pair("image/jpeg", 1.0), pair("*", 0.2), pair("*/*", 0.2)]);
        assert_eq!(
            weights(&[b"A/B ;\tQ = 1.0000;x=\"q=0,\"", b"c/d;q=x", b"e/f;q=7;q=0", b"g/h;q=-1, \xff"]),
            [pair("a/b", 1.0), pair("c/d", 1.0), pair("e/f", 1.0), pair("g/h", 0.0), pair("\u{fffd}", 1.0)]
        );
        assert!(weights(&[b"", b" ", b","]).is_empty());
        assert!(elements(&headers(&[b"a"]), &IF_NONE_MATCH).is_empty());
    }

    #[test]
    fn a_parameter_has_a_name_and_a_value() {
        assert_eq!(parameter(" Charset = \"UTF-8\""), ("charset".to_owned(), "UTF-8"));
        assert_eq!(parameter("header"), ("header".to_owned(), ""));
    }
}
