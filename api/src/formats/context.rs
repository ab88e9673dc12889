//! What a format needs to know beside the records.

use super::{
    Format,
    csv::{DIALECT, Dialect},
};
use crate::{
    app::App,
    request::{input::Input, parameter::Parameter},
};
use domain::{content::Content, query::Parameters, search::Language};
use serde_json::{Value, json};
use url::form_urlencoded;

/// The language of a format that people read.
const LANGUAGE: Parameter<Language> = Parameter {
    name: "lang",
    description: "Language. In a calendar, of its text; default `de`. In a spreadsheet, `de` gives German column titles instead of the names of the fields.",
    schema: || json!({ "type": "string", "enum": Language::ALL.map(Language::as_str) }),
    read: |code| Language::parse(code).ok_or_else(|| "must be de or en".to_owned()),
    shared: None,
};

/// What a format needs to know beside the records.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// Base of absolute links, without a trailing slash.
    pub(super) base: String,
    /// Language of the text.
    pub(super) language: Option<Language>,
    /// Dialect of CSV.
    pub(super) dialect: Dialect,
    /// The feed, unless a single record is written.
    pub(super) feed: Option<Feed>,
}

/// A feed to which programs subscribe.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// Its address.
    pub(super) url: String,
    /// The values of its filters, without the search text.
    pub(super) filters: Vec<String>,
}

impl Context {
    /// Takes the parameters of a format.
    pub(crate) fn take(format: Format, app: &App, input: &mut Input<'_>) -> Self {
        let mut context = Self::of(&app.public_url);
        if format.has_language() {
            context.language = input.take(&LANGUAGE);
        }
        if format.has_dialect() {
            context.dialect = input.take(&DIALECT).unwrap_or_default();
        }
        context
    }

    /// The parameters of a format, for the OpenAPI document.
    pub(crate) fn parameters(format: Format) -> Vec<Value> {
        let language = format.has_language().then(|| LANGUAGE.once());
        let dialect = format.has_dialect().then(|| DIALECT.once());
        [language, dialect].into_iter().flatten().collect()
    }

    /// A context with defaults.
    pub(crate) fn of(base: &str) -> Self {
        Self { base: base.to_owned(), language: None, dialect: Dialect::default(), feed: None }
    }

    /// Adds the feed that these parameters of an export select.
    pub(crate) fn with_feed<C: Content>(mut self, format: Format, sent: &Parameters) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut filters = Vec::new();
        for (name, value) in sent.iter().filter(|(name, _)| *name != "format") {
            query.append_pair(name, value);
            if !matches!(name, "q" | "lang" | "dialect" | "sort" | "limit") {
                filters.push(value.to_owned());
            }
        }
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        let (plural, extension) = (C::KIND.plural(), format.extension());
        let url = format!("{}/api/v1/{plural}.{extension}{separator}{query}", self.base);
        self.feed = Some(Feed { url, filters });
        self
    }
}
