//! What a daemon shows over HTTP while it runs.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use jiff::Timestamp;
use serde_json::Value;

use super::running::Running;
use super::trouble::{LIMIT, until};

/// An answer of the listener.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Every family of metrics, as Prometheus reads them.
#[derive(Clone, Debug, Default)]
pub struct Metrics(pub BTreeMap<String, Family>);

/// One family.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// `counter`, `gauge`, `histogram`, `info`.
    pub kind: String,
    /// What people read about it.
    pub help: String,
    /// Its unit, if it says one.
    pub unit: String,
    /// The name, the labels as written, and the value.
    pub samples: Vec<(String, String, f64)>,
}

impl Running<'_> {
    /// Where it listens, as its log says; the last place, when there were several.
    pub fn address(&self) -> SocketAddr {
        until("the listener to be open", || self.addresses().next().is_some());
        self.addresses().last().expect("one was there")
    }

    /// Asks for something with GET.
    pub fn get(&self, path: &str) -> Page {
        self.get_as(path, "*/*")
    }

    /// Asks for something in some form.
    pub fn get_as(&self, path: &str, accept: &str) -> Page {
        ask_for(self.address(), "GET", path, accept).expect("the listener answers")
    }

    /// `/api/v1/status`.
    pub fn status(&self) -> Value {
        let page = self.get("/api/v1/status");
        assert_eq!(page.status, 200, "{}", page.body);
        serde_json::from_str(&page.body).expect("the status is JSON")
    }

    /// `/metrics`.
    pub fn metrics(&self) -> Metrics {
        let page = self.get("/metrics");
        assert_eq!(page.status, 200, "{}", page.body);
        Metrics::parse(&page.body)
    }

    /// How many runs of a provider ended, however.
    pub fn runs(&self, provider: &str) -> usize {
        let metrics = self.metrics();
        let runs = metrics.0["rosterd_runs_total"].samples.iter();
        let label = format!("provider=\"{provider}\"");
        runs.filter(|(_, labels, _)| labels.contains(&label)).map(|(_, _, value)| whole(*value)).sum()
    }

    /// Waits until a run of this provider that this woke has ended, and is shown. The first one of a process
    /// is woken by its start; the schedule may have woken more by then, and any of them will do.
    pub fn ran(&self, provider: &str, wake: &str) {
        until("a run to end", || {
            let status = self.status();
            let last = &status["providers"][provider]["last"];
            let began_here = || moment(&last["began"]) >= moment(&status["daemon"]["started_at"]);
            if wake == "start" { began_here() } else { last["wake"] == wake }
        });
    }

    fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let lines: Vec<String> = self.log().lines().map(str::to_owned).collect();
        let places = lines.into_iter().filter(|line| line.contains("Listening."));
        places.filter_map(|line| line.split_once("address=")?.1.split_whitespace().next()?.parse().ok())
    }
}

/// Asks for something, on a connection of its own.
pub fn ask(address: SocketAddr, method: &str, path: &str) -> std::io::Result<Page> {
    ask_for(address, method, path, "*/*")
}

fn ask_for(address: SocketAddr, method: &str, path: &str, accept: &str) -> std::io::Result<Page> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\naccept: {accept}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Ok(Page { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

impl Metrics {
    /// Reads the text format of Prometheus, version 0.0.4, and takes nothing else.
    #[track_caller]
    pub fn parse(text: &str) -> Metrics {
        assert!(text.ends_with('\n') && !text.contains("# EOF"), "{text}");
        families(text, &[("counter", &[""]), ("gauge", &[""]), ("histogram", &["_bucket", "_sum", "_count"])])
    }

    /// Reads the text form of `OpenMetrics`, and takes nothing else.
    #[track_caller]
    pub fn parse_open(text: &str) -> Metrics {
        let histogram = ("histogram", &["_bucket", "_sum", "_count"][..]);
        families(
            text.strip_suffix("# EOF\n").expect("the end is marked"),
            &[("counter", &["_total"]), ("gauge", &[""]), histogram, ("info", &["_info"])],
        )
    }

    /// The value of one sample, named as Prometheus shows it.
    #[track_caller]
    pub fn value(&self, sample: &str) -> f64 {
        let found = self.find(sample);
        found.unwrap_or_else(|| panic!("there is no {sample} in {:#?}", self.0.keys()))
    }

    /// The same, where it may be missing.
    pub fn find(&self, sample: &str) -> Option<f64> {
        let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
        let mut samples = self.0.values().flat_map(|family| &family.samples);
        samples.find(|(n, l, _)| n == name && *l == labels[..labels.len() - 1]).map(|(_, _, value)| *value)
    }
}

/// Families whose samples have the suffixes that their kind asks for.
#[track_caller]
fn families(text: &str, kinds: &[(&str, &[&str])]) -> Metrics {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        assert!(!line.is_empty(), "no line is empty");
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (word, name, rest) = (words.next(), words.next().expect("it has a name"), words.next());
            if current != name {
                assert!(!families.contains_key(name), "{name} stands in one place");
                name.clone_into(&mut current);
            }
            let family = families.entry(current.clone()).or_default();
            assert!(family.samples.is_empty(), "{name} is explained before its samples");
            let text = rest.expect("it says something").to_owned();
            match word {
                Some("HELP") => family.help = text,
                Some("TYPE") => family.kind = text,
                Some("UNIT") => family.unit = text,
                other => panic!("{other:?} is no comment of metrics"),
            }
            continue;
        }
        let family = families.get_mut(&current).expect("samples follow their family");
        let (name, labels, value) = sample(line);
        let suffix = name.strip_prefix(current.as_str()).unwrap_or_else(|| panic!("{name} in {current}"));
        let kind = kinds.iter().find(|(kind, _)| *kind == family.kind);
        let (_, suffixes) = kind.unwrap_or_else(|| panic!("{current} is a {}", family.kind));
        assert!(suffixes.contains(&suffix), "{name} is no sample of a {}", family.kind);
        let known = family.samples.iter().any(|(n, l, _)| (n, l) == (&name, &labels));
        assert!(!known, "{line} stands twice");
        family.samples.push((name, labels, value));
    }
    Metrics(families)
}

/// `name{label="value",…} number`.
fn sample(line: &str) -> (String, String, f64) {
    let (rest, value) = line.rsplit_once(' ').expect("a sample has a value");
    let value = value.parse().unwrap_or_else(|_| panic!("{line} has no number"));
    let (name, labels) = match rest.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("labels are closed")),
        None => (rest, ""),
    };
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(is_name(name), "{name} is a name");
    for label in labels.split(',').filter(|label| !label.is_empty()) {
        let (key, value) = label.split_once('=').expect("a label has a value");
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        assert!(is_name(key) && value.is_some_and(|value| !value.contains(['"', '\n'])), "{line}");
    }
    (name.to_owned(), labels.to_owned(), value)
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().expect("it is a moment"))
}

/// A count, which Prometheus writes as any other number.
fn whole(value: f64) -> usize {
    format!("{value:.0}").parse().expect("a count")
}
