//! Did you mean?

/// Below this likeness a suggestion confuses more than it helps.
const ALIKE: f64 = 0.8;

/// Longer words are not compared: the work grows with the product of the lengths.
const LONGEST: usize = 100;

/// The candidate most like the word, when one is like it at all; the first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if word.len() > LONGEST {
        return None;
    }
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST) {
        let likeness = strsim::jaro_winkler(word, candidate);
        if likeness >= ALIKE && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}
