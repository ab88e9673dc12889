use super::*;
use actix_web::http::header::HeaderMap;
use governor::clock::FakeRelativeClock;
use std::net::IpAddr;

const QUOTA: u32 = 60;

fn network(address: &str) -> Network {
    address.parse::<IpAddr>().unwrap().into()
}

fn token(number: u8) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer {number}")).unwrap()
}

fn id(number: u8) -> Id {
    Id(uuid::Uuid::from_u128(u128::from(number)))
}

/// Limits with the same quota for addresses and tokens, and their clock.
fn rates() -> (Rates<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Rates::with_clock(QUOTA, QUOTA, clock.clone()), clock)
}

impl Standing {
    fn usage(self) -> Option<Usage> {
        match self {
            Self::Free => None,
            Self::Within(usage) | Self::OnlyWithToken(usage) | Self::Beyond(usage) => Some(usage),
        }
    }
}

#[test]
fn a_quota_may_be_used_at_once_and_is_replenished_evenly() {
    let (rates, clock) = rates();
    let one = || rates.admit(network("192.0.2.1"), None);
    for left in (0..QUOTA).rev() {
        assert_eq!(
            one().usage().map(|usage| (usage.remaining, usage.reset())),
            Some((left, u64::from(QUOTA - left)))
        );
    }
    for _ in 0..2 {
        let Standing::Beyond(usage) = one() else { panic!("beyond the quota") };
        assert_eq!((usage.remaining, usage.wait, usage.reset()), (0, Duration::from_secs(1), 60));
        let problem = usage.problem();
        assert_eq!((problem.kind.status, problem.headers[0].1.to_str().unwrap()), (429, "1"));
    }
    clock.advance(Duration::from_secs(1));
    assert!(matches!(one(), Standing::Within(_)));
    assert!(matches!(one(), Standing::Beyond(_)));
    clock.advance(Duration::from_secs(60));
    assert_eq!(one().usage().unwrap().remaining, QUOTA - 1);
}

#[test]
fn each_network_and_each_token_has_its_own_quota() {
    let (rates, _) = rates();
    rates.accept(&token(1), id(1), None);
    rates.accept(&token(2), id(2), None);
    for _ in 0..QUOTA {
        assert_eq!(rates.admit(network("2001:db8::1"), None).usage().unwrap().policy, "address");
    }
    assert!(matches!(rates.admit(network("2001:db8::2"), None), Standing::Beyond(_)), "the same /64");
    assert!(matches!(rates.admit(network("2001:db8:0:1::"), None), Standing::Within(_)));
    for _ in 1..QUOTA {
        let standing = rates.admit(network("2001:db8::1"), Some(&token(1)));
        assert!(matches!(standing, Standing::Within(Usage { policy: "token", .. })));
    }
    // A token has one quota, wherever it is used.
    assert!(matches!(rates.admit(network("192.0.2.9"), Some(&token(1))), Standing::Beyond(_)));
    assert!(matches!(rates.admit(network("192.0.2.9"), Some(&token(2))), Standing::Within(_)));
}

#[test]
fn unknown_tokens_count_for_the_network_and_valid_ones_are_answered_nevertheless() {
    let (rates, clock) = rates();
    let here = network("192.0.2.1");
    for guess in 0..QUOTA {
        assert!(matches!(rates.admit(here, Some(&token(guess.try_into().unwrap()))), Standing::Within(_)));
    }
    assert!(matches!(rates.admit(here, None), Standing::Beyond(_)));
    // As many again are verified, then none.
    for _ in 0..QUOTA {
        assert!(matches!(rates.admit(here, Some(&token(200))), Standing::OnlyWithToken(_)));
    }
    assert!(matches!(rates.admit(here, Some(&token(200))), Standing::Beyond(_)));
    let first = rates.accept(&token(200), id(200), None).and_then(Standing::usage).unwrap();
    assert_eq!((first.policy, first.remaining), ("token", QUOTA - 1));
    let second = rates.admit(here, Some(&token(200)));
    assert!(matches!(second, Standing::Within(Usage { policy: "token", .. })));
    assert_eq!(rates.accept(&token(200), id(200), Some(&second)), None, "counted already");
    // Two requests with the same unknown token at once.
    let unknown = Standing::OnlyWithToken(first);
    let third = rates.accept(&token(200), id(200), Some(&unknown)).and_then(Standing::usage).unwrap();
    assert_eq!((third.policy, third.remaining), ("token", QUOTA - 3));
    // Once it is revoked, it counts for the network.
    clock.advance(Duration::from_secs(60));
    rates.reject(&token(200), here);
    let standing = rates.admit(here, Some(&token(200))).usage().unwrap();
    assert_eq!((standing.policy, standing.remaining), ("address", QUOTA - 2));
}

#[test]
fn zero_is_no_limit() {
    let clock = FakeRelativeClock::default();
    let free = Rates::with_clock(0, 0, clock.clone());
    assert_eq!(free.quotas(), (None, None));
    assert_eq!(free.accept(&token(1), id(1), None), Some(Standing::Free));
    let tokens_only = Rates::with_clock(0, 1, clock.clone());
    tokens_only.accept(&token(1), id(1), None);
    let addresses_only = Rates::with_clock(1, 0, clock);
    addresses_only.accept(&token(1), id(1), None);
    for _ in 0..10 {
        assert_eq!(free.admit(network("192.0.2.1"), None), Standing::Free);
        assert_eq!(free.admit(network("192.0.2.1"), Some(&token(1))), Standing::Free);
        assert_eq!(tokens_only.admit(network("192.0.2.1"), None), Standing::Free);
        assert_eq!(addresses_only.admit(network("192.0.2.1"), Some(&token(1))), Standing::Free);
    }
    assert!(matches!(tokens_only.admit(network("192.0.2.1"), Some(&token(1))), Standing::Beyond(_)));
}

#[test]
fn whoever_is_gone_is_forgotten() {
    let (rates, clock) = rates();
    for number in 0..1_000_u32 {
        rates.admit(Network::from(IpAddr::from(number.to_be_bytes())), Some(&token(0)));
    }
    let kept = || rates.addresses.as_ref().unwrap().len();
    rates.sweep();
    assert_eq!(kept(), 1_000);
    clock.advance(Duration::from_secs(2));
    rates.admit(network("192.0.2.1"), None);
    rates.sweep();
    assert_eq!(kept(), 1);
}

#[test]
fn headers_are_structured_fields() {
    let policy = Policy::new(ADDRESSES, 1_200, FakeRelativeClock::default()).unwrap();
    let mut headers = HeaderMap::new();
    policy.count(&()).unwrap().write(&mut headers);
    assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"address\";q=1200;w=60");
    assert_eq!(headers.get("ratelimit").unwrap(), "\"address\";r=1199;t=1");
}
