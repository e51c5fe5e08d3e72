//! The budgets, measured side by side in one run: `cargo bench`. Exits 1 when one is passed.
//!
//! Words after `cargo bench --` choose the rows whose names contain them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that fails ends here")]

mod bare;
mod calls;
mod large;
mod provider;
mod rest;
mod start;

use std::process::ExitCode;

/// One row of the table.
pub struct Row {
    what: String,
    measured: f64,
    budget: f64,
    unit: &'static str,
}

impl Row {
    fn new(what: impl Into<String>, measured: f64, budget: f64, unit: &'static str) -> Self {
        Self { what: what.into(), measured, budget, unit }
    }

    fn is_within(&self) -> bool {
        self.measured <= self.budget
    }
}

/// Measures some rows; each begins with the name that it can be chosen by.
type Measurement = (&'static str, fn() -> Vec<Row>);

const MEASUREMENTS: [Measurement; 5] = [
    ("calls", calls::measure),
    ("plan", large::measure_plan),
    ("check", large::measure_check),
    ("start", start::measure),
    ("rest", rest::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [child, folder] = arguments.as_slice()
        && child == large::CHILD
    {
        large::plan_in_child(folder.as_ref());
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|word| name.contains(word.as_str()));
    println!("{:<64} {:>12} {:>12}", "what", "measured", "budget");
    let mut over = 0;
    for (name, measure) in MEASUREMENTS {
        if !is_chosen(name) {
            continue;
        }
        for row in measure() {
            let Row { what, measured, budget, unit } = &row;
            let verdict = if row.is_within() { "ok" } else { "over" };
            let decimals = if *budget < 1.0 { 3 } else { 1 };
            println!("{what:<64} {measured:>8.decimals$} {unit:<3} {budget:>8.1} {unit:<3} {verdict}");
            over += usize::from(!row.is_within());
        }
    }
    if cfg!(debug_assertions) {
        println!("Built without optimisation: these figures are no measure of the budgets.");
    }
    ExitCode::from(u8::from(over > 0))
}

/// The one in the middle, so that one disturbance does not count.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
