//! Each setting of the gateway is followed. A setting that would not be followed is refused.

use super::errors::{checked, refused, route};

#[tokio::test]
async fn a_setting_that_would_not_be_followed_is_refused() {
    for (name, lines, said) in [
        (
            "insecure",
            "      httpclient.ssl.use-insecure-trust-manager: true\n",
            "line 4, column 50: `use-insecure-trust-manager` can only be false here: it would accept any certificate",
        ),
        (
            "compression",
            "      httpclient: { compression: true }\n",
            "line 4, column 34: `compression` can only be false here: bodies pass through as they are",
        ),
        (
            "key-store",
            "      httpclient: { ssl: { key-store: a } }\n",
            "line 4, column 28: `key-store` is not supported: the gateway does not show a client certificate",
        ),
        (
            "disabled",
            "      enabled: false\n",
            "line 4, column 16: `enabled` can only be true here: to serve nothing, do not start the gateway",
        ),
        (
            "locator",
            "      discovery.locator.enabled: true\n",
            "line 4, column 34: `discovery.locator` is not supported: no registry is asked, so write a route for each",
        ),
        (
            "headers",
            "      filter.secure-headers.disable: x-frame-options\n",
            "line 4, column 14: `filter.secure-headers` is not supported: write `SetResponseHeader`",
        ),
        (
            "both",
            "      set-status: {}\n      server.webflux.set-status: {}\n",
            "line 4, column 19: `set-status` is set under `server.webflux`, too: write all of it there",
        ),
        (
            "webmvc",
            "      server.webmvc.routes: []\n",
            "line 4, column 14: `server.webflux` is missing, which would have the routes: `server.webmvc` is not read",
        ),
    ] {
        refused(name, &format!("{lines}{}", route("")), &[said]).await;
    }
    let said =
        "line 7, column 21: `cors` is not supported: let the server, or a proxy before the gateway, answer";
    refused("cors", &route("        metadata: { cors: { allowedOrigins: '*' } }"), &[said]).await;
    let lines = format!("{}spring.cloud.discovery.client.simple.instances.users: []\n", route(""));
    let said = "line 8, column 48: `users` has no instances: write `- uri: http://HOST:PORT`";
    refused("no-instances", &lines, &[said]).await;
    for import in ["more.yaml", "[ 'optional:a.yaml', more.yaml ]"] {
        let lines = format!("{}spring.config.import: {import}\n", route(""));
        let said = "line 8, column 23: `spring.config.import` is more.yaml: other files are not read: write all routes";
        refused("import", &lines, &[said]).await;
    }
    let optional = format!("{}spring.config.import: 'optional:a.yaml'\n", route(""));
    let (code, printed) = checked("optional", &optional, &[], &[]).await;
    assert!(code == Some(0) && printed.contains("`spring.config.import` has no effect here"), "{printed}");
}

#[tokio::test]
async fn each_type_of_a_pool_has_its_limits() {
    for (pool, said) in [
        ("type: disabled", "connects within 5s; each request has a new connection\n"),
        ("type: disabled, max-idle-time: 9s, max-connections: 7", "; each request has a new connection\n"),
        (
            "type: fixed",
            "; at most 500 connections to each server, and a wait of up to 45s for one of them\n",
        ),
        (
            "type: fixed, max-connections: 7, acquire-timeout: 1s",
            "; at most 7 connections to each server, and a wait of up to 1s ",
        ),
        ("type: elastic", "; an idle connection closes after 30s\n"),
        ("max-idle-time: -1", "; an idle connection closes when the server closes it\n"),
        ("max-life-time: 1m", "; no connection is used for longer than 60s\n"),
    ] {
        let lines = format!("      httpclient.pool: {{ {pool} }}\n{}", route(""));
        let (code, printed) = checked("pool", &lines, &[], &[]).await;
        assert!(code == Some(0) && printed.contains(said), "{pool}: {printed}");
    }
}

#[tokio::test]
async fn a_secure_scheme_leads_to_https() {
    for (uri, said) in [
        ("https://a", "to https://a: "),
        ("wss://a", "to https://a: "),
        ("ws://a", "to http://a: "),
        ("lb:https://users", "to users at https://b:1: "),
        ("lb:wss://users", "to users at https://b:1: "),
        ("lb://users", "to users at http://b:1: "),
    ] {
        let lines = route("").replace("http://a", uri);
        let users = "spring.cloud.discovery.client.simple.instances.users: [{ uri: 'http://b:1' }]\n";
        let (code, printed) = checked("secure", &(lines + users), &[], &[]).await;
        assert!(code == Some(0) && printed.contains(said), "{uri}: {printed}");
    }
}
