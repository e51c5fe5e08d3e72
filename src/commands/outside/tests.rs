use std::path::{Path, PathBuf};

use super::other_state;

#[test]
fn a_state_that_is_not_the_services_is_told_unless_somebody_named_one() {
    let service = tempfile::tempdir().unwrap();
    let used = |name: &str| (name == "HOME").then(|| "/home/ann".to_owned());
    assert_eq!(other_state(&used, service.path()), Some(PathBuf::from("/home/ann/.local/state/rosterd")));
    assert_eq!(other_state(&used, Path::new("/no/service/here")), None);
    let named =
        |name: &str| (name == "STATE_DIRECTORY").then(|| "/srv/state".to_owned()).or_else(|| used(name));
    assert_eq!(other_state(&named, service.path()), None);
}
