//! The tenant.

use crate::providers::emporix::config::Config;

#[test]
fn takes_the_tenants_that_emporix_has() {
    for tenant in ["abc", "acme", "a12", "abcdefghijklmnop"] {
        assert_eq!(Config::new(tenant).map(|config| config.tenant), Ok(tenant.to_owned()));
    }
}

#[test]
fn refuses_what_cannot_be_a_tenant_and_says_what_can() {
    for tenant in ["", "ab", "Acme", "1acme", "ac-me", "acme/x", "äcme", "abcdefghijklmnopq", "acme\n"] {
        let why = Config::new(tenant).unwrap_err();
        assert!(why.contains("3 to 16 lower-case letters and digits"), "{why}");
        assert!(!why.contains('\n'), "{why}");
    }
}
