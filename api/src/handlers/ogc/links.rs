//! Links and addresses.

use super::{
    ROOT,
    form::{F, Form, Nature},
};
use crate::{app::App, request::parameters};
use domain::{kind::Kind, query::Parameters};
use serde::Serialize;
use utoipa::ToSchema;

/// A link (RFC 8288).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// Target URL.
    #[schema(format = "uri")]
    pub(super) href: String,
    /// Relation type.
    #[schema(example = "self")]
    pub(super) rel: &'static str,
    /// Media type of the target.
    #[serde(rename = "type")]
    #[schema(example = "application/json")]
    media_type: &'static str,
    /// Title of the target.
    title: String,
}

impl Link {
    pub(super) fn new(
        rel: &'static str,
        href: String,
        media_type: &'static str,
        title: impl Into<String>,
    ) -> Self {
        Self { href, rel, media_type, title: title.into() }
    }
}

/// The path of a collection.
pub(super) fn collection(kind: Kind) -> String {
    format!("{ROOT}/collections/{}", kind.plural())
}

/// The URL of a request with parameters in a form. `cursor` replaces that of the request.
pub(super) fn address(base: &str, sent: &Parameters, form: Form, cursor: Option<String>) -> String {
    let mut pairs = match &cursor {
        Some(_) => sent.without(&[F, "cursor"]),
        None => sent.without(&[F]),
    };
    pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
    pairs.push((F.to_owned(), form.word().to_owned()));
    format!("{base}?{}", parameters::write(&pairs))
}

/// The URL of a resource in a form.
pub(super) fn plain_address(app: &App, path: &str, form: Form) -> String {
    address(&app.url(path), &Parameters::default(), form, None)
}

/// The links of a response to itself and to its other form. `at` gives its URL in a form.
pub(super) fn own(form: Form, nature: Nature, title: &str, at: impl Fn(Form) -> String) -> Vec<Link> {
    let link = |of: Form| {
        let rel = if of == form { "self" } else { "alternate" };
        Link::new(rel, at(of), nature.media_type(of), title_of(title, of))
    };
    let mut links = Form::BOTH.map(link).to_vec();
    links.sort_by_key(|link| link.rel != "self");
    links
}

/// Links to a resource in both forms.
pub(super) fn both(app: &App, rel: &'static str, path: &str, nature: Nature, title: &str) -> Vec<Link> {
    let link =
        |form| Link::new(rel, plain_address(app, path, form), nature.media_type(form), title_of(title, form));
    Form::BOTH.map(link).to_vec()
}

fn title_of(title: &str, form: Form) -> String {
    match form {
        Form::Json => format!("{title}, as JSON"),
        Form::Html => format!("{title}, as a page"),
    }
}
