//! Who is answered.

use super::{HeaderValue, is_address};

#[test]
fn addresses_are_answered_and_names_are_not() {
    let known = |host: &str| is_address(&HeaderValue::from_str(host).unwrap());
    for host in
        ["127.0.0.1:9464", "127.0.0.1", "10.0.0.7:80", "[::1]:9464", "[::1]", "localhost", "LOCALHOST:9464"]
    {
        assert!(known(host), "{host}");
    }
    for host in
        ["rosterd", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil.example", "", "a:b"]
    {
        assert!(!known(host), "{host:?}");
    }
}
