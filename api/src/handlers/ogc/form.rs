//! The two forms of a resource, and how they are answered.

use super::page::{self, Page};
use crate::{
    formats::Format,
    problem::Problem,
    request::{body::JSON, negotiation::Offer},
    shared::Finished,
};
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, HeaderValue},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The media type of the definition (requirement `/req/oas30/oas-definition-1`).
pub(super) const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
/// The media type of pages.
pub(super) const HTML: &str = "text/html";
/// The name of the parameter that selects a form.
pub(super) const F: &str = "f";

/// A form of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON, with the media type of the resource.
    Json,
    /// A page for people.
    Html,
}

impl Form {
    /// Both forms.
    pub(super) const BOTH: [Self; 2] = [Self::Json, Self::Html];

    /// The value of the parameter `f`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    const fn offer(self, media_type: &'static str) -> Offer<Self> {
        Offer { format: self, word: self.word(), media_type }
    }
}

/// What kind of JSON a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Metadata.
    Metadata,
    /// Features.
    Features,
    /// The definition of the API.
    Definition,
}

impl Nature {
    /// The media type in links, in a form.
    pub(super) fn media_type(self, form: Form) -> &'static str {
        match (form, self) {
            (Form::Html, _) => HTML,
            (Form::Json, Self::Metadata) => JSON,
            (Form::Json, Self::Features) => Format::GeoJson.media_type(),
            (Form::Json, Self::Definition) => OPENAPI,
        }
    }

    /// What clients may ask for. Some ask for all of it as plain JSON.
    pub(super) fn offers(self) -> &'static [Offer<Form>] {
        const PLAIN: Offer<Form> = Form::Json.offer(JSON);
        const PAGE: Offer<Form> = Form::Html.offer(HTML);
        match self {
            Self::Metadata => &const { [PLAIN, PAGE] },
            Self::Features => &const { [Form::Json.offer(Format::GeoJson.media_type()), PLAIN, PAGE] },
            // Parameters of media types are not compared.
            Self::Definition => {
                &const { [Form::Json.offer("application/vnd.oai.openapi+json"), PLAIN, PAGE] }
            }
        }
    }

    /// Writes a document in a form.
    ///
    /// # Errors
    /// 500 if it cannot be serialised.
    pub(super) fn write(
        self,
        form: Form,
        document: &impl Serialize,
        page: impl FnOnce(Value) -> Page,
    ) -> Result<Finished, Problem> {
        let body = match form {
            Form::Json => serde_json::to_vec(document).map_err(Problem::internal)?,
            Form::Html => {
                let document = serde_json::to_value(document).map_err(Problem::internal)?;
                page::render(page(document))?.into_bytes()
            }
        };
        let content_type = match form {
            Form::Html => "text/html; charset=utf-8",
            Form::Json => self.media_type(form),
        };
        Ok(Finished::new(content_type, body))
    }
}

/// Protects the reader of a page: it has no scripts, and loads nothing. Its only style is named by hash, so that none can be
/// injected (Content Security Policy Level 3, section 2.3.1).
pub(super) fn guarded(mut response: HttpResponse, form: Form) -> HttpResponse {
    // Browsers may update a stored page by the headers of a 304.
    if form == Form::Html && matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
        let style = STANDARD.encode(Sha256::digest(page::STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
    }
    response
}
