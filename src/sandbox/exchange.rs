//! One call and its answer, away from the network: what the three APIs are written against.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A call as it came in.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) method: Method,
    /// As sent, still percent-encoded.
    pub(super) path: String,
    /// Decoded one by one, so that an encoded slash stays inside its segment. A trailing slash leaves no
    /// empty segment: many routers do the same, which is how an empty id can empty a whole group.
    pub(super) segments: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// Takes a request apart; an error is a sentence for a 400.
    pub(super) fn new(
        method: Method,
        path: &str,
        query: Option<&str>,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Call, String> {
        let mut segments = Vec::new();
        for segment in path.trim_matches('/').split('/') {
            let decoded = percent_decode_str(segment).decode_utf8();
            segments.push(decoded.map_err(|_| "the path is no UTF-8".to_owned())?.into_owned());
        }
        let mut pairs = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if pairs.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(format!("query parameter '{name}' is given twice"));
            }
        }
        Ok(Call { method, path: path.to_owned(), segments, query: pairs, headers, body })
    }

    /// The segments, for matching.
    pub(super) fn route(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer <token>`.
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }

    /// Whether the body is declared to be of this media type; parameters such as a charset are free.
    pub(super) fn is_of_type(&self, media_type: &str) -> bool {
        let declared = self.header("content-type").unwrap_or_default();
        declared.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }

    /// The body as JSON, or a sentence for a 400.
    pub(super) fn json(&self) -> Result<Value, String> {
        if !self.is_of_type("application/json") {
            return Err("Content-Type must be application/json".to_owned());
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("the body is no JSON: {error}"))
    }

    /// The body as a form, or a sentence for a 400.
    pub(super) fn form(&self) -> Result<BTreeMap<String, String>, String> {
        if !self.is_of_type("application/x-www-form-urlencoded") {
            return Err("Content-Type must be application/x-www-form-urlencoded".to_owned());
        }
        Ok(url::form_urlencoded::parse(&self.body).into_owned().collect())
    }

    /// A sentence for a 400 where a body came that the contract does not know.
    pub(super) fn without_body(&self) -> Result<(), String> {
        if self.body.is_empty() { Ok(()) } else { Err("this call takes no body".to_owned()) }
    }

    /// A sentence for a 400 where a query parameter came that the contract does not declare. Stricter than
    /// any of the three servers, so that a misspelt parameter cannot pass for one that worked.
    pub(super) fn only_query(&self, declared: &[&str]) -> Result<(), String> {
        match self.query.keys().find(|name| !declared.contains(&name.as_str())) {
            Some(name) => Err(format!("query parameter '{name}' is not declared")),
            None => Ok(()),
        }
    }
}

/// What an API says to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// The body of an answer; JSON stays a value so that faults can bend it.
#[derive(Clone, Debug)]
pub enum Body {
    Empty,
    Json(Value),
    Text { media_type: &'static str, text: String },
}

impl Answer {
    pub(super) fn empty(status: StatusCode) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: Body::Empty }
    }

    pub(super) fn json(status: StatusCode, body: Value) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: Body::Json(body) }
    }

    pub(super) fn text(status: StatusCode, media_type: &'static str, text: impl Into<String>) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: Body::Text { media_type, text: text.into() } }
    }

    /// With one more header; a value that is no header text is left out.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Answer {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Headers and bytes as they go out.
    pub(super) fn into_bytes(self) -> (StatusCode, HeaderMap, Vec<u8>) {
        let Answer { status, mut headers, body } = self;
        let (media_type, bytes) = match body {
            Body::Empty => return (status, headers, Vec::new()),
            Body::Json(value) => ("application/json", value.to_string().into_bytes()),
            Body::Text { media_type, text } => (media_type, text.into_bytes()),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        (status, headers, bytes)
    }
}
