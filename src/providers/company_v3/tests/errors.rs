//! What the provider says when it says no.

use serde_json::json;

use super::super::wire;

fn explained(body: &serde_json::Value) -> Option<String> {
    wire::explain(body.to_string().as_bytes(), &["not-a-real-secret"])
}

#[test]
fn the_envelope_gives_message_detail_code_parameters_and_debug_id() {
    let body = json!({
        "debugIdentifier": "https://debug.example.invalid/r/3f2a91",
        "errorMessages": [{
            "errorCode": "API_VALIDATION_FAILED",
            "message": "Example text.",
            "errorParameters": [{ "name": "pagination", "value": "missing" }],
            "errorDetail": "Example detail.",
        }],
    });
    assert_eq!(
        explained(&body).unwrap(),
        "Example text. Example detail. (API_VALIDATION_FAILED) [pagination: missing], \
         debug id https://debug.example.invalid/r/3f2a91"
    );
}

#[test]
fn every_part_may_be_missing() {
    assert_eq!(explained(&json!({ "errorCode": "TOO_MANY_REQUESTS" })).unwrap(), "TOO_MANY_REQUESTS");
    assert_eq!(explained(&json!({ "debugIdentifier": "d-1" })).unwrap(), "debug id d-1");
    let oauth = json!({ "error": "invalid_client", "error_description": "Unknown client." });
    assert_eq!(explained(&oauth).unwrap(), "Unknown client. (invalid_client)");
    let odd = json!({ "errorMessages": [7, {}, { "message": "Third." }], "debugIdentifier": 9 });
    assert_eq!(explained(&odd).unwrap(), "Third.");
    for nothing in
        [json!({}), json!([]), json!("no"), json!({ "errorMessages": "no" }), json!({ "message": " " })]
    {
        assert_eq!(explained(&nothing), None, "{nothing}");
    }
    for no_json in [&b"<html>Bad gateway</html>"[..], b"", b"\xff\xfe", b"{"] {
        assert_eq!(wire::explain(no_json, &[]), None);
    }
}

#[test]
fn a_long_message_comes_whole_so_that_secrets_in_it_can_be_struck_out() {
    let long = "ä".repeat(5000);
    let text = explained(&json!({ "message": long, "debugIdentifier": "d-1" })).unwrap();
    assert_eq!(text, format!("{long}, debug id d-1"));
}

#[test]
fn more_messages_than_three_are_counted() {
    let messages: Vec<_> = (0..5).map(|number| json!({ "message": format!("m{number}") })).collect();
    assert_eq!(explained(&json!({ "errorMessages": messages })).unwrap(), "m0; m1; m2; and 2 more");
}

#[test]
fn a_secret_that_comes_back_is_struck_out() {
    let text = format!("{} not-a-real-secret is wrong", "x".repeat(390));
    let text = explained(&json!({ "message": text, "debugIdentifier": "not-a-real-secret" })).unwrap();
    assert!(!text.contains("not-a"), "{text}");
    assert!(text.ends_with("debug id (secret)"), "{text}");
}
