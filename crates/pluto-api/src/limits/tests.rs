//! Buckets by a clock that stands where it is put.

use std::net::Ipv4Addr;

use super::*;

const RATE: Rate = Rate { burst: 3, per_s: 2 };

fn address(number: u32) -> Option<IpAddr> {
    Some(IpAddr::V4(Ipv4Addr::from(number)))
}

#[test]
fn a_burst_passes_and_then_as_much_as_the_rate_says() {
    let limits = Limits::default();
    let take = |now_ms| limits.take(RATE, "r", "p", address(1), now_ms);
    let first = take(1000);
    assert_eq!((first.is_allowed, first.left, first.reset_s, first.window_s()), (true, 2, 1, 2));
    assert!(take(1000).is_allowed && take(1000).is_allowed);
    let refused = take(1000);
    assert_eq!((refused.is_allowed, refused.left, refused.reset_s), (false, 0, 1));
    assert!(!take(1499).is_allowed);
    assert!(take(1500).is_allowed);
    // A clock that goes back gives nothing.
    assert!(!take(0).is_allowed);
    assert_eq!(take(u64::MAX).left, 2);
}

#[test]
fn route_principal_and_address_have_buckets_of_their_own() {
    let limits = Limits::default();
    let v6 = |text: &str| Some(text.parse().unwrap());
    let takers: [(&str, &str, Option<IpAddr>); 6] = [
        ("r", "p", address(1)),
        ("r", "p", address(2)),
        ("r", "q", address(1)),
        ("rp", "", address(1)),
        ("r", "p", None),
        ("r", "p", v6("2001:db8::1")),
    ];
    for (route, principal, address) in takers {
        assert_eq!(limits.take(RATE, route, principal, address, 0).left, 2, "{route} {principal}");
    }
    assert_eq!(limits.take(RATE, "r", "p", v6("2001:db8::2"), 0).left, 1, "one network");
    assert_eq!(limits.take(RATE, "r", "p", v6("::ffff:0.0.0.1"), 0).left, 1, "the same address");
}

#[test]
fn a_flood_of_addresses_is_bounded_and_shares_what_is_left() {
    let limits = Limits::default();
    for number in 0..BUCKETS_MAX as u32 {
        assert!(limits.take(RATE, "r", "", address(number), 0).is_allowed);
    }
    let allowed = (0..100)
        .filter(|number| limits.take(RATE, "r", "", address(u32::MAX - number), 0).is_allowed);
    assert_eq!(allowed.count(), RATE.burst as usize);
    assert_eq!(limits.table.lock().unwrap().buckets.len(), BUCKETS_MAX);
    assert_eq!(limits.take(RATE, "r", "", address(1), 0).left, 1, "who was here has theirs");
    // What is full again is forgotten.
    assert_eq!(limits.take(RATE, "r", "", address(u32::MAX), 10_000).left, 2);
    assert_eq!(limits.table.lock().unwrap().buckets.len(), 1);
}

#[test]
fn answers_say_what_is_left() {
    let mut headers = HeaderMap::new();
    Limits::default().take(RATE, "r", "p", None, 0).write("read", &mut headers);
    assert_eq!(headers["ratelimit-policy"], "\"read\";q=3;w=2");
    assert_eq!(headers["ratelimit"], "\"read\";r=2;t=1");
}
