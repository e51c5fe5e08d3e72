//! Addresses: the base URL, and paths of which no segment can be lost.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::providers::{Fault, FaultKind};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Checks where a provider is. True when plain http is used, which only loopback addresses may.
pub(super) fn check_base(base: &Url) -> Result<bool, Fault> {
    let refused = |why: &str| Err(Fault::new(FaultKind::Refused, format!("base_url {why}")));
    if !base.username().is_empty() || base.password().is_some() {
        return refused("holds a user name or password; write a reference to a secret instead");
    }
    match base.scheme() {
        "https" => Ok(false),
        "http" if is_loopback(base) => Ok(true),
        "http" => refused("is plain http; only loopback addresses may be, write https"),
        _ => refused("is not https"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The base URL with a path below it. One missing segment can make a call reach a whole group (seed
/// 000), so a segment that would vanish is refused.
pub(super) fn join(base: &Url, segments: &[String]) -> Result<Url, String> {
    let mut path = base.path().trim_end_matches('/').to_owned();
    for segment in segments {
        if matches!(segment.as_str(), "" | "." | "..") {
            return Err(format!("not sent: `{segment}` cannot be a segment of a path"));
        }
        path.push('/');
        path.extend(utf8_percent_encode(segment, &RESERVED));
    }
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.set_path(&path);
    // Nothing encoded so is known to be read otherwise; a second look costs nothing.
    if url.path() == path {
        return Ok(url);
    }
    Err(format!("not sent: the path {path} would be read as {}", url.path()))
}
