//! Parameters and content negotiation of a request.
//!
//! A handler takes the parameters that it knows from an [`Input`]. [`Input::finish`] rejects the others, reports all
//! faults, and negotiates the format. Every function that builds a response requires the [`Validated`] that it
//! returns, so none of this can be forgotten.

use super::{
    body::JSON,
    negotiation::{self, Offer},
    parameter::Parameter,
    parameters,
};
use crate::{app::App, problem::Problem};
use actix_web::{HttpRequest, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    fault::Faults,
    query::{Cursor, Parameters, Query, Scope},
};

/// Proof that a request has no invalid or unknown parameters and accepts the format of the response.
#[derive(Debug)]
pub struct Validated(());

/// The parameters of a request that have not been taken yet, and the faults so far.
#[derive(Debug)]
pub struct Input<'a> {
    request: &'a HttpRequest,
    sent: Parameters,
    rest: Parameters,
    faults: Faults,
    unreadable: Option<Problem>,
    is_negotiated: bool,
}

impl<'a> Input<'a> {
    /// Reads the query string. If that fails, the error is returned when the input is finished.
    pub fn of(request: &'a HttpRequest) -> Self {
        let (sent, unreadable) = match parameters::read(request) {
            Ok(sent) => (sent, None),
            Err(problem) => (Parameters::default(), Some(problem)),
        };
        let mut rest = sent.clone();
        if let Some(app) = request.app_data::<Data<App>>() {
            // What has no seal of ours is a cursor of no list.
            rest.replace(Cursor::PARAMETER, |sealed| app.seal.open(sealed).unwrap_or_default());
        }
        Self { request, sent, rest, faults: Faults::new(), unreadable, is_negotiated: false }
    }

    /// All parameters as sent.
    pub fn sent(&self) -> &Parameters {
        &self.sent
    }

    /// The remaining parameters and the faults, for functions that take several parameters together.
    pub fn parts(&mut self) -> (&mut Parameters, &mut Faults) {
        (&mut self.rest, &mut self.faults)
    }

    /// Takes a parameter that cannot be repeated.
    pub fn take<T>(&mut self, parameter: &Parameter<T>) -> Option<T> {
        self.one(parameter.name, parameter.read)
    }

    /// Takes all values of a repeatable parameter.
    pub fn take_all<T>(&mut self, parameter: &Parameter<T>) -> Vec<T> {
        self.many(parameter.name, parameter.read)
    }

    /// Takes a parameter that cannot be repeated, with a parser that needs context.
    pub fn one<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.rest.one(name, &mut self.faults, read)
    }

    fn many<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.rest.many(name, &mut self.faults, read)
    }

    /// Adds a parameter that follows from the path. One of this name in the query string is rejected.
    pub fn imply(&mut self, name: &str, value: &str) {
        self.refuse(&[name]);
        self.rest.add(name, value);
    }

    /// Takes all parameters of a list, and rejects the rest.
    pub fn query(&mut self, scope: &Scope, max_limit: usize, now: DateTime<Utc>) -> Query {
        Query::read(scope, std::mem::take(&mut self.rest), max_limit, now, &mut self.faults)
    }

    /// Takes all parameters of a page of features, and rejects the rest.
    pub fn features(&mut self, scope: &Scope) -> Query {
        self.refuse(&Query::NOT_OF_FEATURES);
        Query::read_features(scope, std::mem::take(&mut self.rest), &mut self.faults)
    }

    /// Adds a fault of a parameter.
    pub fn malformed(&mut self, name: &str, detail: &str) {
        self.faults.malformed(name, detail);
    }

    /// Rejects parameters that exist elsewhere but not here.
    pub fn refuse(&mut self, names: &[&str]) {
        let refused = names.iter().flat_map(|name| {
            self.rest.take(name).into_iter().map(|value| ((*name).to_owned(), value)).collect::<Vec<_>>()
        });
        Parameters::new(refused.collect()).refuse_rest(&mut self.faults);
    }

    /// Rejects the remaining parameters. Later faults are reported after these.
    pub fn refuse_rest(&mut self) {
        std::mem::take(&mut self.rest).refuse_rest(&mut self.faults);
    }

    /// Returns the faults so far as an error.
    ///
    /// # Errors
    /// 400.
    pub fn check(&mut self) -> Result<(), Problem> {
        if let Some(unreadable) = self.unreadable.take() {
            return Err(unreadable);
        }
        std::mem::take(&mut self.faults).or(()).map_err(Problem::of_parameters)
    }

    /// Selects the format of the response, by the parameter `format` or by Accept.
    ///
    /// # Errors
    /// As [`negotiation::one_of`], and 400 for an invalid query string.
    pub fn choose_format<T: Copy>(&mut self, offers: &[Offer<T>]) -> Result<T, Problem> {
        self.choose_format_by("format", offers)
    }

    /// Like [`Input::choose_format`], by another parameter.
    ///
    /// # Errors
    /// As [`Input::choose_format`].
    pub fn choose_format_by<T: Copy>(&mut self, name: &str, offers: &[Offer<T>]) -> Result<T, Problem> {
        if let Some(unreadable) = self.unreadable.take() {
            return Err(unreadable);
        }
        self.is_negotiated = true;
        negotiation::one_of(self.request, name, &mut self.rest, &mut self.faults, offers)
    }

    /// Selects the format of the response by the header Accept alone.
    ///
    /// # Errors
    /// 406.
    pub fn choose<T: Copy>(&mut self, offers: impl IntoIterator<Item = Offer<T>>) -> Result<T, Problem> {
        let offers: Vec<Offer<T>> = offers.into_iter().collect();
        let media_types: Vec<&str> = offers.iter().map(|offer| offer.media_type).collect();
        let chosen = self.choose_media_type(&media_types)?;
        offers.get(chosen).map(|offer| offer.format).ok_or_else(|| Problem::internal("no format is offered"))
    }

    /// Selects the media type of the response.
    ///
    /// # Errors
    /// 406.
    pub fn choose_media_type(&mut self, offers: &[&str]) -> Result<usize, Problem> {
        self.is_negotiated = true;
        negotiation::best(self.request, offers)
    }

    /// Finishes a request that is answered in JSON or in the selected format.
    ///
    /// # Errors
    /// 406, or 400 with all faults.
    pub fn finish(self) -> Result<Validated, Problem> {
        self.finish_as(JSON)
    }

    /// Like [`Input::finish`], for an address with a single media type.
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish_as(self, media_type: &'static str) -> Result<Validated, Problem> {
        self.negotiate(media_type)?;
        self.finish_unnegotiated()
    }

    /// Like [`Input::finish`], for a request with a body, whose media type may be unsupported.
    ///
    /// # Errors
    /// As [`Input::finish`]. The error in `supported` comes after 406 and before 400.
    pub fn finish_with_body<T>(self, supported: Result<T, Problem>) -> Result<(T, Validated), Problem> {
        self.negotiate(JSON)?;
        let supported = supported?;
        Ok((supported, self.finish_unnegotiated()?))
    }

    /// Like [`Input::finish`], and unwraps a required value. If it is `None`, a fault must have been added.
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish_with<T>(self, read: Option<T>) -> Result<(T, Validated), Problem> {
        let validated = self.finish()?;
        Ok((read.ok_or_else(|| Problem::internal("a required value is missing without a fault"))?, validated))
    }

    /// Finishes a request whose response has no negotiable format.
    ///
    /// # Errors
    /// 400 with all faults.
    pub fn finish_unnegotiated(mut self) -> Result<Validated, Problem> {
        self.refuse_rest();
        self.check().map(Validated)
    }

    fn negotiate(&self, media_type: &'static str) -> Result<(), Problem> {
        if self.is_negotiated { Ok(()) } else { negotiation::only(self.request, media_type) }
    }
}
