//! The public keys of the provider (RFC 7517), and what each may verify.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::text::quoted;
use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
    },
};
use serde::Deserialize;
use serde_json::Value;
use std::ops::RangeInclusive;

/// The sizes of RSA keys, in bits. Smaller ones are unsafe (RFC 7518 section 3.3), and the library reads no larger ones.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;

/// The keys that can verify tokens.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

/// A key, and the algorithms that it may be used with.
#[derive(Debug)]
struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    decoding_key: DecodingKey,
}

/// The key for a token.
#[derive(Debug)]
pub(super) enum Lookup<'a> {
    /// The key, which may be used with the algorithm of the token.
    Found(&'a DecodingKey),
    /// The key may not be used with the algorithm of the token.
    Forbidden,
    /// There is no such key. The provider may have a new one.
    Unknown,
}

impl KeySet {
    /// Reads a JWK Set. Ignores keys of other kinds, as RFC 7517 section 5 recommends, and weak ones.
    ///
    /// # Errors
    /// If it is not a JWK Set, or if it has no key that can verify tokens.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(json).map_err(|_| "not a JWK Set".to_owned())?;
        let keys: Vec<Key> = set.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err("no key in it can verify tokens (RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519)"
                .to_owned());
        }
        Ok(Self(keys))
    }

    /// The ids of the keys, for the log.
    pub(super) fn names(&self) -> String {
        let names = self.0.iter().map(|key| key.kid.as_deref().unwrap_or("(without an id)"));
        quoted(&names.collect::<Vec<_>>().join(", "), 1000).into_owned()
    }

    /// Finds the key for a token. A token that names none is verified with the only one that there is (OpenID Connect
    /// Core 1.0 section 10.1).
    pub(super) fn find(&self, header: &Header) -> Lookup<'_> {
        let is_named = |key: &&Key| match &header.kid {
            Some(kid) => key.kid.as_ref() == Some(kid),
            None => self.0.len() == 1,
        };
        // A kid may name several keys of different types (RFC 7517 section 4.5).
        let mut named = self.0.iter().filter(is_named).peekable();
        if named.peek().is_none() && header.kid.is_some() {
            return Lookup::Unknown;
        }
        let key = named.find(|key| key.algorithms.contains(&header.alg));
        key.map_or(Lookup::Forbidden, |key| Lookup::Found(&key.decoding_key))
    }
}

impl Key {
    fn read(json: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        let mut algorithms = algorithms(&jwk.algorithm);
        algorithms.retain(|algorithm| is_for(&jwk.common, *algorithm));
        let decoding_key = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then_some(Self { kid: jwk.common.key_id, algorithms, decoding_key })
    }
}

/// The algorithms of a type of key (RFC 7518 section 3.1, RFC 8037 section 3.1). Those that sign with a shared secret
/// are not among them: whoever knows a public key could sign.
fn algorithms(parameters: &AlgorithmParameters) -> Vec<Algorithm> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match parameters {
        AlgorithmParameters::RSA(key) if RSA_BITS.contains(&bits(&key.n)) => {
            vec![RS256, RS384, RS512, PS256, PS384, PS512]
        }
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![ES256],
            EllipticCurve::P384 => vec![ES384],
            _ => vec![],
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![EdDSA],
        _ => vec![],
    }
}

/// Whether the key may verify signatures of an algorithm (RFC 7517 sections 4.2 to 4.4).
fn is_for(common: &CommonParameters, algorithm: Algorithm) -> bool {
    common.key_algorithm.is_none_or(|only| only == KeyAlgorithm::from(algorithm))
        && common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|allowed| allowed.contains(&KeyOperations::Verify))
}

/// The length of a number in bits. 0 if it is not Base64urlUInt (RFC 7518 section 2).
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(leading).map_or(0, |first| 8 * (bytes.len() - leading) - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_have_a_length() {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for (bytes, expected) in [
            (vec![], 0),
            (vec![0], 0),
            (vec![1], 1),
            (vec![0, 0, 0x80, 0], 16),
            (vec![0xff; 256], 2048),
            ([vec![0x7f], vec![0xff; 255]].concat(), 2047),
        ] {
            assert_eq!(bits(&encode(&bytes)), expected);
        }
        assert_eq!(bits("not base64"), 0);
    }

    /// The algorithms of the key in a set of one.
    fn algorithms_of(key: &Value) -> Vec<Algorithm> {
        let set = KeySet::read(json!({ "keys": [key] }).to_string().as_bytes());
        set.map(|mut set| set.0.remove(0).algorithms).unwrap_or_default()
    }

    #[test]
    fn a_key_verifies_what_its_type_and_purpose_allow() {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let rsa = |bits: usize| json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xff; bits / 8]), "e": "AQAB" });
        let curve = |name: &str| json!({ "kty": "EC", "crv": name, "x": "AQ", "y": "AQ" });
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQ" });
        let all = vec![RS256, RS384, RS512, PS256, PS384, PS512];
        let with = |key: &Value, name: &str, value: Value| {
            let mut key = key.clone();
            key[name] = value;
            key
        };
        for (key, expected) in [
            (rsa(2048), all.clone()),
            (rsa(4096), all.clone()),
            (rsa(1024), vec![]),
            (rsa(2040), vec![]),
            (rsa(4104), vec![]),
            (curve("P-256"), vec![ES256]),
            (curve("P-384"), vec![ES384]),
            (curve("P-521"), vec![]),
            (curve("secp256k1"), vec![]),
            (curve("Ed25519"), vec![]),
            (ed25519.clone(), vec![EdDSA]),
            (json!({ "kty": "OKP", "crv": "X25519", "x": "AQ" }), vec![]),
            (json!({ "kty": "OKP", "crv": "P-256", "x": "AQ" }), vec![]),
            (json!({ "kty": "oct", "k": "AQ" }), vec![]),
            (json!({ "kty": "oct", "k": "AQ", "alg": "HS256" }), vec![]),
            (json!({}), vec![]),
            (with(&rsa(2048), "alg", json!("PS384")), vec![PS384]),
            (with(&rsa(2048), "alg", json!("ES256")), vec![]),
            (with(&rsa(2048), "alg", json!("HS256")), vec![]),
            (with(&rsa(2048), "alg", json!("RSA-OAEP")), vec![]),
            (with(&rsa(2048), "alg", json!("none")), vec![]),
            (with(&rsa(2048), "use", json!("sig")), all),
            (with(&rsa(2048), "use", json!("enc")), vec![]),
            (with(&rsa(2048), "use", json!("other")), vec![]),
            (with(&ed25519, "key_ops", json!(["verify"])), vec![EdDSA]),
            (with(&ed25519, "key_ops", json!(["encrypt", "wrapKey"])), vec![]),
            (with(&ed25519, "key_ops", json!([])), vec![]),
        ] {
            assert_eq!(algorithms_of(&key), expected, "{key}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_ignored() {
        let set = json!({ "keys": [
            17,
            { "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQ", "kid": "a" },
            { "kty": "RSA", "kid": "b" },
            { "kty": "OKP", "crv": "Ed25519", "x": "AQ", "kid": "c" }
        ] });
        let set = KeySet::read(set.to_string().as_bytes()).unwrap();
        assert_eq!(set.0.iter().map(|key| key.kid.as_deref()).collect::<Vec<_>>(), [Some("c")]);
        for broken in ["", "[]", "{}", r#"{"keys": {}}"#, r#"{"keys": []}"#, r#"{"keys": [{"kty": "RSA"}]}"#]
        {
            assert!(KeySet::read(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_token_without_a_key_id_is_verified_with_the_only_key() {
        let key = |kid: &str| json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQ", "kid": kid });
        let set = |keys: &[Value]| KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        let (one, two) = (set(&[key("a")]), set(&[key("a"), key("b")]));
        let header =
            |kid: Option<&str>| Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        assert!(matches!(one.find(&header(None)), Lookup::Found(_)));
        assert!(matches!(two.find(&header(None)), Lookup::Forbidden));
        assert!(matches!(two.find(&header(Some("b"))), Lookup::Found(_)));
        assert!(matches!(two.find(&header(Some("c"))), Lookup::Unknown));
    }
}
