//! `rosterd history`, `approve`, `suspend` and `resume`, when no other process runs.

mod decisions;
mod filters;
mod history;
mod suspension;
