//! Finds the known address nearest to an unknown one, for the detail of the 404.
//!
//! There are no redirects: a client may drop the body or the method of a write on a redirect, and would never learn
//! that its address is wrong.

use strsim::osa_distance;

/// Longer paths are not compared: it is expensive, and they are not typos.
const MAX_PATH: usize = 300;
/// The root of the API.
const ROOT: &str = "/api/v1";
/// The cost of matching a segment to a parameter. A literal with one or two typos is nearer.
const KEY: usize = 3;

/// The known addresses, as patterns such as `/api/v1/clusters/{key}`.
#[derive(Clone, Debug, Default)]
pub struct Addresses(Vec<String>);

impl Addresses {
    /// Adds an address, unless it ends in a wildcard.
    pub fn add(&mut self, pattern: &str) {
        if !pattern.contains(":.*") {
            self.0.push(pattern.to_owned());
        }
    }

    /// The known address nearest to a path. Corrects typos, case and slashes, prepends `/api/v1` and drops an unknown
    /// extension. If nothing matches, tries the parent path.
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
            // Among equals, the first.
            if let Some((_, nearest)) = found.min_by_key(|(cost, _)| *cost) {
                return Some(nearest);
            }
            segments.pop();
        }
        Some(ROOT.to_owned())
    }
}

/// The segments as sent, and variants that may have been meant.
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

/// Whether a segment is an API version.
fn is_version(segment: Option<&&str>) -> bool {
    let digits = segment.and_then(|segment| segment.strip_prefix(['v', 'V']));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The distance of a pattern from the segments, and the resulting address. `None` if it does not match.
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

/// The number of typos between two segments. `None` if there are too many, or the extension differs.
fn distance(known: &str, segment: &str) -> Option<usize> {
    let ((name, extension), (other_name, other_extension)) = (parts(known), parts(segment));
    if extension.is_empty() != other_extension.is_empty() {
        // A missing or extra dot.
        return Some(osa_distance(known, segment)).filter(|typos| *typos <= 1);
    }
    let (typos, typos_behind) = (osa_distance(name, other_name), osa_distance(extension, other_extension));
    (typos <= (name.len() / 4).max(1) && typos_behind <= 1).then_some(typos + typos_behind)
}

/// A name and its extension.
fn parts(segment: &str) -> (&str, &str) {
    segment.rsplit_once('.').unwrap_or((segment, ""))
}
