//! `rosterd history`, `approve`, `suspend` and `resume`, when no other process runs.

mod decisions;
mod history;
mod suspension;
