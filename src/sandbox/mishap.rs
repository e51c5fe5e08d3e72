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
    diary::Diary,
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
    /// Its body in two halves, so far apart.
    Slow(Answer, Duration),
    Nothing,
}

/// Handles a call as its fault has it.
pub(super) fn outcome<A: Api>(
    api: &mut A,
    call: &Call,
    effect: Option<Effect>,
    diary: &mut Diary,
) -> Outcome {
    let Some(effect) = effect else { return Outcome::Whole(diary.carry_out(api, call)) };
    match effect {
        Effect::Answer(reply) => Outcome::Whole(replied(api, call, reply)),
        Effect::AnswerAfter(reply) => {
            diary.carry_out(api, call);
            Outcome::Whole(replied(api, call, reply))
        }
        Effect::DropBefore => Outcome::Nothing,
        Effect::DropAfter => {
            diary.carry_out(api, call);
            Outcome::Nothing
        }
        Effect::SlowBody(wait) => Outcome::Slow(diary.carry_out(api, call), wait),
        Effect::BadCompression => Outcome::Whole(garbled(diary.carry_out(api, call))),
        Effect::RowsLost(rows) => Outcome::Whole(shortened(diary.carry_out(api, call), rows)),
        Effect::CutBody => Outcome::Half(diary.carry_out(api, call)),
        Effect::Delay(_) | Effect::Held(_) | Effect::Late(_) => Outcome::Whole(diary.carry_out(api, call)),
        Effect::Html => Outcome::Whole(Answer::text(
            StatusCode::OK,
            "text/html; charset=utf-8",
            "<!doctype html><title>Sign in</title><h1>Please sign in</h1>",
        )),
        Effect::Redirect(to) => Outcome::Whole(Answer::empty(StatusCode::FOUND).with("location", &to)),
        Effect::EmptyList => Outcome::Whole(emptied(diary.carry_out(api, call))),
        Effect::TotalOff(by) => Outcome::Whole(miscounted(diary.carry_out(api, call), by)),
        Effect::EditBefore(edits) => {
            for edit in &edits {
                api.edit(edit);
            }
            Outcome::Whole(diary.carry_out(api, call))
        }
        Effect::EditAfter(edits) => {
            let answer = diary.carry_out(api, call);
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
/// Totals in bodies: of company v3, and of SolveXia.
const TOTAL_PLACES: [&str; 2] = ["/pagination/totalNumResults", "/length"];

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

/// Says that it is compressed, which it is not.
fn garbled(answer: Answer) -> Answer {
    answer.with("content-encoding", "gzip")
}

/// The last rows of a list that has a total are missing, and the total stays.
fn shortened(mut answer: Answer, rows: usize) -> Answer {
    let in_headers = TOTAL_HEADERS.iter().any(|name| answer.headers.contains_key(*name));
    let shorten = |list: &mut Vec<Value>| list.truncate(list.len().saturating_sub(rows));
    match &mut answer.body {
        Body::Json(Value::Array(list)) if in_headers => shorten(list),
        Body::Json(body) if TOTAL_PLACES.iter().any(|place| body.pointer(place).is_some()) => {
            let fields = body.as_object_mut().into_iter().flat_map(|fields| fields.values_mut());
            fields.filter_map(Value::as_array_mut).for_each(shorten);
        }
        _ => {}
    }
    answer
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
        for place in TOTAL_PLACES {
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
    let (half, _) = halves(bytes);
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

/// The whole answer, its body in two halves with a pause between them.
pub(super) fn slow(answer: Answer, wait: Duration) -> Response {
    let (status, mut headers, bytes) = answer.into_bytes();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let (first, second) = halves(bytes);
    let parts = stream::unfold((Some(first), Some(second)), move |(first, second)| async move {
        if let Some(first) = first {
            return Some((Ok::<_, io::Error>(first), (None, second)));
        }
        let second = second?;
        tokio::time::sleep(wait).await;
        Some((Ok(second), (None, None)))
    });
    (status, headers, HttpBody::from_stream(parts)).into_response()
}

fn halves(mut bytes: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let second = bytes.split_off(bytes.len() / 2);
    (bytes, second)
}
