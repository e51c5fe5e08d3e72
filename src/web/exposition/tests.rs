use axum::http::{HeaderMap, HeaderValue, header};

use super::{Form, prometheus};

fn asked(accept: &[&'static str]) -> Form {
    let mut headers = HeaderMap::new();
    for line in accept {
        headers.append(header::ACCEPT, HeaderValue::from_static(line));
    }
    Form::asked(&headers)
}

#[test]
fn whoever_asks_for_nothing_gets_what_everything_reads() {
    let plain = [
        &[][..],
        &["*/*"],
        &["text/html,application/xhtml+xml,*/*;q=0.8"],
        &["text/plain;version=0.0.4"],
        &["text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5"],
        &["application/openmetrics-text;version=2.0.0"],
        &["application/openmetrics-text;q=0"],
        &["application/openmetrics-text;q=much"],
        &[";;;=,,q", "application/openmetrics-textile"],
    ];
    for accept in plain {
        assert_eq!(asked(accept), Form::Prometheus, "{accept:?}");
    }
}

#[test]
fn prometheus_itself_prefers_the_newer_form() {
    let open = [
        &[
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
           text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        ][..],
        &["Application/OpenMetrics-Text; Version=\"1.0.0\"; charset=utf-8"],
        &["text/plain;q=0.5", "application/openmetrics-text"],
    ];
    for accept in open {
        assert_eq!(asked(accept), Form::OpenMetrics, "{accept:?}");
    }
}

#[test]
fn the_older_form_has_the_same_samples_under_the_names_that_it_knows() {
    let open = "# HELP a_runs How many.\n# TYPE a_runs counter\na_runs_total{provider=\"# x\"} 1\n\
                # HELP a_time Seconds each.\n# TYPE a_time histogram\n# UNIT a_time seconds\n\
                a_time_bucket{le=\"+Inf\"} 1\n# HELP a_build It.\n# TYPE a_build info\na_build_info{v=\"1\"} 1\n# EOF\n";
    let expected = "# HELP a_runs_total How many.\n# TYPE a_runs_total counter\na_runs_total{provider=\"# x\"} 1\n\
                    # HELP a_time Seconds each.\n# TYPE a_time histogram\na_time_bucket{le=\"+Inf\"} 1\n\
                    # HELP a_build_info It.\n# TYPE a_build_info gauge\na_build_info{v=\"1\"} 1\n";
    assert_eq!(prometheus(open), expected);
}
