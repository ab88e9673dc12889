//! The settings of an identity provider.

use super::{fail, program};
use crate::harness::{Database, IdentityProvider, PUBLIC_URL, Reply, SigningKey, on_both};
use jsonwebtoken::Algorithm;
use std::process::Command;

on_both! {
    check_tells_whether_the_keys_of_the_provider_can_be_loaded
    settings_of_a_provider_that_cannot_work_keep_the_server_from_starting
}

fn with(database: &Database, settings: &[(&str, &str)]) -> Command {
    let mut command = program(database, &["check"]);
    command.envs(settings.iter().map(|(name, value)| (format!("CLUSTERPORTAL_OIDC_{name}"), value)));
    command
}

fn check_tells_whether_the_keys_of_the_provider_can_be_loaded(database: Database) {
    let provider = IdentityProvider::start(&[&SigningKey::new("first", Algorithm::ES256)]);
    let check = || {
        let output =
            with(&database, &[("ISSUER", &provider.issuer()), ("AUDIENCE", "portal")]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let said = check();
    assert!(said.contains(&format!("oidc_issuer = \"{}\"\n", provider.issuer())), "{said}");
    assert!(said.contains("keys of the identity provider: first\n"), "{said}");
    provider.reply_to_metadata(Reply::Nothing);
    let said = check();
    assert!(said.contains("warning: cannot load the keys of the identity provider: http://"), "{said}");
    let without = String::from_utf8(with(&database, &[]).output().unwrap().stdout).unwrap();
    assert!(!without.contains("identity provider"), "{without}");
}

fn settings_of_a_provider_that_cannot_work_keep_the_server_from_starting(database: Database) {
    let issuer = ("ISSUER", "https://login.example.org");
    let audience = ("AUDIENCE", "portal");
    for (settings, faulty) in [
        (vec![issuer], "CLUSTERPORTAL_OIDC_AUDIENCE is missing"),
        (vec![issuer, ("AUDIENCE", "")], "CLUSTERPORTAL_OIDC_AUDIENCE must be"),
        (vec![audience], "CLUSTERPORTAL_OIDC_ISSUER is missing"),
        (vec![("JWKS_URL", "https://login.example.org/keys")], "CLUSTERPORTAL_OIDC_ISSUER is missing"),
        (vec![("ISSUER", PUBLIC_URL), audience], "CLUSTERPORTAL_OIDC_ISSUER must be"),
        (vec![("ISSUER", "http://login.example.org"), audience], "CLUSTERPORTAL_OIDC_ISSUER must be"),
        (vec![("ISSUER", "https://login.example.org?a=b"), audience], "CLUSTERPORTAL_OIDC_ISSUER must be"),
        (vec![issuer, audience, ("JWKS_URL", "http://login.example.org/keys")], "OIDC_JWKS_URL must be"),
        (vec![issuer, audience, ("ROLE_CLAIM", "role")], "OIDC_ROLE_CLAIM must be a JSON Pointer"),
        (vec![issuer, audience, ("CHAMBER_CLAIM", "")], "OIDC_CHAMBER_CLAIM must be a JSON Pointer"),
        (
            vec![issuer, audience, ("ORGANISATION_CLAIM", "/~")],
            "OIDC_ORGANISATION_CLAIM must be a JSON Pointer",
        ),
    ] {
        let said = fail(&mut with(&database, &settings));
        assert!(said.contains(faulty), "{settings:?}: {said}");
    }
}
