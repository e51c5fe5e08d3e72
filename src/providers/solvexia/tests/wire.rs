use proptest::prelude::*;
use reqwest::StatusCode;

use super::super::wire::explain;

#[test]
fn error_bodies_are_read_however_they_look() {
    let cases: [(u16, &str, &str); 10] = [
        (400, r#"{"message": " No. ", "supportId": "5b0f"}"#, "No. (support id 5b0f)"),
        (400, r#"{"message": "No.", "supportId": 17}"#, "No. (support id 17)"),
        (400, r#"{"message": "No.", "supportId": null}"#, "No."),
        (403, r#"{"message": {"text": "No."}, "supportId": "5b0f"}"#, "Forbidden (support id 5b0f)"),
        (400, r#"{"error": "invalid_scope"}"#, "invalid_scope"),
        (400, r#"{"error": "invalid_scope", "error_description": "no"}"#, "invalid_scope: no"),
        (404, r#"{"supportId": "5b0f"}"#, "Not Found (support id 5b0f)"),
        (404, "<html>", "there is no such address; is base_url right?"),
        (502, "<html>", "Bad Gateway"),
        (599, "", "no explanation"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(explain(StatusCode::from_u16(status).unwrap(), body.as_bytes()), expected);
    }
}

proptest! {
    #[test]
    fn no_error_body_breaks_anything(status in 400..600_u16, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let words = explain(StatusCode::from_u16(status).unwrap(), &body);
        prop_assert!(!words.is_empty());
    }
}
