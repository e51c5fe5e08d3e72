//! What a report in JSON says of one group or one change, told by handles.

use serde_json::Value;

use super::run::Run;
use super::split;
use super::world::World;

impl World {
    /// What became of every change, as `emporix/buyers add ann applied`, in the order of the report.
    #[track_caller]
    pub fn results(&self, run: &Run) -> Vec<String> {
        let report = run.json();
        let mut lines = Vec::new();
        for provider in array(&report["providers"]) {
            let at = text(&provider["provider"]);
            for group in array(&provider["groups"]) {
                for change in array(&group["changes"]) {
                    let who = self.book().person(at, text(&change["id"]));
                    let (action, result) = (text(&change["action"]), text(&change["result"]));
                    lines.push(format!("{at}/{} {action} {who} {result}", text(&group["group"])));
                }
            }
        }
        lines
    }
}

impl Run {
    /// What is said of one change beside its result; empty when nothing is.
    #[track_caller]
    pub fn detail(&self, path: &str, who: &str) -> String {
        let group = self.group(path);
        let mut changes = array(&group["changes"]).iter();
        let change = changes.find(|change| change["person"] == who || change["id"] == who);
        let change = change.unwrap_or_else(|| panic!("no change of {who} in {path}\n{}", self.stdout));
        text(&change["detail"]).to_owned()
    }

    /// One group of the report.
    #[track_caller]
    pub fn group(&self, path: &str) -> Value {
        let (provider, handle) = split(path);
        let found = self.provider(provider);
        let group = array(&found["groups"]).iter().find(|group| group["group"] == handle);
        group.unwrap_or_else(|| panic!("no group {path} in the report\n{}", self.stdout)).clone()
    }

    /// One provider of the report.
    #[track_caller]
    pub fn provider(&self, name: &str) -> Value {
        let report = self.json();
        let found = array(&report["providers"]).iter().find(|provider| provider["provider"] == name);
        found.unwrap_or_else(|| panic!("no provider {name} in the report\n{}", self.stdout)).clone()
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
