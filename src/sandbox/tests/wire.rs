//! A bare client. It knows less than the adapters do, on purpose.

use reqwest::{Client, Error, Method, RequestBuilder, Response, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use crate::sandbox::{Sandbox, company};

/// One API with a token.
pub(in crate::sandbox) struct Api {
    client: Client,
    url: String,
    pub(in crate::sandbox) token: String,
}

/// What came back.
#[derive(Debug)]
pub(in crate::sandbox) struct Got {
    pub(in crate::sandbox) status: u16,
    pub(in crate::sandbox) headers: HeaderMap,
    pub(in crate::sandbox) text: String,
}

impl Got {
    pub(in crate::sandbox) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(in crate::sandbox) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Api {
    pub(in crate::sandbox) fn new(url: &str, token: &str) -> Api {
        let client = Client::builder().user_agent("sandbox-test").redirect(Policy::none()).no_proxy();
        Api { client: client.build().unwrap(), url: url.to_owned(), token: token.to_owned() }
    }

    /// With a token for these scopes, or for all.
    pub(in crate::sandbox) async fn emporix(sandbox: &Sandbox, scope: Option<&str>) -> Api {
        let emporix = sandbox.emporix();
        let api = Api::new(emporix.url(), "");
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", emporix.client_id()),
            ("client_secret", emporix.client_secret()),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let got = api.login("/oauth/token", &form).await;
        Api { token: got.json()["access_token"].as_str().unwrap().to_owned(), ..api }
    }

    pub(in crate::sandbox) async fn company(sandbox: &Sandbox) -> Api {
        let company = sandbox.company();
        let api = Api::new(company.url(), "");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", company.client_id()),
            ("client_secret", company.client_secret()),
        ];
        let got = api.login("/v2/auth/oauth2-token", &form).await;
        Api { token: got.json()["access_token"].as_str().unwrap().to_owned(), ..api }
    }

    pub(in crate::sandbox) async fn login(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let request = self.client.post(format!("{}{path}", self.url)).form(form);
        got(request.send().await.unwrap()).await
    }

    pub(in crate::sandbox) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("accept", "application/json");
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub(in crate::sandbox) async fn send(&self, request: RequestBuilder) -> Got {
        got(request.send().await.unwrap()).await
    }

    pub(in crate::sandbox) async fn get(&self, path: &str) -> Got {
        self.send(self.request("GET", path)).await
    }

    pub(in crate::sandbox) async fn get_counted(&self, path: &str) -> Got {
        self.send(self.request("GET", path).header("x-total-count", "true")).await
    }

    pub(in crate::sandbox) async fn post(&self, path: &str, body: Value) -> Got {
        self.send(self.request("POST", path).json(&body)).await
    }

    pub(in crate::sandbox) async fn patch(&self, path: &str, body: Value) -> Got {
        self.send(self.request("PATCH", path).json(&body)).await
    }

    pub(in crate::sandbox) async fn put(&self, path: &str) -> Got {
        self.send(self.request("PUT", path)).await
    }

    pub(in crate::sandbox) async fn delete(&self, path: &str) -> Got {
        self.send(self.request("DELETE", path)).await
    }

    pub(in crate::sandbox) async fn try_get(&self, path: &str) -> Result<Response, Error> {
        self.request("GET", path).send().await
    }

    pub(in crate::sandbox) async fn try_post(&self, path: &str, body: Value) -> Result<Response, Error> {
        self.request("POST", path).json(&body).send().await
    }

    /// The status, and the body unless it breaks off.
    pub(in crate::sandbox) async fn get_in_parts(&self, path: &str) -> (u16, Result<String, Error>) {
        let response = self.try_get(path).await.unwrap();
        (response.status().as_u16(), text(response).await)
    }
}

pub(in crate::sandbox) fn company_members() -> String {
    format!("/v3/companies/{}/user-groups/{}/members", company::COMPANY, company::group_id(1))
}

async fn got(response: Response) -> Got {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Got { status, headers, text: text(response).await.unwrap() }
}

#[expect(clippy::disallowed_methods, reason = "the cap is for bodies of strangers")]
async fn text(response: Response) -> Result<String, Error> {
    response.text().await
}
