use super::*;
use actix_web::http::header::HeaderValue;
use proptest::prelude::*;

const PEER: &str = "10.0.0.1";

fn proxies(text: &str) -> TrustedProxies {
    text.to_owned().try_into().unwrap()
}

/// The client that headers of these names and values lead to, by way of [`PEER`].
fn client(lines: &[(&str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let trusted = proxies("10.0.0.0/8, 2001:db8:ff::/48, 192.0.2.200");
    trusted.resolve(PEER.parse().unwrap(), &headers).to_string()
}

fn by_forwarded(value: &str) -> String {
    client(&[("forwarded", value)])
}

fn by_x_forwarded_for(value: &str) -> String {
    client(&[("x-forwarded-for", value)])
}

#[test]
fn only_a_trusted_peer_is_believed() {
    let mut headers = HeaderMap::new();
    headers.insert(X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"));
    let resolve =
        |trusted: &str, peer: &str| proxies(trusted).resolve(peer.parse().unwrap(), &headers).to_string();
    assert_eq!(resolve("", "10.0.0.1"), "10.0.0.1");
    assert_eq!(resolve("10.0.0.2", "10.0.0.1"), "10.0.0.1");
    assert_eq!(resolve("10.0.0.1", "10.0.0.1"), "203.0.113.9");
    assert_eq!(resolve("10.0.0.0/8", "::ffff:10.0.0.1"), "203.0.113.9");
    assert_eq!(resolve("::1", "::1"), "203.0.113.9");
}

#[test]
fn the_first_untrusted_address_from_the_right_is_the_client() {
    for (value, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.2, 192.0.2.200", "203.0.113.9"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("2001:db8::7, 2001:db8:ff::1", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ] {
        assert_eq!(by_x_forwarded_for(value), expected, "{value}");
    }
    assert_eq!(
        client(&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9, 10.0.0.2")]),
        "203.0.113.9"
    );
    assert_eq!(client(&[("forwarded", "for=1.1.1.1"), ("forwarded", "for=203.0.113.9")]), "203.0.113.9");
}

#[test]
fn nodes_have_ports_quotes_and_brackets() {
    for node in
        ["203.0.113.9", "203.0.113.9:80", "\"203.0.113.9:80\"", "\"203.0.113.9:_x-1\"", "\"203.0.113\\.9\""]
    {
        assert_eq!(by_forwarded(&format!("for={node}")), "203.0.113.9", "{node}");
    }
    for node in ["\"[2001:db8::7]\"", "\"[2001:db8::7]:4711\"", "\"[2001:DB8:0::7]:_port\""] {
        assert_eq!(by_forwarded(&format!("proto=https;For={node};by=10.0.0.1")), "2001:db8::7", "{node}");
    }
    for node in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:443"] {
        assert_eq!(by_x_forwarded_for(node), "2001:db8::7", "{node}");
    }
    // Separators within quotes separate nothing.
    assert_eq!(by_forwarded("for=203.0.113.9;host=\"a,for=1.1.1.1;\\\"\", for=10.0.0.2"), "203.0.113.9");
}

#[test]
fn what_is_no_address_hides_all_to_its_left() {
    let malformed = [
        "unknown",
        "_hidden",
        "",
        "\"\"",
        "x",
        "1.2.3",
        "1.2.3.4.5",
        "300.1.1.1",
        "203.0.113.9:",
        "203.0.113.9:70000",
        "203.0.113.9:80:80",
        "[2001:db8::7",
        "2001:db8::7]",
        "[203.0.113.9]",
        "[2001:db8::7]80",
        "fe80::1%eth0",
        "203.0.113.9/8",
        "localhost",
        "\u{fc}",
    ];
    for node in malformed {
        for value in [node.to_owned(), format!("203.0.113.9, {node}")] {
            if !node.is_empty() {
                assert_eq!(by_x_forwarded_for(&value), PEER, "{value}");
            }
        }
        assert_eq!(by_x_forwarded_for(&format!("203.0.113.9, {node}, 10.0.0.2")), "10.0.0.2", "{node}");
        assert_eq!(by_forwarded(&format!("for=203.0.113.9, for={node}, for=10.0.0.2")), "10.0.0.2", "{node}");
    }
    for element in ["proto=https", "for", "for=1.1.1.1;for=2.2.2.2", "host=\"open"] {
        assert_eq!(by_forwarded(&format!("for=203.0.113.9, {element}")), PEER, "{element}");
    }
}

#[test]
fn headers_that_disagree_are_not_believed() {
    let both = |forwarded, other| client(&[("forwarded", forwarded), ("x-forwarded-for", other)]);
    assert_eq!(both("for=203.0.113.9", "203.0.113.9"), "203.0.113.9");
    assert_eq!(both("for=203.0.113.9", "1.1.1.1, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
    assert_eq!(both("for=1.1.1.1", "203.0.113.9"), PEER);
    assert_eq!(both("for=unknown", "203.0.113.9"), PEER);
}

#[test]
fn an_ipv6_network_is_one_client() {
    let network = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::"));
    assert_ne!(network("2001:db8:1:2::"), network("2001:db8:1:3::"));
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
}

#[test]
fn a_list_of_networks_is_checked() {
    assert_eq!(
        String::from(proxies(" 10.0.0.0/8,, 2001:db8::/32 ,192.0.2.1")),
        "10.0.0.0/8,2001:db8::/32,192.0.2.1/32"
    );
    for wrong in ["10.0.0.0/33", "10.0.0", "localhost", "10.0.0.1:80", "*"] {
        assert!(TrustedProxies::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

/// What a client may send in front of what a proxy adds.
fn any_beginning() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "for=1.1.1.1",
        ";",
        ",",
        "\"",
        "\\",
        "=",
        " ",
        "x",
        "by",
        "[2001:db8::9]",
        ":80",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()), "[ -~]{0,40}",]
}

proptest! {
    #[test]
    fn a_client_cannot_choose_its_address(sent in any_beginning(), quoted in any::<bool>()) {
        let added = if quoted { "for=\"203.0.113.9:80\";proto=https" } else { "for=203.0.113.9" };
        // In one line, an open quote can hide the client, but not replace it.
        let together = by_forwarded(&format!("{sent}, {added}"));
        prop_assert!(together == "203.0.113.9" || together == PEER, "{together}");
        prop_assert_eq!(client(&[("forwarded", &sent), ("forwarded", added)]), "203.0.113.9");
        prop_assert_eq!(by_x_forwarded_for(&format!("{sent}, 203.0.113.9")), "203.0.113.9");
    }
}
