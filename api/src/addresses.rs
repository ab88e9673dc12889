//! The nearest known address to one that does not exist, for the detail of its 404.
//!
//! Nothing is redirected: a client may drop the body or the method of a write on its way, and would never learn that
//! its address is wrong.

use strsim::osa_distance;

/// Longer paths are compared with nothing: they cost too much, and are no typing error.
const MAX_PATH: usize = 300;
/// Where everything begins.
const ROOT: &str = "/api/v1";
/// What it costs to take a segment for the key of a record: a literal with one typo or two is nearer.
const KEY: usize = 3;

/// The known addresses, as patterns such as `/api/v1/clusters/{key}`.
#[derive(Clone, Debug, Default)]
pub struct Addresses(Vec<String>);

impl Addresses {
    /// Adds an address; those whose end may be anything have no neighbours.
    pub fn add(&mut self, pattern: &str) {
        if !pattern.contains(":.*") {
            self.0.push(pattern.to_owned());
        }
    }

    /// The nearest address to a path: with typos, case and slashes put right, `/api/v1` in front, an unknown extension
    /// dropped; where there is none, that of what lies above.
    pub fn nearest(&self, path: &str) -> Option<String> {
        if path.len() > MAX_PATH {
            return None;
        }
        let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        while !segments.is_empty() {
            let spellings = spellings(&segments);
            let found = spellings.iter().enumerate().flat_map(|(changes, spelling)| {
                self.0.iter().filter_map(move |pattern| fit(pattern, spelling, changes))
            });
            // The first of those that are equally near.
            if let Some((_, nearest)) = found.min_by_key(|(cost, _)| *cost) {
                return Some(nearest);
            }
            segments.pop();
        }
        Some(ROOT.to_owned())
    }
}

/// The segments as they are, and as they may have been meant.
fn spellings<'a>(segments: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut spellings = vec![segments.to_vec()];
    let behind = match segments {
        ["api", rest @ ..] | rest if is_version(rest.first()) => &rest[1..],
        ["api", rest @ ..] | rest => rest,
    };
    spellings.push(["api", "v1"].iter().chain(behind).copied().collect());
    for index in 0..spellings.len() {
        let mut bare = spellings[index].clone();
        if let Some(last) = bare.last_mut().filter(|last| last.contains('.')) {
            *last = parts(last).0;
            spellings.push(bare);
        }
    }
    spellings
}

/// Whether a segment is the number of a version of the API.
fn is_version(segment: Option<&&str>) -> bool {
    let digits = segment.and_then(|segment| segment.strip_prefix(['v', 'V']));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How far a pattern is from segments, and the address that it makes of them; `None` when it is another.
fn fit(pattern: &str, segments: &[&str], changes: usize) -> Option<(usize, String)> {
    let known: Vec<&str> = pattern.split('/').filter(|segment| !segment.is_empty()).collect();
    if known.is_empty() || known.len() != segments.len() {
        return None;
    }
    let (mut cost, mut address) = (changes, String::new());
    for (known, segment) in known.iter().zip(segments) {
        address.push('/');
        if known.contains('{') {
            cost += KEY;
            address.push_str(segment);
        } else {
            cost += distance(known, &segment.to_lowercase())?;
            address.push_str(known);
        }
    }
    Some((cost, address))
}

/// How many typos lie between two segments; `None` when there are too many, or another extension.
fn distance(known: &str, segment: &str) -> Option<usize> {
    let ((name, extension), (other_name, other_extension)) = (parts(known), parts(segment));
    if extension.is_empty() != other_extension.is_empty() {
        // The dot was forgotten, or typed too much.
        return Some(osa_distance(known, segment)).filter(|typos| *typos <= 1);
    }
    let (typos, typos_behind) = (osa_distance(name, other_name), osa_distance(extension, other_extension));
    (typos <= (name.len() / 4).max(1) && typos_behind <= 1).then_some(typos + typos_behind)
}

/// A name and its extension.
fn parts(segment: &str) -> (&str, &str) {
    segment.rsplit_once('.').unwrap_or((segment, ""))
}
