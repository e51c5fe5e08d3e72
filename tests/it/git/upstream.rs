//! The repository that the roster is reviewed in, and somebody who works with it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, World};

/// See the module. `up.git` is what rosterd follows, `work` is where the commits come from.
pub struct Upstream<'w> {
    world: &'w World,
    /// The key that commits are signed with.
    key: Option<PathBuf>,
}

impl<'w> Upstream<'w> {
    /// An empty repository, and a configuration that follows its branch `main`.
    pub fn of(world: &'w World) -> Self {
        let upstream = Self { world, key: None };
        upstream.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", "up.git"]);
        upstream.git(".", &["init", "--quiet", "--initial-branch=main", "work"]);
        upstream.configure("");
        upstream
    }

    /// Writes the configuration of the story, its roster in the branch, with more lines in `[roster_git]`.
    pub fn configure(&self, more: &str) {
        self.configure_at("url = \"up.git\"", more);
    }

    /// As [`Upstream::configure`], of another repository.
    pub fn configure_at(&self, url: &str, more: &str) {
        let story = self.world.path("story.toml");
        if !story.exists() {
            // Any run writes the story's files.
            self.world.rosterd(["check"]);
            fs::copy(self.world.path("rosterd.toml"), &story).unwrap();
        }
        let text = fs::read_to_string(story).unwrap().replace("roster = \"roster/\"\n", "");
        let section = format!("\n[roster_git]\n{url}\nbranch = \"main\"\npath = \"roster\"\n{more}\n");
        self.world.write("rosterd.toml", &format!("{text}{section}"));
    }

    /// Signs commits from now on with a new key, and returns its line for a file of allowed signers.
    pub fn sign_as(&mut self, who: &str) -> String {
        let key = self.world.path(&format!("{who}.key"));
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
        assert!(made.unwrap().success());
        let public = fs::read_to_string(key.with_extension("key.pub")).unwrap();
        self.key = Some(key);
        format!("{who}@acme.example namespaces=\"git\" {public}")
    }

    /// Commits are not signed from now on.
    pub fn sign_no_more(&mut self) {
        self.key = None;
    }

    /// Commits the roster of the story as it is now and pushes it; the commit.
    pub fn push_story(&self) -> String {
        // Any run writes the story's files.
        self.world.rosterd(["check", "--roster", "roster"]).success();
        fs::create_dir_all(self.world.path("work/roster")).unwrap();
        for entry in fs::read_dir(self.world.path("roster")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), self.world.path("work/roster").join(entry.file_name())).unwrap();
        }
        self.push()
    }

    /// Commits what is in `work` and pushes it; the commit.
    pub fn push(&self) -> String {
        self.commit();
        self.git("work", &["push", "--quiet", "../up.git", "main"]);
        self.head()
    }

    /// Commits what is in `work`; the commit.
    pub fn commit(&self) -> String {
        self.git("work", &["add", "--all"]);
        self.git("work", &["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.head()
    }

    /// Pushes over whatever is there.
    pub fn push_by_force(&self) -> String {
        self.git("work", &["push", "--quiet", "--force", "../up.git", "main"]);
        self.head()
    }

    /// The commit of `work`.
    pub fn head(&self) -> String {
        self.git("work", &["rev-parse", "HEAD"])
    }

    /// A file in `work`.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.world.path("work").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A symbolic link in `work`.
    pub fn link(&self, path: &str, to: &str) {
        symlink(to, self.world.path("work").join(path)).unwrap();
    }

    /// Runs git as a person would; what it printed.
    #[track_caller]
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(self.world.path(folder)).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ann")
                .env(format!("GIT_{role}_EMAIL"), "ann@acme.example");
        }
        if let Some(key) = &self.key {
            command.args(["-c", "gpg.format=ssh", "-c", "commit.gpgSign=true", "-c"]);
            command.arg(format!("user.signingKey={}", key.display()));
        }
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Asks the daemon to read everything again: once more, where this host takes longer for a fetch than a reload waits
/// for the remote.
pub fn reload(world: &World, env: &[(&str, &str)]) -> Run {
    let ask = || world.rosterd_with(["reload"], env);
    let was_late =
        |run: &Run| run.stdout.contains("has not answered") || run.stderr.contains("has not answered");
    let asked = (0..5).map(|_| ask()).find(|run| !was_late(run));
    asked.unwrap_or_else(ask)
}

/// A program on a `PATH` of its own, and that `PATH`: it stands before the programs of this host.
pub fn fake(world: &World, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = world.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    // Never open for writing in this process: what another test starts meanwhile could inherit it, and no file that is
    // open for writing can be run.
    let written = Command::new("sh")
        .args(["-c", "printf '%s\\n' '#!/bin/sh' \"$1\" > \"$0\""])
        .args([path.as_os_str(), script.as_ref()])
        .status();
    assert!(written.unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", folder.display())
}

/// Every text file below a folder, together.
pub fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            text += &all_text(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap_or_default());
        }
    }
    text
}
