//! What is sent through a gate, and what is not once it is closed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Closed, Gate};
use crate::providers::Connection;
use crate::providers::testing::{connection, get, http_test, session};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/things")).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn nothing_is_sent_through_a_gate_that_is_closed_and_reads_go_on() {
    http_test(async {
        let server = answering(ResponseTemplate::new(200).set_body_string("[1]")).await;
        let (session, gate) = (session(&server.uri(), &connection()), Gate::default());
        session.send(&get(), Some(&gate)).await.unwrap();
        gate.close(Closed::Suspended);
        gate.close(Closed::Gone);
        for _ in 0..6 {
            let fault = session.send(&get(), Some(&gate)).await.unwrap_err();
            assert_eq!((fault.detail.as_str(), fault.sent), ("the provider was suspended meanwhile", false));
        }
        assert_eq!(session.requests(), 1);
        session.json::<Vec<u8>>(&get()).await.unwrap();
        session.send(&get(), None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_wait_before_another_try_ends_and_what_was_sent_is_not_called_unsent() {
    http_test(async {
        let server = answering(ResponseTemplate::new(503).insert_header("Retry-After", "900")).await;
        let connection = Connection { retry_budget: Duration::from_mins(20), ..connection() };
        let (session, gate) = (Arc::new(session(&server.uri(), &connection)), Arc::new(Gate::default()));
        let sent = {
            let (session, gate) = (Arc::clone(&session), Arc::clone(&gate));
            tokio::spawn(async move { session.send(&get(), Some(&gate)).await })
        };
        while server.received_requests().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        gate.close(Closed::DryRun);
        let fault = timeout(Duration::from_mins(1), sent).await.unwrap().unwrap().unwrap_err();
        assert_eq!((fault.detail.as_str(), fault.sent), ("a dry run was configured meanwhile", true));
        assert_eq!(session.requests(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_its_turn_is_not_sent_after_it() {
    http_test(async {
        let server = answering(ResponseTemplate::new(200)).await;
        let connection = Connection { requests_per_second: Some(0.1), ..connection() };
        let (session, gate) = (session(&server.uri(), &connection), Gate::default());
        session.send(&get(), Some(&gate)).await.unwrap();
        let asked = get();
        let late = session.send(&asked, Some(&gate));
        let (late, ()) = futures_util::future::join(late, async { gate.close(Closed::Observed) }).await;
        assert!(!late.unwrap_err().sent);
        assert_eq!(session.requests(), 1);
    })
    .await;
}
