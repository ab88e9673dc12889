//! The parameters of a request, taken one by one until none is left.

use crate::fault::Faults;

/// Named values in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// These parameters.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Whether a parameter was sent.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The names of those that are left, each as often as it was sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// All values of a parameter.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        self.0.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// The one value of a parameter that cannot be repeated; notes what is wrong with it.
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
                faults.malformed(name, "must be given once only");
                None
            }
        }
    }

    /// Every value of a parameter that can be repeated; notes those that are wrong.
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

    /// Notes the parameters that nobody took.
    pub fn refuse_rest(self, faults: &mut Faults) {
        for (name, _) in self.0 {
            let shown: String = name.chars().take(60).collect();
            faults.malformed(shown, "unknown parameter");
        }
    }

    /// The parameters without some, as pairs.
    pub fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect()
    }

    /// Tells different sets of parameters apart, whatever their order; `without` does not count.
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
