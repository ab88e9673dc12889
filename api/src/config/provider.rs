//! The OpenID Connect provider whose tokens are accepted beside those of this server.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Which provider to trust, and where its tokens state the rights of their bearers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProviderSettings {
    /// The issuer, as in its tokens. Without one, no provider is trusted.
    pub oidc_issuer: Option<SecureUrl>,
    /// The audience of tokens that are meant for this server.
    pub oidc_audience: Option<String>,
    /// Where its keys are. Default: what the provider's metadata say.
    pub oidc_jwks_url: Option<SecureUrl>,
    /// The claim with the role: one name, or a list of names.
    pub oidc_role_claim: ClaimPointer,
    /// The claim with the chamber of the role `chamber`.
    pub oidc_chamber_claim: ClaimPointer,
    /// The claim with the initiative or network of the role `manager`.
    pub oidc_organisation_claim: ClaimPointer,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        let own = |claim: &str| ClaimPointer(format!("/{claim}"));
        Self {
            oidc_issuer: None,
            oidc_audience: None,
            oidc_jwks_url: None,
            oidc_role_claim: own("role"),
            oidc_chamber_claim: own("chamber"),
            oidc_organisation_claim: own("organisation"),
        }
    }
}

impl ProviderSettings {
    /// Which settings are valid together: the name of each, and whether it is.
    pub(super) fn soundness(&self, own_issuer: &str) -> [(&'static str, bool); 2] {
        let is_issuer = |issuer: &SecureUrl| !issuer.0.contains('?') && issuer.0 != own_issuer;
        let (issuer, audience) = (self.oidc_issuer.as_ref(), self.oidc_audience.as_ref());
        let is_issuer_needed = audience.is_some() || self.oidc_jwks_url.is_some();
        let is_audience = |audience: &String| !audience.is_empty() && audience.trim() == audience;
        [
            ("oidc_issuer", issuer.map_or(!is_issuer_needed, is_issuer)),
            ("oidc_audience", audience.map_or(issuer.is_none(), is_audience)),
        ]
    }
}

/// An https URL, or an http URL of this machine, without credentials and fragment. Kept as it was written, because
/// issuers are compared byte for byte (OpenID Connect Discovery 1.0 section 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecureUrl(String);

impl SecureUrl {
    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to this machine, by its loopback interface.
    pub fn is_of_this_machine(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl TryFrom<String> for SecureUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_secure = |url: &Url| match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(url),
            _ => false,
        };
        let is_plain = |url: &Url| {
            url.username().is_empty()
                && url.password().is_none()
                && !text.contains(|character: char| {
                    character == '#' || character.is_whitespace() || character.is_control()
                })
        };
        match Url::parse(&text) {
            Ok(url) if is_secure(&url) && is_plain(&url) => Ok(Self(text)),
            _ => Err("must be an https URL, or an http URL of this machine".to_owned()),
        }
    }
}

impl From<SecureUrl> for String {
    fn from(url: SecureUrl) -> Self {
        url.0
    }
}

/// A JSON Pointer (RFC 6901) to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimPointer(String);

impl ClaimPointer {
    /// The pointer, for example `/realm_access/roles`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClaimPointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && is_escaped {
            Ok(Self(text))
        } else {
            Err("must be a JSON Pointer".to_owned())
        }
    }
}

impl From<ClaimPointer> for String {
    fn from(pointer: ClaimPointer) -> Self {
        pointer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_secure_or_of_this_machine() {
        let is_secure = |text: &str| SecureUrl::try_from(text.to_owned()).is_ok();
        for good in [
            "https://login.example.org/realms/portal",
            "https://login.example.org:8443/keys?policy=1",
            "http://localhost:8080/realms/portal",
            "http://127.0.0.1",
            "http://[::1]:8080/",
        ] {
            assert!(is_secure(good), "{good}");
        }
        for bad in [
            "",
            "login.example.org",
            "http://login.example.org",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "https://user@login.example.org",
            "https://user:secret@login.example.org",
            "https://login.example.org#keys",
            " https://login.example.org",
            "https://login.example.org\n",
            "file:///etc/keys.json",
        ] {
            assert!(!is_secure(bad), "{bad}");
        }
        assert!(SecureUrl("http://127.8.9.1".to_owned()).is_of_this_machine());
        assert!(!SecureUrl("https://login.example.org".to_owned()).is_of_this_machine());
    }

    #[test]
    fn claims_are_named_by_pointers() {
        for (text, expected) in [
            ("/role", true),
            ("/realm_access/roles", true),
            ("/https:~1~1portal.example.org~1role", true),
            ("", false),
            ("role", false),
            ("/a~", false),
            ("/a~2", false),
        ] {
            assert_eq!(ClaimPointer::try_from(text.to_owned()).is_ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_provider_needs_an_audience_and_is_not_this_server() {
        let url = |text: &str| Some(SecureUrl(text.to_owned()));
        let sound = |issuer, audience: Option<&str>, jwks_url| {
            let audience = audience.map(str::to_owned);
            let settings = ProviderSettings {
                oidc_issuer: issuer,
                oidc_audience: audience,
                oidc_jwks_url: jwks_url,
                ..ProviderSettings::default()
            };
            settings.soundness("https://portal.example.org").map(|(_, is_sound)| is_sound)
        };
        assert_eq!(sound(None, None, None), [true, true]);
        assert_eq!(sound(url("https://login.example.org"), Some("portal"), None), [true, true]);
        assert_eq!(sound(url("https://login.example.org"), None, None), [true, false]);
        assert_eq!(sound(url("https://login.example.org"), Some(""), None), [true, false]);
        assert_eq!(sound(url("https://login.example.org?a=b"), Some("portal"), None), [false, true]);
        assert_eq!(sound(url("https://portal.example.org"), Some("portal"), None), [false, true]);
        assert_eq!(sound(None, Some("portal"), None), [false, true]);
        assert_eq!(sound(None, None, url("https://login.example.org/keys")), [false, true]);
    }
}
