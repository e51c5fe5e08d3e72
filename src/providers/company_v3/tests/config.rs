//! What the configuration may say.

use super::super::config::Config;
use crate::providers::KindName;

#[test]
fn a_company_is_compared_in_lower_case() {
    let config = Config::new("2F0C7C1E-0F9E-4A4E-9F0C-3F5D1F7A9B11", None).unwrap();
    assert_eq!(config.company_id, "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11");
    assert_eq!(config.company_id, KindName::CompanyV3.canonical_id("2F0C7C1E-0F9E-4A4E-9F0C-3F5D1F7A9B11"));
    assert_eq!(config.remove_field, "userIdsToRemove");
}

#[test]
fn only_the_form_with_hyphens_is_a_company() {
    for wrong in [
        "",
        "acme",
        "..",
        "2f0c7c1e0f9e4a4e9f0c3f5d1f7a9b11",
        "{2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11}",
        "urn:uuid:2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11",
        "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b1z",
        "2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11 ",
    ] {
        let complaint = Config::new(wrong, None).unwrap_err();
        assert!(complaint.contains("is not a UUID") && complaint.contains("write it as in"), "{complaint}");
    }
}

#[test]
fn a_removal_may_have_another_field_but_never_the_one_that_adds() {
    let company = super::COMPANY;
    assert_eq!(Config::new(company, Some("userIdsToDelete")).unwrap().remove_field, "userIdsToDelete");
    for wrong in ["", "user ids", "userIds-ToRemove", "0users", "a\"b", "users.remove", "é"] {
        let complaint = Config::new(company, Some(wrong)).unwrap_err();
        assert!(complaint.contains("is not the name of a JSON field"), "{complaint}");
    }
    let complaint = Config::new(company, Some("userIdsToAdd")).unwrap_err();
    assert!(complaint.contains("every removal would add the member again"), "{complaint}");
}
