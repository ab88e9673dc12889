//! Who publishes the data, and under which licence.

use domain::{
    scalar::{Email, WebUrl},
    text::Name,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Publisher, contact and licence, as the landing document and the catalogue show them.
///
/// The defaults are those of the ministry that runs the portal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Publication {
    /// Name of the body that publishes the data.
    pub publisher_name: Name,
    /// Its website.
    pub publisher_url: WebUrl,
    /// Name of the contact for users of the data.
    pub contact_name: Name,
    /// A web page of the contact.
    pub contact_url: WebUrl,
    /// Its email address.
    pub contact_email: Email,
    /// Where to report vulnerabilities. Default: `contact_email`.
    pub security_email: Option<Email>,
    /// URI of the licence of the data. GovData accepts those of <http://dcat-ap.de/def/licenses>.
    pub licence: WebUrl,
    /// Data provider at GovData (`dcatde:contributorID`), one of <http://dcat-ap.de/def/contributors>.
    pub contributor_id: WebUrl,
}

impl Publication {
    /// The email address for vulnerabilities, as a URI (RFC 6068).
    pub(crate) fn security_contact(&self) -> String {
        mailto(self.security_email.as_ref().unwrap_or(&self.contact_email))
    }
}

impl Default for Publication {
    fn default() -> Self {
        Self {
            publisher_name: constant("Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg"),
            publisher_url: constant("https://wm.baden-wuerttemberg.de"),
            contact_name: constant("Clusterportal Baden-Württemberg"),
            contact_url: constant("https://www.clusterportal-bw.de"),
            contact_email: constant("poststelle@wm.bwl.de"),
            security_email: None,
            licence: constant("http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
            contributor_id: constant("http://dcat-ap.de/def/contributors/openBW"),
        }
    }
}

/// An email address as a URI (RFC 6068).
pub(crate) fn mailto(email: &Email) -> String {
    /// The characters of an address that a URI holds as they are.
    const ESCAPED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_').remove(b'+');
    format!("mailto:{}", utf8_percent_encode(email.as_str(), ESCAPED))
}

#[expect(clippy::expect_used, reason = "constants; every start of the server parses them")]
fn constant<T: TryFrom<String, Error = String>>(text: &str) -> T {
    T::try_from(text.to_owned()).expect("a valid default")
}
