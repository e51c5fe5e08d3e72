use std::path::Path;
use std::process::Command;

use super::access::base64;
use super::tree::{self, Blob};
use super::{Commit, work_tree};

const OBJECT: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

fn entry(mode: &str, size: &str, path: &str) -> Vec<u8> {
    format!("{mode} blob {OBJECT} {size:>7}\t{path}\0").into_bytes()
}

#[test]
fn base64_is_that_of_the_rfc() {
    let pairs = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (plain, coded) in pairs {
        assert_eq!(base64(plain.as_bytes()).as_str(), coded);
    }
    assert_eq!(base64(&[0xfb, 0xff]).as_str(), "+/8=");
}

#[test]
fn a_commit_is_nothing_but_digits() {
    for id in ["HEAD", "", "-x", &OBJECT[..39], &OBJECT.to_uppercase(), &format!("{}~", &OBJECT[..39])] {
        assert_eq!(Commit::new(id), None, "{id}");
    }
    assert_eq!(Commit::new(OBJECT).unwrap().to_string(), "e69de29");
    assert!(Commit::new(&"0".repeat(64)).is_some());
}

#[test]
fn files_are_taken_and_what_begins_with_a_dot_is_not() {
    let printed =
        [entry("100644", "7", "roster/a.toml"), entry("100755", "0", "roster/.github/b.toml")].concat();
    let blob = Blob { object: OBJECT.into(), size: 7, path: "roster/a.toml".into() };
    assert_eq!(tree::read(&printed), Ok(tree::Listing { blobs: vec![blob], notices: Vec::new() }));
}

#[test]
fn no_path_leads_elsewhere() {
    for path in [
        "../a.toml",
        "a/../../b.toml",
        "/etc/a.toml",
        "a//b",
        ".",
        "a/./b",
        "a\u{1b}[31m.toml",
        "a\nb",
        "\u{202e}a",
    ] {
        let told = tree::read(&entry("100644", "1", path)).unwrap_err();
        assert!(told.starts_with("it has a path that cannot become a file here"), "{path:?}: {told}");
        assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told:?}");
    }
    let no_text = [b"100644 blob ".as_slice(), OBJECT.as_bytes(), b" 1\ta\xff.toml\0"].concat();
    assert!(tree::read(&no_text).is_err());
    assert!(tree::read(b"garbage\0").is_err());
    assert!(tree::read(&entry("100644", "1", &"a/".repeat(600))).is_err());
}

#[test]
fn what_is_no_file_is_left_out_unless_it_could_be_a_part_of_the_roster() {
    for (mode, size) in [("120000", "9"), ("160000", "-"), ("100644", "67108865"), ("100600", "1")] {
        assert_eq!(tree::read(&entry(mode, size, "a.txt")).unwrap().notices.len(), 1, "{mode}");
        assert!(tree::read(&entry(mode, size, "a.toml")).is_err(), "{mode}");
    }
    let many: Vec<u8> = (0..50).flat_map(|number| entry("120000", "1", &format!("{number}"))).collect();
    let notices = tree::read(&many).unwrap().notices;
    assert_eq!((notices.len(), notices[20].as_str()), (21, "30 more entries were left out"));
}

#[test]
fn all_files_together_have_a_bound() {
    let many: Vec<u8> = (0..5).flat_map(|number| entry("100644", "67108864", &format!("{number}"))).collect();
    let told = tree::read(&many).unwrap_err();
    assert!(told.contains("5 files of 320 MiB") && told.contains("`path`"), "{told}");
}

#[test]
fn contents_are_taken_apart_only_when_all_of_them_are_there() {
    let blob = |size, path: &str| Blob { object: OBJECT.into(), size, path: path.into() };
    let blobs = [blob(3, "a"), blob(0, "b")];
    let whole = format!("{OBJECT} blob 3\na\nb\n{OBJECT} blob 0\n\n");
    assert_eq!(tree::contents(&blobs, whole.as_bytes()), Ok(vec![b"a\nb".as_slice(), b""]));
    for end in 0..whole.len() - 1 {
        assert!(tree::contents(&blobs, &whole.as_bytes()[..end]).is_err(), "{end}");
    }
    let missing = format!("{OBJECT} missing\n");
    assert!(tree::contents(&blobs, missing.as_bytes()).unwrap_err().contains("`a` is missing"));
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "user.name=Ann", "-c", "user.email=a@acme.example"])
        .args(arguments);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn look(path: &Path) -> Option<work_tree::WorkTree> {
    work_tree::work_tree(path, &|name| std::env::var(name).ok().filter(|_| name == "PATH")).await.unwrap()
}

#[tokio::test]
async fn a_work_tree_is_clean_busy_or_different() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("roster");
    std::fs::create_dir(&roster).unwrap();
    assert_eq!(look(&roster).await, None, "it is in no work tree");

    git(folder.path(), &["init", "--quiet"]);
    std::fs::write(roster.join("a.toml"), "").unwrap();
    assert!(!look(&roster).await.unwrap().is_clean, "there is no commit yet");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message=one"]);
    let found = look(&roster).await.unwrap();
    assert!(found.is_clean && !found.is_busy && found.commit.is_some());
    assert!(look(&roster.join("a.toml")).await.unwrap().is_clean);

    std::fs::write(folder.path().join("elsewhere.toml"), "").unwrap();
    assert!(look(&roster).await.unwrap().is_clean, "what is not of the roster does not count");
    std::fs::write(folder.path().join(".git/index.lock"), "").unwrap();
    assert!(look(&roster).await.unwrap().is_busy);
    std::fs::remove_file(folder.path().join(".git/index.lock")).unwrap();
    std::fs::write(roster.join("new.toml"), "").unwrap();
    assert!(!look(&roster).await.unwrap().is_clean, "git does not know this file");
    std::fs::remove_file(roster.join("new.toml")).unwrap();
    std::fs::write(roster.join("a.toml"), "[teams]").unwrap();
    assert!(!look(&roster).await.unwrap().is_clean);
}

#[tokio::test]
async fn nothing_of_a_work_tree_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    git(path, &["init", "--quiet"]);
    std::fs::write(path.join("a.toml"), "").unwrap();
    std::fs::write(path.join(".gitattributes"), "*.toml filter=evil\n").unwrap();
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "--message=one"]);
    let touch = format!("touch {}", path.join(".git/ran").display());
    for key in ["filter.evil.clean", "filter.evil.process", "core.fsmonitor"] {
        git(path, &["config", key, &touch]);
    }
    // Of the same size and another time, so that git has to read it.
    std::fs::write(path.join("a.toml"), "").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(9);
    std::fs::File::options().write(true).open(path.join("a.toml")).unwrap().set_modified(later).unwrap();
    assert!(look(path).await.unwrap().is_clean);
    assert!(!path.join(".git/ran").exists(), "a filter or the monitor ran");
}
