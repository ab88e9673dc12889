//! The address of a client, which may be behind trusted proxies.
//!
//! A proxy appends the address that it received a request from, so only the right end of the list is certain. It is
//! read from the right, and the first address that is not a trusted proxy is the client:
//!
//! ```text
//! X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.0.0.2      peer 10.0.0.1, trusted 10.0.0.0/8
//!                  made up      the client    a proxy
//! ```

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::ServiceRequest,
    http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network that counts as one client: an IPv4 address, or an IPv6 network of /64, which is what a single
/// subscriber gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The client of a request, as [`super::rate::wrap`] determined it.
    pub fn of(request: &HttpRequest) -> Self {
        let known = request.extensions().get::<Self>().copied();
        known.unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

/// The networks of proxies whose `Forwarded` and `X-Forwarded-For` are believed. Written as a comma-separated list of
/// CIDR networks or addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrustedProxies(Vec<IpNet>);

impl TryFrom<String> for TrustedProxies {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let network = |text: &str| {
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| format!("'{text}' is neither a CIDR network nor an address"))
        };
        text.split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl From<TrustedProxies> for String {
    fn from(proxies: TrustedProxies) -> Self {
        proxies.0.iter().map(IpNet::to_string).collect::<Vec<_>>().join(",")
    }
}

impl TrustedProxies {
    /// The client of a request.
    pub fn client(&self, request: &ServiceRequest) -> Network {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        self.resolve(peer, request.headers()).into()
    }

    /// The address of the client that `peer` forwards a request of, or of `peer` itself.
    ///
    /// If a request has both headers and they disagree, neither is believed: a proxy maintains one of them, and passes
    /// the other on as the client sent it.
    fn resolve(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let standard = nodes(headers, &FORWARDED, forwarded).map(|nodes| self.first_untrusted(peer, nodes));
        let common = nodes(headers, &X_FORWARDED_FOR, |line| {
            line.split(',').map(|node| address(node.trim())).collect()
        });
        let common = common.map(|nodes| self.first_untrusted(peer, nodes));
        match (standard, common) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => peer,
        }
    }

    /// Reads a list of addresses from the right. Stops at one that is unknown: what stands to the left of it was
    /// reported by nobody who is trusted.
    fn first_untrusted(&self, peer: IpAddr, nodes: Vec<Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer;
        for node in nodes.into_iter().rev() {
            let Some(address) = node else { break };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The nodes in all lines of a header (RFC 9110 section 5.3). `None` if it is absent. Each line is parsed on its own, so
/// that a quote that a client leaves open does not reach into the line that a proxy adds.
fn nodes(
    headers: &HeaderMap,
    name: &HeaderName,
    parse: impl Fn(&str) -> Vec<Option<IpAddr>>,
) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all(name).map(|line| String::from_utf8_lossy(line.as_bytes()));
    headers.contains_key(name).then(|| lines.flat_map(|line| parse(&line)).collect())
}

/// The addresses in `Forwarded` (RFC 7239 section 4), `None` for each that is absent, `unknown`, obfuscated, or in a
/// malformed element.
fn forwarded(line: &str) -> Vec<Option<IpAddr>> {
    let elements = split(line, ',').into_iter().filter(|element| !element.trim().is_empty());
    elements.map(|element| forwarded_for(element).and_then(|node| address(&node))).collect()
}

/// The value of `for` in an element. `None` if it is absent or occurs twice, or if the element is malformed: its
/// beginning may be by a client that left a quote open, so that its end, by a proxy, became part of it.
fn forwarded_for(element: &str) -> Option<String> {
    let mut found = None;
    for pair in split(element, ';') {
        let (name, value) = pair.split_once('=')?;
        let value = unquoted(value.trim())?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// Splits at a separator outside of quoted strings (RFC 9110 section 5.6.4).
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|character| {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return character == separator && !is_quoted,
        }
        false
    })
    .collect()
}

/// The content of a quoted string, or a text without quotes as it is. `None` if it is neither.
fn unquoted(value: &str) -> Option<String> {
    let Some(quoted) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let (mut content, mut characters) = (String::new(), quoted.chars());
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(content),
            '\\' => content.push(characters.next()?),
            character => content.push(character),
        }
    }
}

/// The address in a node (RFC 7239 section 6), with or without a port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`,
/// `[2001:db8::1]:80`, and `2001:db8::1`, which is common in `X-Forwarded-For`.
fn address(node: &str) -> Option<IpAddr> {
    let bracketed = || {
        let (address, port) = node.strip_prefix('[')?.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        address.parse::<Ipv6Addr>().ok().filter(|_| is_port).map(IpAddr::from)
    };
    let with_port = || {
        let (address, _) = node.split_once(':').filter(|(_, port)| is_port(port))?;
        address.parse::<Ipv4Addr>().ok().map(IpAddr::from)
    };
    node.parse().ok().or_else(bracketed).or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// Whether a text is a port, as a number or obfuscated (RFC 7239 section 6).
fn is_port(text: &str) -> bool {
    let is_obfuscated = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    text.parse::<u16>().is_ok() || text.strip_prefix('_').is_some_and(is_obfuscated)
}

#[cfg(test)]
mod tests;
