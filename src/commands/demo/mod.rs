//! `rosterd demo`: the whole cycle on a sandbox of all three providers, over real HTTP and through the
//! same code as `plan` and `apply`. Needs no account and no network, and writes only into a temporary folder.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use tempfile::TempDir;

use super::run as daemon;
use super::{Console, Failure, Surroundings, apply, approve, plan};
use crate::cli::{ApplyArgs, ApproveArgs, DemoArgs, Format, PlanArgs, RunArgs, Selection};
use crate::sandbox::Sandbox;

mod world;

const TITLE: Style = Style::new().bold();
const TYPED: Style = AnsiColor::Cyan.on_default();

/// Tells the story from first contact to nothing left to do.
pub async fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let sandbox = Sandbox::start().await?;
    world::seed(&sandbox);
    let folder = tempfile::Builder::new().prefix("rosterd-demo-").tempdir()?;
    world::write(folder.path(), &sandbox)?;
    let demo = Demo { config: folder.path().join("rosterd.toml"), folder, console: Console::terminal() };
    demo.say(
        "A shop (Emporix), a travel company (company v3) and a finance office (SolveXia) run on this machine\n\
         for the length of this demo. A roster in TOML says who belongs where.",
    )?;
    demo.first_contact().await?;
    demo.roster_change().await?;
    demo.drift(&sandbox).await?;
    demo.say(
        "That is the cycle: read, plan, guard, apply, verify, record. Your own starts with config/examples and\n\
         `rosterd check`.",
    )?;
    if args.keep { demo.keep().await } else { Ok(0) }
}

struct Demo {
    folder: TempDir,
    config: PathBuf,
    console: Console,
}

impl Demo {
    async fn first_contact(&self) -> Result<(), Failure> {
        self.title("1. First contact: nobody is removed by surprise")?;
        self.say(
            "Before the first apply rosterd owns nothing. What it would remove was there before it,\n\
             so the guard holds it and says so.",
        )?;
        self.plan(3).await?;
        self.say("Additions go through; the held removal waits for a person.")?;
        self.apply(3).await?;
        self.say("Somebody looks, agrees, and approves exactly that removal, by its digest.")?;
        let digest = self.held_digest().await?;
        self.approve(&digest, "Grace left in 2019")?;
        self.apply(0).await
    }

    async fn roster_change(&self) -> Result<(), Failure> {
        self.title("2. The roster changes")?;
        self.say("A reviewed edit: dave leaves the catalog team, carol becomes a lead.")?;
        self.edit("teams.toml", r#"members = ["alice"]"#, r#"members = ["alice", "carol"]"#)?;
        self.edit("teams.toml", r#"members = ["@leads", "bob", "dave"]"#, r#"members = ["@leads", "bob"]"#)?;
        self.plan(2).await?;
        self.apply(0).await
    }

    async fn drift(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        self.title("3. Somebody changes things by hand")?;
        self.say("Dave is put among the month-end closers; at the travel company Carol is removed.")?;
        sandbox.solvexia().join(world::CLOSERS, world::DAVE_FINANCE);
        sandbox.company().leave(world::APPROVERS, world::CAROL_TRAVELS);
        self.plan(2).await?;
        self.apply(0).await?;
        self.say("And now there is nothing left to do.")?;
        self.plan(0).await
    }

    /// Stays up as the daemon. Its log goes to stderr; the roster can be edited, and is taken up.
    async fn keep(&self) -> Result<u8, Failure> {
        let listen = world::listen();
        world::add_daemon(&self.config, listen)?;
        self.title("4. The same as a daemon")?;
        self.say(&format!(
            "It looks every ten seconds, and whenever the roster changes. Edit the files in\n    {}\nand look at\n    \
             http://{listen}/\nor ask it:\n    RUNTIME_DIRECTORY={} rosterd --config {} status\nCtrl-C ends it, and all \
             of this is gone.",
            self.folder.path().join("roster").display(),
            self.folder.path().join("run").display(),
            self.config.display(),
        ))?;
        let env = self.environment();
        let around =
            Surroundings { config: Some(&self.config), env: &env, console: &self.console, inside: None };
        daemon::run_in(around, &RunArgs { dry_run: false }, Arc::new(self.environment())).await
    }

    /// Runs `rosterd plan` as a user would.
    async fn plan(&self, expected: u8) -> Result<(), Failure> {
        self.typed("rosterd plan --exit-code")?;
        let args = PlanArgs { selection: Selection::default(), format: Format::Text, exit_code: true };
        let env = self.environment();
        let code = plan::run(self.around(&env), &args).await?;
        self.ended(code, expected)
    }

    /// Runs `rosterd apply --yes` as a user would.
    async fn apply(&self, expected: u8) -> Result<(), Failure> {
        self.typed("rosterd apply --yes")?;
        let args = ApplyArgs {
            selection: Selection::default(),
            format: Format::Text,
            yes: true,
            approve: Vec::new(),
            reason: None,
        };
        let env = self.environment();
        let code = apply::run(self.around(&env), &args).await?;
        self.ended(code, expected)
    }

    /// Runs `rosterd approve` as a user would.
    fn approve(&self, digest: &str, reason: &str) -> Result<(), Failure> {
        self.typed(&format!("rosterd approve {digest} --reason \"{reason}\""))?;
        let args = ApproveArgs { digest: digest.to_owned(), reason: Some(reason.to_owned()), provider: None };
        let env = self.environment();
        let code = approve::run(self.around(&env), &args)?;
        self.ended(code, 0)
    }

    /// The digest that the plan shows, as a person would copy it.
    async fn held_digest(&self) -> Result<String, Failure> {
        let env = self.environment();
        let digests = plan::held_digests(self.around(&env)).await?;
        let digest = digests.into_iter().next();
        let digest =
            digest.ok_or_else(|| Failure::Failed(anyhow::anyhow!("the demo expected a held removal")))?;
        Ok(digest.chars().take(12).collect())
    }

    fn edit(&self, file: &str, old: &str, new: &str) -> Result<(), Failure> {
        let path = self.folder.path().join("roster").join(file);
        let text = fs::read_to_string(&path)?;
        if !text.contains(old) {
            return Err(Failure::Failed(anyhow::anyhow!("the demo's {file} no longer has {old}")));
        }
        fs::write(&path, text.replacen(old, new, 1))?;
        self.print(&format!("    roster/{file}\n    − {old}\n    + {new}\n\n"))
    }

    fn around<'a>(&'a self, env: &'a (dyn Fn(&str) -> Option<String> + Sync)) -> Surroundings<'a> {
        Surroundings { config: Some(&self.config), env, console: &self.console, inside: None }
    }

    /// The state stays in the demo's folder, whatever the environment says.
    fn environment(&self) -> impl Fn(&str) -> Option<String> + Send + Sync + use<> {
        let state = self.folder.path().join("state").display().to_string();
        let run = self.folder.path().join("run").display().to_string();
        move |name| match name {
            "STATE_DIRECTORY" => Some(state.clone()),
            "RUNTIME_DIRECTORY" => Some(run.clone()),
            _ => std::env::var(name).ok(),
        }
    }

    /// A demo that shows something else than it says has failed.
    fn ended(&self, code: u8, expected: u8) -> Result<(), Failure> {
        if code != expected {
            return Err(Failure::Failed(anyhow::anyhow!(
                "the demo expected exit code {expected}, not {code}"
            )));
        }
        self.print(&format!("(exit code {code})\n\n"))
    }

    fn title(&self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{TITLE}{text}{TITLE:#}\n\n"))
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n\n"))
    }

    fn typed(&self, command: &str) -> Result<(), Failure> {
        self.print(&format!("{TYPED}$ {}{TYPED:#}\n", command.trim_end()))
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        if self.console.colour() {
            self.console.print(text)
        } else {
            self.console.print(&anstream::adapter::strip_str(text).to_string())
        }
    }
}
