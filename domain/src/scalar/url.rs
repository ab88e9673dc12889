//! Web addresses.

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// An absolute `http` or `https` address, stored as a URI (RFC 3986) of up to [`WebUrl::MAX`] characters.
///
/// Non-ASCII characters are percent-encoded, and hosts are converted to ASCII (RFC 5891).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebUrl(String);

impl WebUrl {
    /// Maximum length in characters.
    pub const MAX: usize = 2_000;

    /// The address as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refusal = || {
            format!(
                "is not a web address: it must begin with https:// or http://, name a host, contain no spaces and no \
                 user name, and have at most {} characters",
                Self::MAX
            )
        };
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"\\^`{|}".contains(c)) {
            return Err(refusal());
        }
        let uri = uri(&text).ok_or_else(refusal)?;
        if uri.len() > Self::MAX { Err(refusal()) } else { Ok(Self(uri)) }
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.0
    }
}

/// Converts the text to a URI, as serialised by `url`, but without the slash that it appends to a bare host.
fn uri(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let url = Url::parse(text).ok().filter(|_| !authority.contains('@') && has_sound_host(authority))?;
    is_sound(&url.host()?, authority).then_some(())?;
    let mut uri = encode_brackets(url);
    if !path.starts_with('/') {
        let slash = uri.find("://")? + 3 + uri[uri.find("://")? + 3..].find('/')?;
        uri.remove(slash);
    }
    is_percent_encoded(&uri).then_some(uri)
}

/// Hosts that `url` would rewrite to another host are rejected.
fn has_sound_host(authority: &str) -> bool {
    !authority.is_empty() && !authority.contains('%') && !authority.ends_with(':')
}

/// Whether the host is a valid DNS name (RFC 1123 section 2.1), or an IP address in its usual form.
fn is_sound(host: &Host<&str>, authority: &str) -> bool {
    match host {
        Host::Domain(name) => {
            name.len() <= 253
                && name.split('.').all(|label| {
                    (1..=63).contains(&label.len())
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                })
        }
        Host::Ipv4(address) => {
            let written = authority.split(':').next().unwrap_or_default();
            written == address.to_string()
        }
        Host::Ipv6(_) => true,
    }
}

/// Encodes brackets outside the host, which RFC 3986 section 3.2.2 forbids and `url` keeps as browsers do.
fn encode_brackets(url: Url) -> String {
    let behind_host = &url[url::Position::AfterHost..];
    if !behind_host.contains(['[', ']']) {
        return url.into();
    }
    let behind_host = behind_host.replace('[', "%5B").replace(']', "%5D");
    format!("{}{behind_host}", &url[..url::Position::AfterHost])
}

/// Whether every `%` starts a triplet (RFC 3986 section 2.1), and all characters are ASCII.
fn is_percent_encoded(uri: &str) -> bool {
    let is_triplet =
        |behind: &str| behind.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    uri.bytes().all(|b| b.is_ascii_graphic()) && uri.split('%').skip(1).all(is_triplet)
}

impl PartialSchema for WebUrl {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .description(Some("Address, http or https."))
            .pattern(Some("^https?://"))
            .min_length(Some("http://a".len()))
            .max_length(Some(Self::MAX))
            .examples(["https://www.microtec-suedwest.de"])
            .into()
    }
}
impl ToSchema for WebUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Option<String> {
        WebUrl::try_from(text.to_owned()).ok().map(String::from)
    }

    #[test]
    fn a_web_address_is_kept_as_a_uri() {
        for (sent, kept) in [
            ("https://example.org", "https://example.org"),
            ("https://example.org/", "https://example.org/"),
            ("https://example.org?a=b", "https://example.org?a=b"),
            ("https://Example.ORG:443/A/../b", "https://example.org/b"),
            ("https://example.org:8443/a%20b", "https://example.org:8443/a%20b"),
            ("https://müller-söhne.example/über", "https://xn--mller-shne-kcb9d.example/%C3%BCber"),
            ("http://münchen.de/ä?b=ö#ü", "http://xn--mnchen-3ya.de/%C3%A4?b=%C3%B6#%C3%BC"),
            ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
            ("https://x.de/?tx_news[id]=1", "https://x.de/?tx_news%5Bid%5D=1"),
            ("https://[2001:db8::1]:80/", "https://[2001:db8::1]:80/"),
            ("https://127.0.0.1:8080", "https://127.0.0.1:8080"),
        ] {
            assert_eq!(stored(sent).as_deref(), Some(kept), "{sent}");
            assert_eq!(stored(kept).as_deref(), Some(kept), "{sent}: again");
        }
    }

    #[test]
    fn what_names_no_host_is_no_web_address() {
        for bad in [
            "ftp://example.org",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://?x",
            "example.org",
            "https://a b",
            "https://firma..example",
            "https://.example",
            "https://firma.example.",
            "https://-firma.example",
            "https://user:pw@host.example",
            "https://user@host.example",
            "https://@host.example",
            "https://host.example:99999",
            "https://host.example:",
            "https://x.de/100%",
            "https://x.de/%zz",
            "https://%65xample.org",
            "https://1",
            "https://0x7f.1",
            "https://xn--a",
            "https://a\u{202e}b.example",
        ] {
            assert_eq!(stored(bad), None, "{bad}");
        }
        assert!(stored(&format!("https://x.de/{}", "a".repeat(WebUrl::MAX - 13))).is_some());
        assert!(stored(&format!("https://x.de/{}", "ä".repeat(WebUrl::MAX / 6))).is_none());
        assert!(stored(&format!("https://{}.de", "a".repeat(64))).is_none());
    }
}
