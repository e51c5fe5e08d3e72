//! Its part of the TOML.

use uuid::Uuid;

use crate::providers::KindName;

/// The field of a PATCH that removes members, unless the configuration names another (inferred: the
/// removal is promised by seed 003, its field is shown nowhere).
pub const REMOVE_FIELD: &str = "userIdsToRemove";

/// The field of a PATCH that adds members (seed 003).
pub const ADD_FIELD: &str = "userIdsToAdd";

/// What only company v3 needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The company's UUID, lower case.
    pub company_id: String,
    /// The field of a PATCH that removes members (inferred: no published document names it).
    pub remove_field: String,
}

impl Config {
    /// Checks both values as the configuration gives them.
    ///
    /// # Errors
    /// A sentence about the first value that cannot be meant, with what to write instead.
    pub fn new(company_id: &str, remove_field: Option<&str>) -> Result<Self, String> {
        // `Uuid` also takes forms without hyphens, in braces and as URNs, which no path of this API has.
        if company_id.len() != 36 || Uuid::try_parse(company_id).is_err() {
            return Err(format!(
                "company_id `{}` is not a UUID; write it as in `2f0c7c1e-0f9e-4a4e-9f0c-3f5d1f7a9b11`",
                company_id.escape_debug()
            ));
        }
        let remove_field = remove_field.unwrap_or(REMOVE_FIELD);
        check_field(remove_field)?;
        Ok(Self {
            company_id: KindName::CompanyV3.canonical_id(company_id),
            remove_field: remove_field.to_owned(),
        })
    }
}

fn check_field(field: &str) -> Result<(), String> {
    let starts_well = field.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let goes_on_well = field.chars().all(|each| each.is_ascii_alphanumeric() || each == '_');
    if !starts_well || !goes_on_well {
        return Err(format!(
            "remove_field `{}` is not the name of a JSON field; write letters, digits and `_` only, \
             as in `{REMOVE_FIELD}`",
            field.escape_debug()
        ));
    }
    if field == ADD_FIELD {
        return Err(format!(
            "remove_field cannot be `{ADD_FIELD}`: every removal would add the member again; \
             leave it out for `{REMOVE_FIELD}`"
        ));
    }
    Ok(())
}
