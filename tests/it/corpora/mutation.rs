//! Inputs changed at random, for where no fuzzer is at hand.

use fastrand::Rng;

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 40] = [
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r",
    b"\r\n",
    b"\n",
    b"\t",
    b"\x1b[2J",
    b"\x1b]8;;http://evil.example\x07",
    "\u{202e}".as_bytes(),
    "\u{2066}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{e0041}".as_bytes(),
    "İ".as_bytes(),
    "ß".as_bytes(),
    "e\u{301}".as_bytes(),
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u0000",
    b"\\",
    b"\"",
    b"'",
    b"\"\"\"",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"9999999999999999999999999999999999999999",
    b"0.1",
    b"..",
    b"://",
    b"> ",
];

/// One of the texts after one to four changes.
pub(super) fn changed(random: &mut Rng, text: &[u8], all: &[&[u8]]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..random.usize(1..=4) {
        change(random, &mut bytes, all);
    }
    bytes
}

fn change(random: &mut Rng, bytes: &mut Vec<u8>, all: &[&[u8]]) {
    let at = random.usize(..=bytes.len());
    let end = (at + random.usize(..=24)).min(bytes.len());
    match random.u8(..9) {
        0 => drop(bytes.drain(at..end)),
        1 => bytes.truncate(at),
        2 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            drop(bytes.splice(at..end, piece.iter().copied()));
        }
        3 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            drop(bytes.splice(at..at, piece.iter().copied()));
        }
        4 => {
            let piece = PIECES[random.usize(..PIECES.len())].repeat(random.usize(1..300));
            drop(bytes.splice(at..at, piece));
        }
        5 => {
            let again = bytes[at..end].repeat(random.usize(1..20));
            drop(bytes.splice(at..at, again));
        }
        6 => {
            let other = all[random.usize(..all.len())];
            let from = random.usize(..=other.len());
            let to = (from + random.usize(..=200)).min(other.len());
            drop(bytes.splice(at..end, other[from..to].iter().copied()));
        }
        7 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.u8(..8);
            }
        }
        _ => lines(random, bytes),
    }
}

/// Moves, drops or repeats a line.
fn lines(random: &mut Rng, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (random.usize(..lines.len()), random.usize(..lines.len()));
    match random.u8(..3) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        _ => lines.insert(other, lines[one].clone()),
    }
    *bytes = lines.concat();
}
