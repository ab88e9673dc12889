//! Why a request was cut off, for those who answer it.

use crate::{
    limits::{MAX_HEADER_LINES, MAX_HEADERS, MAX_URI},
    problem::{BAD_REQUEST, HEADERS_TOO_LARGE, Problem, URI_TOO_LONG},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// Why the last head of a connection was rejected, until taken.
#[derive(Clone, Debug, Default)]
pub struct Refusal(Rc<RefCell<Option<Problem>>>);

/// Whether the last body of a connection was cut off because it arrived too slowly.
#[derive(Clone, Debug, Default)]
pub struct TooSlow(Rc<Cell<bool>>);

impl TooSlow {
    /// Whether it was.
    pub fn is_so(&self) -> bool {
        self.0.get()
    }

    /// It was.
    pub(super) fn set(&self) {
        self.0.set(true);
    }
}

impl Refusal {
    /// Takes the reason.
    pub fn take(&self) -> Option<Problem> {
        self.0.borrow_mut().take()
    }

    /// Keeps the reason.
    pub(super) fn set(&self, problem: Problem) {
        self.0.replace(Some(problem));
    }
}

/// The problem for what is not HTTP as it should be.
pub(crate) fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(&BAD_REQUEST, detail)
}

/// The problem for a target that is too long.
pub(crate) fn uri_too_long() -> Problem {
    Problem::new(&URI_TOO_LONG, format!("The address must not exceed {MAX_URI} bytes."))
}

/// The problem for headers that are too large.
pub(crate) fn headers_too_large() -> Problem {
    Problem::new(&HEADERS_TOO_LARGE, format!("The headers must not exceed {MAX_HEADERS} bytes in total."))
}

/// The problem for too many headers.
pub(crate) fn too_many_headers() -> Problem {
    Problem::new(&HEADERS_TOO_LARGE, format!("At most {MAX_HEADER_LINES} headers are allowed."))
}
