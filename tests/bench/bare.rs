//! A client that sends what rosterd sent, as many at once, and does nothing with the answers.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::{Client, Method, RequestBuilder};
use rosterd::providers::KindName;
use rosterd::sandbox::Seen;
use serde_json::{Value, json};

use super::provider::One;

/// How long the same requests take.
pub async fn replay(one: &One, requests: &[Seen], at_once: usize) -> Duration {
    let client = Client::builder().no_proxy().build().unwrap();
    let token = login(one, &client).await;
    let started = Instant::now();
    // Logging in happens alone, and takes one call.
    login(one, &client).await;
    let again = requests.iter().filter(|seen| !seen.login).map(|seen| {
        let request = request(one, &client, seen).bearer_auth(&token);
        async move {
            let mut answer = request.send().await.unwrap();
            while answer.chunk().await.unwrap().is_some() {}
        }
    });
    stream::iter(again).buffer_unordered(at_once).collect::<Vec<()>>().await;
    started.elapsed()
}

fn request(one: &One, client: &Client, seen: &Seen) -> RequestBuilder {
    let method: Method = seen.method.parse().unwrap();
    let request = client.request(method, format!("{}{}", one.url(), seen.path)).query(&seen.query);
    // The total is a header of Emporix; the others know it not.
    let request = request.header("X-Total-Count", "true");
    match &seen.body {
        Some(body) => request.json(body),
        None => request,
    }
}

async fn login(one: &One, client: &Client) -> String {
    let (shop, travel, finance) = (one.sandbox.emporix(), one.sandbox.company(), one.sandbox.solvexia());
    let form = |path: &str, id: &str, secret: &str| {
        let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        client.post(format!("{}{path}", one.url())).form(&fields)
    };
    let request = match one.kind {
        KindName::Emporix => form("/oauth/token", shop.client_id(), shop.client_secret()),
        KindName::CompanyV3 => form("/v2/auth/oauth2-token", travel.client_id(), travel.client_secret()),
        KindName::SolveXia => client.post(format!("{}/oauth/token", one.url())).json(&json!({
            "grant_type": "client_credentials",
            "client_id": finance.client_id(),
            "client_secret": finance.client_secret(),
            "scope": "usergroup user_read",
        })),
    };
    #[expect(clippy::disallowed_methods, reason = "the sandbox is no stranger")]
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}
