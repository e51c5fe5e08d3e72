//! How a fault bends a call and its answer.

use std::{io, time::Duration};

use axum::{
    body::Body as HttpBody,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;

use super::{
    exchange::{Answer, Body, Call},
    fault::{Effect, Reply, ReplyBody},
    gate::Cut,
    server::Api,
};

/// What goes back over the wire.
pub(super) enum Outcome {
    Whole(Answer),
    /// Its headers and half of its body.
    Half(Answer),
    Nothing,
}

/// Handles a call as its fault has it.
pub(super) fn outcome<A: Api>(api: &mut A, call: &Call, effect: Option<Effect>) -> Outcome {
    let Some(effect) = effect else { return Outcome::Whole(api.answer(call)) };
    match effect {
        Effect::Answer(reply) => Outcome::Whole(replied(api, call, reply)),
        Effect::AnswerAfter(reply) => {
            api.answer(call);
            Outcome::Whole(replied(api, call, reply))
        }
        Effect::DropBefore => Outcome::Nothing,
        Effect::DropAfter => {
            api.answer(call);
            Outcome::Nothing
        }
        Effect::CutBody => Outcome::Half(api.answer(call)),
        Effect::Delay(_) => Outcome::Whole(api.answer(call)),
        Effect::Html => Outcome::Whole(Answer::text(
            StatusCode::OK,
            "text/html; charset=utf-8",
            "<!doctype html><title>Sign in</title><h1>Please sign in</h1>",
        )),
        Effect::Redirect(to) => Outcome::Whole(Answer::empty(StatusCode::FOUND).with("location", &to)),
        Effect::EmptyList => Outcome::Whole(emptied(api.answer(call))),
        Effect::TotalOff(by) => Outcome::Whole(miscounted(api.answer(call), by)),
        Effect::EditBefore(edits) => {
            for edit in &edits {
                api.edit(edit);
            }
            Outcome::Whole(api.answer(call))
        }
        Effect::EditAfter(edits) => {
            let answer = api.answer(call);
            for edit in &edits {
                api.edit(edit);
            }
            Outcome::Whole(answer)
        }
    }
}

fn replied<A: Api>(api: &mut A, call: &Call, reply: Reply) -> Answer {
    let Reply { status, body, retry_after } = reply;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = match body {
        None => api.error(status, "The sandbox was told to fail here", call.path == A::TOKEN_PATH),
        Some(ReplyBody::Json(value)) => Answer::json(status, value),
        Some(ReplyBody::Broken(text)) => Answer::text(status, "application/json", text),
        Some(ReplyBody::Text(text)) => Answer::text(status, "text/plain; charset=utf-8", text),
    };
    match retry_after {
        Some(retry_after) => answer.with("retry-after", &retry_after.text()),
        None => answer,
    }
}

/// Totals in headers: of Emporix, and of its customer service.
const TOTAL_HEADERS: [&str; 2] = ["x-total-count", "count"];

fn emptied(mut answer: Answer) -> Answer {
    match &mut answer.body {
        Body::Json(Value::Array(rows)) => rows.clear(),
        Body::Json(Value::Object(fields)) => {
            for value in fields.values_mut() {
                if let Value::Array(rows) = value {
                    rows.clear();
                }
            }
        }
        _ => {}
    }
    with_total(answer, |_| 0)
}

fn miscounted(answer: Answer, by: i64) -> Answer {
    with_total(answer, |total| total.saturating_add(by).max(0))
}

fn with_total(mut answer: Answer, change: impl Fn(i64) -> i64) -> Answer {
    for name in TOTAL_HEADERS {
        let total = answer.headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(total) = total {
            answer.headers.insert(name, HeaderValue::from(change(total)));
        }
    }
    if let Body::Json(body) = &mut answer.body {
        for place in ["/pagination/totalNumResults", "/length"] {
            if let Some(value) = body.pointer_mut(place)
                && let Some(total) = value.as_i64()
            {
                *value = change(total).into();
            }
        }
    }
    answer
}

/// The answer as it is.
pub(super) fn whole(answer: Answer) -> Response {
    let (status, headers, bytes) = answer.into_bytes();
    (status, headers, bytes).into_response()
}

/// Announces the whole body, sends half of it and cuts the connection.
pub(super) fn half(answer: Answer, cut: Cut) -> Response {
    let (status, mut headers, bytes) = answer.into_bytes();
    if bytes.is_empty() {
        cut.now();
        return status.into_response();
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
    let parts = stream::unfold(Some(half), move |next| {
        let cut = cut.clone();
        async move {
            if let Some(half) = next {
                return Some((Ok::<_, io::Error>(half), None));
            }
            // Long enough for the first half to leave the buffers of the server.
            tokio::time::sleep(Duration::from_millis(20)).await;
            cut.now();
            Some((Err(io::ErrorKind::ConnectionReset.into()), None))
        }
    });
    (status, headers, HttpBody::from_stream(parts)).into_response()
}
