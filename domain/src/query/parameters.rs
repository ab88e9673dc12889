//! Query parameters. Readers take them one by one, and what is left is rejected.

use crate::fault::Faults;

/// Names and values in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Creates a set of parameters.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Adds a parameter.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Replaces the values of a parameter by parts of them.
    pub fn replace(&mut self, name: &str, part: impl Fn(&str) -> &str) {
        for (_, value) in self.0.iter_mut().filter(|(key, _)| key == name) {
            *value = part(value).to_owned();
        }
    }

    /// Whether a parameter is present.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The names of the remaining parameters, including duplicates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The remaining names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Removes a parameter and returns all its values.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        self.0.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// Takes a parameter that must not be repeated. Records a fault if it is invalid.
    pub fn one<T>(
        &mut self,
        name: &str,
        faults: &mut Faults,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let values = self.take(name);
        match values.as_slice() {
            [] => None,
            [value] => read(value).map_err(|fault| faults.malformed(name, fault)).ok(),
            _ => {
                faults.malformed(name, "must not be repeated");
                None
            }
        }
    }

    /// Takes a parameter that may be repeated. Records a fault for each invalid value.
    pub fn many<T>(
        &mut self,
        name: &str,
        faults: &mut Faults,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut result = Vec::new();
        for value in self.take(name) {
            match read(&value) {
                Ok(value) => result.push(value),
                Err(fault) => faults.malformed(name, fault),
            }
        }
        result
    }

    /// Records a fault for each parameter that was not taken.
    pub fn refuse_rest(self, faults: &mut Faults) {
        for (name, _) in self.0 {
            let shown: String = name.chars().take(60).collect();
            faults.malformed(shown, "unknown parameter");
        }
    }

    /// The remaining parameters, except those in `names`.
    pub fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect()
    }

    /// A hash of the parameters, independent of their order. Parameters in `without` are left out.
    pub fn fingerprint(&self, space: &str, without: &[&str]) -> [u8; 8] {
        let mut pairs = self.without(without);
        pairs.sort();
        let mut hasher = blake3::Hasher::new();
        hasher.update(space.as_bytes());
        for (name, value) in &pairs {
            for part in [name, value] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
            }
        }
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        fingerprint
    }
}
