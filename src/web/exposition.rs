//! Metrics in the two forms that scrapers read: the text format of Prometheus (0.0.4), which everything reads, and
//! `OpenMetrics` (1.0.0) for whoever asks for it. Pure.

use std::fmt::Write as _;

use axum::http::{HeaderMap, header};

#[cfg(test)]
mod tests;

/// Versions of `OpenMetrics` that read the same.
const OPEN_METRICS: [&str; 2] = ["1.0.0", "0.0.1"];

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Version 0.0.4.
    Prometheus,
    /// Version 1.0.0.
    OpenMetrics,
}

impl Form {
    /// What a scraper asks for with `Accept`. Whoever takes anything gets the older form.
    pub(super) fn asked(headers: &HeaderMap) -> Self {
        let (mut open, mut plain) = (0.0_f32, 0.0_f32);
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
        for range in lines.flat_map(|line| line.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
            let value = |name: &str| {
                let found = parameters.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.trim().trim_matches('"'))
            };
            let weight = value("q").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            let is_known = value("version").is_none_or(|version| OPEN_METRICS.contains(&version));
            match kind.as_str() {
                "application/openmetrics-text" if is_known => open = open.max(weight),
                "text/plain" => plain = plain.max(weight),
                _ => (),
            }
        }
        if open > 0.0 && open >= plain { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Metrics that are written as `OpenMetrics`, in this form.
    pub(super) fn write(self, open_metrics: String) -> String {
        match self {
            Self::Prometheus => prometheus(&open_metrics),
            Self::OpenMetrics => open_metrics,
        }
    }
}

/// The samples are the same in both. In the older form a counter is called as its samples are, there is no type for
/// information, no unit, and no mark at the end.
fn prometheus(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = "";
    for line in open_metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), _, words) => help = words.unwrap_or_default(),
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                let (suffix, kind) = match kind {
                    "counter" => ("_total", kind),
                    "info" => ("_info", "gauge"),
                    "unknown" => ("", "untyped"),
                    _ => ("", kind),
                };
                // Writing to a string fails for no reason of its own.
                let _ = writeln!(text, "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}");
            }
            (Some("#"), ..) => (),
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}
