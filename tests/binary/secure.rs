//! HTTPS, as an operator sets it up.

use super::{Served, fail, program, succeed};
use crate::harness::{Credentials, Database, Http2, on_both};
use api::tls::Files;
use std::{fs, process::Stdio, time::Duration};

on_both! {
    https_begins_all_links_and_stops_gracefully
    check_tells_what_is_wrong_with_certificate_and_key
}

/// The options of a server with these files.
fn variables(files: &Files) -> [(&'static str, &str); 2] {
    let [certificate, key] = [&files.certificate, &files.key].map(|path| path.to_str().unwrap());
    [("CLUSTERPORTAL_TLS_CERT", certificate), ("CLUSTERPORTAL_TLS_KEY", key)]
}

fn https_begins_all_links_and_stops_gracefully(database: Database) {
    let (credentials, certificate) = Credentials::issue();
    let mut served = Served::start_with(&database, &variables(&credentials.files));
    let base = format!("https://{}", served.address);
    let said = served.rest_line();
    assert!(said.contains(&format!("the API is at {base}/api/v1")), "{said}");
    let client = Http2::connect(served.address, &certificate).unwrap();
    let landing = String::from_utf8(client.get("/api/v1").body).unwrap();
    assert!(landing.contains(&format!("{base}/openapi.json")), "{landing}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| client.get("/api/v1/changes?since=now&wait=60"));
        std::thread::sleep(Duration::from_millis(500));
        served.terminate();
        assert_eq!(waiting.join().unwrap().status, 200, "what was accepted is answered");
    });
    let (status, log) = served.wait();
    assert!(status.success() && !log.contains(" WARN ") && !log.contains(" ERROR "), "{log}");
}

fn check_tells_what_is_wrong_with_certificate_and_key(database: Database) {
    succeed(&database, &["migrate"]);
    let (credentials, _) = Credentials::issue();
    let Files { certificate, key } = &credentials.files;
    let good = [certificate, key].map(|path| fs::read(path).unwrap());
    let (other, _) = Credentials::issue();
    let other_key = fs::read(&other.files.key).unwrap();
    let check = || {
        let mut command = program(&database, &["check"]);
        command.envs(variables(&credentials.files)).stdin(Stdio::null());
        let output = command.output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(out.contains("is reachable"), "the rest is told, too: {out}");
        (output.status.success(), format!("{out}{err}"))
    };
    let (is_good, said) = check();
    assert!(is_good && said.contains("the TLS certificate is valid until 4000-01-01"), "{said}");
    let [good_certificate, good_key] = good.each_ref().map(Vec::as_slice);
    let faults: [(&[u8], &[u8], &str); 6] = [
        (b"", good_key, "there is no certificate in"),
        (good_key, good_key, "there is no certificate in"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good_key, "is malformed"),
        (good_certificate, b"", "there is no private key in"),
        (good_certificate, good_certificate, "there is no private key in"),
        (good_certificate, &other_key, "is not that of the certificate"),
    ];
    let serve = || {
        let mut command = program(&database, &["serve", "--listen", "127.0.0.1:0"]);
        command.envs(variables(&credentials.files));
        fail(&mut command)
    };
    for (bytes_of_certificate, bytes_of_key, fault) in faults {
        fs::write(certificate, bytes_of_certificate).unwrap();
        fs::write(key, bytes_of_key).unwrap();
        let (is_good, said) = check();
        assert!(!is_good && said.contains(fault), "{fault}: {said}");
        assert!(serve().contains(fault));
    }
    credentials.renew(2025);
    let (is_good, said) = check();
    assert!(!is_good && said.contains("the TLS certificate expired at 2025-01-01"), "{said}");
    fs::remove_file(key).unwrap();
    let (is_good, said) = check();
    assert!(!is_good && said.contains("cannot read") && said.contains("key.pem"), "{said}");
    for [(name, value), _] in [variables(&credentials.files), {
        let [a, b] = variables(&credentials.files);
        [b, a]
    }] {
        let mut command = program(&database, &["check"]);
        let said = fail(command.env(name, value));
        assert!(said.contains("is set, but tls_"), "{said}");
    }
}
