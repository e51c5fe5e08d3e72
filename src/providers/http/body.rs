//! Bodies: parsed as they arrive, capped after decompression.

use std::future::Future;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;

use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::sync::mpsc;
use tokio_util::bytes::{Buf, Bytes};

use super::words;

/// Bodies up to this size are parsed where they are; larger ones in a thread of their own while they come.
const SMALL: usize = 64 * 1024;
/// Chunks that may wait for that thread.
const WAITING_CHUNKS: usize = 16;

/// Why a body is of no use.
#[derive(Debug)]
pub(in crate::providers) enum Broken {
    /// It did not come to its end.
    Lost(String),
    /// It came, and is not what it should be.
    Senseless(String),
}

/// How to read the body of a 2xx answer.
pub(in crate::providers) trait Reading {
    /// What comes of it.
    type Body: Send;

    /// Whether what is missing from the body matters: then 200 is the only good answer to what changes nothing.
    const WHOLE: bool;

    /// Reads it, up to `cap` bytes.
    fn read(response: Response, cap: usize) -> impl Future<Output = Result<Self::Body, Broken>> + Send;
}

/// JSON of some shape.
pub(in crate::providers) struct Json<T>(PhantomData<T>);

/// Whatever it is, it is not looked at.
pub(in crate::providers) struct Ignored;

impl<T: DeserializeOwned + Send + 'static> Reading for Json<T> {
    type Body = T;

    const WHOLE: bool = true;

    async fn read(response: Response, cap: usize) -> Result<T, Broken> {
        let described = describe(&response);
        let announced_empty = response.content_length() == Some(0);
        let mut incoming = Incoming { response, left: cap };
        let mut beginning = Vec::new();
        while let Some(chunk) = incoming.next().await? {
            beginning.extend_from_slice(&chunk);
            if beginning.len() > SMALL {
                let parsed = parse_while_it_comes(beginning.into(), incoming).await?;
                return parsed.map_err(|error| broken(&error, &described));
            }
        }
        if announced_empty {
            return Err(Broken::Senseless("answered with an empty body instead of JSON".to_owned()));
        }
        serde_json::from_slice(&beginning).map_err(|error| broken(&error, &described))
    }
}

impl Reading for Ignored {
    type Body = ();

    const WHOLE: bool = false;

    /// The end of the body is waited for only so that the connection can be used again: what it says,
    /// and even whether it comes, changes nothing about a 2xx.
    async fn read(response: Response, _cap: usize) -> Result<(), Broken> {
        drop(beginning(response, SMALL).await);
        Ok(())
    }
}

/// As much of a body as comes, up to `cap` bytes.
pub(super) async fn beginning(mut response: Response, cap: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = cap - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == cap {
            break;
        }
    }
    body
}

/// A body that is still coming.
struct Incoming {
    response: Response,
    left: usize,
}

impl Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let chunk = self.response.chunk().await.map_err(|error| {
            let cause = words::innermost(&error);
            if is_corrupt(&error) {
                Broken::Senseless(format!("the body cannot be decompressed: {cause}"))
            } else if error.is_timeout() {
                Broken::Lost("the answer did not come to its end in time".to_owned())
            } else {
                Broken::Lost(format!("the connection was lost within the answer: {cause}"))
            }
        })?;
        if let Some(chunk) = &chunk {
            self.left = self
                .left
                .checked_sub(chunk.len())
                .ok_or_else(|| Broken::Senseless("the body is larger than any list can be".to_owned()))?;
        }
        Ok(chunk)
    }
}

/// Parses in another thread what this task receives. When either side stops, so does the other.
async fn parse_while_it_comes<T: DeserializeOwned + Send + 'static>(
    current: Bytes,
    mut incoming: Incoming,
) -> Result<serde_json::Result<T>, Broken> {
    let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
    let parser = tokio::task::spawn_blocking(move || {
        serde_json::from_reader(BufReader::with_capacity(SMALL, Chunks { current, receiver }))
    });
    while let Some(chunk) = incoming.next().await? {
        if sender.send(chunk).await.is_err() {
            break;
        }
    }
    drop(sender);
    parser.await.map_err(|_| Broken::Lost("the program is stopping".to_owned()))
}

/// The chunks of a body as a reader.
struct Chunks {
    current: Bytes,
    receiver: mpsc::Receiver<Bytes>,
}

impl Read for Chunks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.current = chunk,
                None => return Ok(0),
            }
        }
        let count = self.current.len().min(out.len());
        self.current.copy_to_slice(&mut out[..count]);
        Ok(count)
    }
}

/// What a body says it is.
struct Described {
    content_type: String,
}

fn describe(response: &Response) -> Described {
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = header.and_then(|text| text.split(';').next()).map(str::trim).unwrap_or_default();
    let content_type = match essence {
        "" => "no content type".to_owned(),
        _ => essence.chars().filter(char::is_ascii_graphic).take(60).collect(),
    };
    Described { content_type }
}

/// Says what is wrong with JSON without showing any of it: the messages of the parser quote values, so
/// only what it expected is taken from them, and the names of our own fields.
fn broken(error: &serde_json::Error, described: &Described) -> Broken {
    let place = format!("line {} column {}", error.line(), error.column());
    let content_type = &described.content_type;
    match error.classify() {
        Category::Eof => Broken::Lost("the answer ends in its middle".to_owned()),
        Category::Io => Broken::Lost("the answer could not be read to its end".to_owned()),
        Category::Syntax => Broken::Senseless(format!(
            "answered with something else than JSON ({content_type}), from {place} on"
        )),
        Category::Data => {
            let message = error.to_string();
            let reason = if message.starts_with("missing field `") {
                message
            } else {
                match message.rsplit_once(", expected ") {
                    Some((_, expected)) => format!("expected {expected}"),
                    None => format!("not as expected at {place}"),
                }
            };
            Broken::Senseless(format!("answered with JSON of another shape ({content_type}): {reason}"))
        }
    }
}

/// Whether compressed data was damaged, rather than cut.
fn is_corrupt(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        }
        cause = error.source();
    }
    false
}
