//! A server that answers every request with the next bytes of a script, whatever was asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::script::{Answer, Script};

/// After so many requests no more are answered.
const MOST: usize = 60;

pub(super) struct Server {
    address: SocketAddr,
}

impl Server {
    /// It ends with the runtime.
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
        let address = listener.local_addr().expect("it listens");
        let (script, count) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&count)));
            }
        });
        Self { address }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Answers the requests of a connection, one after the other.
async fn serve(mut stream: TcpStream, script: Arc<Script>, count: Arc<AtomicUsize>) {
    while read_request(&mut stream).await {
        let number = count.fetch_add(1, Ordering::Relaxed);
        if number >= MOST {
            return;
        }
        let answer = script.answer(number);
        let bytes = written(answer);
        let keep = !answer.is_cut && !matches!(answer.status, 204 | 304);
        if stream.write_all(&bytes).await.is_err() || !keep {
            return;
        }
    }
}

fn written(answer: &Answer) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} As told\r\n", answer.status).into_bytes();
    for line in &answer.headers {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    }
    let bodiless = matches!(answer.status, 204 | 304);
    let body = if bodiless { &[][..] } else { &answer.body };
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    let shown = if answer.is_cut { body.len() / 2 } else { body.len() };
    bytes.extend_from_slice(&body[..shown]);
    bytes
}

/// Reads a head and the body that it announces; false where nothing more comes.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0) {
                return true;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => seen.extend_from_slice(&buffer[..count]),
            _ => return false,
        }
    }
}
