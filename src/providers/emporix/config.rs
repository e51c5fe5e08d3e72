//! Its part of the TOML.

/// What only Emporix needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The tenant: `^[a-z][a-z0-9]+$`, 3 to 16 characters (seed 000).
    pub tenant: String,
}

impl Config {
    /// Checks a tenant as somebody wrote it.
    ///
    /// # Errors
    /// When it cannot be a tenant; the text says what one looks like.
    pub fn new(tenant: &str) -> Result<Self, String> {
        let starts_right = tenant.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on_right = tenant.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if (3..=16).contains(&tenant.len()) && starts_right && goes_on_right {
            return Ok(Self { tenant: tenant.to_owned() });
        }
        Err(format!(
            "`{}` cannot be a tenant: write 3 to 16 lower-case letters and digits, a letter first",
            tenant.escape_debug()
        ))
    }
}
