//! The public keys that verify tokens, as a JWK Set (RFC 7517 section 5).

use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, add_answer, json_answer, named},
    problem::Problem,
    request::{body::JSON, conditions::digest, input::Input},
    respond,
    table::Table,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::Id;
use persistence::signing_keys::PublicKey;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The registered media type of JWK Sets (RFC 7517 section 8.5.2).
const JWK_SET: &str = "application/jwk-set+json";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get("/.well-known/jwks.json", read, describe);
}

/// A set of keys (RFC 7517 section 5).
#[derive(Debug, Serialize, ToSchema)]
struct JwkSet {
    /// The keys, oldest first.
    #[schema(max_items = 1000)]
    keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 7517 section 4, RFC 8037 section 2).
#[derive(Debug, Serialize, ToSchema)]
struct Jwk {
    /// Key type: octet key pair.
    #[schema(max_length = 3, example = "OKP")]
    kty: &'static str,
    /// Curve.
    #[schema(max_length = 7, example = "Ed25519")]
    crv: &'static str,
    /// Use: signatures.
    #[schema(rename = "use", max_length = 3, example = "sig")]
    r#use: &'static str,
    /// Algorithm.
    #[schema(max_length = 5, example = "EdDSA")]
    alg: &'static str,
    /// Id of the key, as in the header of tokens.
    #[schema(value_type = String, format = "uuid", example = "5f0c6a1e-8a3c-8c0e-9a53-0c1d6d0f3a55")]
    kid: Id,
    /// The public key, in base64url.
    #[schema(max_length = 43, example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

impl From<PublicKey> for Jwk {
    fn from(PublicKey { id, bytes }: PublicKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(bytes);
        Self { kty: "OKP", crv: "Ed25519", r#use: "sig", alg: "EdDSA", kid: id, x }
    }
}

/// Returns the keys that are not retired.
///
/// # Errors
/// 400 for any parameter, 406 for formats other than JSON.
async fn read(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let content_type = [JSON, JWK_SET][input.choose_media_type(&[JSON, JWK_SET])?];
    let validated = input.finish()?;
    let keys = app
        .run(|store| {
            let now = store.now();
            Ok(store.keys()?.into_iter().filter(move |key| !key.is_retired(now)).map(|key| key.key.into()))
        })
        .await?;
    let body = serde_json::to_vec(&JwkSet { keys: keys.collect() }).map_err(Problem::internal)?;
    let tag = digest(&body);
    let mut response = respond::tagged(validated, &caller, content_type, &tag, None, body);
    if let Caller::Anonymous = caller {
        // Retired keys verify nothing here, whoever still has them; verifiers elsewhere learn of it within a minute.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    }
    Ok(response)
}

fn describe() -> Operation {
    let example = example();
    let mut answer = json_answer("The keys.", named("JwkSet"), &["ETag", "Cache-Control", "X-Request-Id"]);
    answer["content"][JWK_SET] = json!({ "schema": named("JwkSet") });
    Operation::new("service", "jwks", "Get the keys that verify tokens")
        .description("Returns the public keys of all instances that are not retired, as a JWK Set (RFC 7517, RFC 8037). Tokens name their key as `kid`.")
        .schemas(|schemas| {
            add_answer::<Jwk>(schemas, &example["keys"][0]);
            add_answer::<JwkSet>(schemas, &example);
        })
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

fn example() -> Value {
    json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "5f0c6a1e-8a3c-8c0e-9a53-0c1d6d0f3a55",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    }] })
}
