//! Codes that must match exactly: postal codes and hosts of websites.

use super::words::words;
use crate::{content::Code, scalar::WebUrl};

impl Code<'_> {
    /// The code as shown in a snippet.
    pub(super) fn shown(self) -> String {
        match self {
            Self::PostalCode(code) => code.to_owned(),
            Self::Website(website) => host(website),
        }
    }

    /// The folded forms by which the code is found. A host is one word, with and without its last label:
    /// `microtecsudwestde` and `microtecsudwest`.
    pub(super) fn forms(self) -> Vec<String> {
        let shown = self.shown();
        let words = words(&shown);
        let mut forms = vec![words.iter().map(|word| word.text.as_str()).collect::<String>()];
        match self {
            Self::PostalCode(_) => {
                let parts = words.into_iter().map(|word| word.text);
                forms.extend(parts.filter(|part| part.bytes().any(|byte| byte.is_ascii_digit())));
            }
            Self::Website(_) => {
                let end = shown.rfind('.').unwrap_or_default();
                let name = words.iter().filter(|word| word.range.end <= end).map(|word| word.text.as_str());
                forms.push(name.collect());
            }
        }
        forms.retain(|form| !form.is_empty());
        forms.dedup();
        forms
    }
}

/// The host of a website in Unicode, without `www.`.
fn host(website: &WebUrl) -> String {
    let address = website.as_str();
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = if host.contains("xn--") { idna::domain_to_unicode(host).0 } else { host.to_lowercase() };
    host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
}

/// Reduces a typed web address to its host.
pub(super) fn without_address(text: &str) -> &str {
    let host = text
        .split_once("://")
        .map_or(text, |(_, rest)| rest.split('/').next().unwrap_or_default())
        .trim_start();
    match host.split_at_checked(4) {
        Some((www, rest)) if www.eq_ignore_ascii_case("www.") => rest,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_website_is_found_by_its_host() {
        for (address, forms) in [
            ("https://www.microtec-suedwest.de/de/start?a=b", ["microtecsudwestde", "microtecsudwest"]),
            ("http://afbw.eu:8080", ["afbweu", "afbw"]),
            ("https://xn--mller-shne-kcb9d.example", ["mullersohneexample", "mullersohne"]),
        ] {
            let website = WebUrl::try_from(address.to_owned()).unwrap();
            assert_eq!(Code::Website(&website).forms(), forms, "{address}");
        }
        assert_eq!(Code::PostalCode("70191").forms(), ["70191"]);
        assert_eq!(Code::PostalCode("D-70191").forms(), ["d70191", "70191"]);
        assert_eq!(Code::PostalCode("SW1A 1AA").forms(), ["sw1a1aa", "sw1a", "1aa"]);
        assert_eq!(without_address("https://www.afbw.eu/de"), "afbw.eu");
        assert_eq!(without_address("WWW.afbw.eu"), "afbw.eu");
        assert_eq!(without_address("Holz und Forst"), "Holz und Forst");
    }
}
