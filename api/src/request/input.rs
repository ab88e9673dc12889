//! What a request says beside its body, and the right to answer it.
//!
//! A handler takes the parameters that it knows out of an [`Input`]. [`Input::finish`] refuses the others, reports
//! all faults, and negotiates the format; what it gives, every answer takes. So none of it can be forgotten.

use super::{
    body::JSON,
    format::{self, Offer},
    parameter::Parameter,
    parameters,
};
use crate::problem::Problem;
use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use domain::{
    fault::Faults,
    query::{Parameters, Query, Scope},
};

/// That a request has nothing that is wrong or unknown, and accepts what it will be answered.
#[derive(Debug)]
pub struct Validated(());

/// The parameters of a request that nobody has taken so far, and what is wrong with those that were.
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
    /// That of a request. A query string that cannot be read is reported when the input is finished.
    pub fn of(request: &'a HttpRequest) -> Self {
        let (sent, unreadable) = match parameters::read(request) {
            Ok(sent) => (sent, None),
            Err(problem) => (Parameters::default(), Some(problem)),
        };
        let rest = sent.clone();
        Self { request, sent, rest, faults: Faults::new(), unreadable, is_negotiated: false }
    }

    /// All parameters, as they were sent.
    pub fn sent(&self) -> &Parameters {
        &self.sent
    }

    /// What is left of the parameters, and the faults so far, for what takes some of them together.
    pub fn parts(&mut self) -> (&mut Parameters, &mut Faults) {
        (&mut self.rest, &mut self.faults)
    }

    /// Takes the value of a parameter that cannot be repeated.
    pub fn take<T>(&mut self, parameter: &Parameter<T>) -> Option<T> {
        self.one(parameter.name, parameter.read)
    }

    /// Takes every value of a parameter that can be repeated.
    pub fn take_all<T>(&mut self, parameter: &Parameter<T>) -> Vec<T> {
        self.many(parameter.name, parameter.read)
    }

    /// Takes the value of a parameter that cannot be repeated, where more than its text decides what it means.
    pub fn one<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.rest.one(name, &mut self.faults, read)
    }

    fn many<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.rest.many(name, &mut self.faults, read)
    }

    /// Takes all that can be asked of a list, and refuses the rest.
    pub fn query(&mut self, scope: &Scope, max_limit: usize, now: DateTime<Utc>) -> Query {
        Query::read(scope, std::mem::take(&mut self.rest), max_limit, now, &mut self.faults)
    }

    /// Notes what is wrong with a parameter.
    pub fn malformed(&mut self, name: &str, detail: &str) {
        self.faults.malformed(name, detail);
    }

    /// Refuses some parameters, known elsewhere, before others are taken.
    pub fn refuse(&mut self, names: &[&str]) {
        let refused = names.iter().flat_map(|name| {
            self.rest.take(name).into_iter().map(|value| ((*name).to_owned(), value)).collect::<Vec<_>>()
        });
        Parameters::new(refused.collect()).refuse_rest(&mut self.faults);
    }

    /// Refuses what nobody took, before faults are noted that come behind those.
    pub fn refuse_rest(&mut self) {
        std::mem::take(&mut self.rest).refuse_rest(&mut self.faults);
    }

    /// Refuses what was found to be wrong so far.
    ///
    /// # Errors
    /// 400.
    pub fn check(&mut self) -> Result<(), Problem> {
        if let Some(unreadable) = self.unreadable.take() {
            return Err(unreadable);
        }
        std::mem::take(&mut self.faults).or(()).map_err(Problem::of_parameters)
    }

    /// Which of some formats is answered.
    ///
    /// # Errors
    /// As [`format::one_of`], and 400 for a query string that cannot be read.
    pub fn choose_format<T: Copy>(&mut self, offers: &[Offer<T>]) -> Result<T, Problem> {
        if let Some(unreadable) = self.unreadable.take() {
            return Err(unreadable);
        }
        self.is_negotiated = true;
        format::one_of(self.request, &mut self.rest, &mut self.faults, offers)
    }

    /// Which of some media types is answered.
    ///
    /// # Errors
    /// 406.
    pub fn choose_media_type(&mut self, offers: &[&str]) -> Result<usize, Problem> {
        self.is_negotiated = true;
        format::best(self.request, offers)
    }

    /// The right to answer in JSON, or in the format that was chosen.
    ///
    /// # Errors
    /// 406, and 400 with all that is wrong.
    pub fn finish(self) -> Result<Validated, Problem> {
        self.finish_as(JSON)
    }

    /// As [`Input::finish`], of an address that answers one media type.
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish_as(self, media_type: &'static str) -> Result<Validated, Problem> {
        self.negotiate(media_type)?;
        self.finish_unnegotiated()
    }

    /// As [`Input::finish`], of a request with a body, which may be of a type that is not supported.
    ///
    /// # Errors
    /// As [`Input::finish`], and in between what `supported` says.
    pub fn finish_with_body<T>(self, supported: Result<T, Problem>) -> Result<(T, Validated), Problem> {
        self.negotiate(JSON)?;
        let supported = supported?;
        Ok((supported, self.finish_unnegotiated()?))
    }

    /// As [`Input::finish`], with what was read; where it is missing, its fault was noted.
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish_with<T>(self, read: Option<T>) -> Result<(T, Validated), Problem> {
        let validated = self.finish()?;
        Ok((read.ok_or_else(|| Problem::internal("a fault was not noted"))?, validated))
    }

    /// The right to answer what has no format that could be chosen.
    ///
    /// # Errors
    /// 400 with all that is wrong.
    pub fn finish_unnegotiated(mut self) -> Result<Validated, Problem> {
        self.refuse_rest();
        self.check().map(Validated)
    }

    fn negotiate(&self, media_type: &'static str) -> Result<(), Problem> {
        if self.is_negotiated { Ok(()) } else { format::only(self.request, media_type) }
    }
}
