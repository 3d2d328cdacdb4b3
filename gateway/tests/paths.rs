//! The predicate `Path` compares paths by segments, as Spring's `PathPattern` does.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::support::{Gateway, Recorder, Reply, exchange, file, routes, telling};

/// Its name, its pattern, and what its server answers.
type Route = (&'static str, &'static str, fn(usize) -> Reply);

/// The routes with the answers of their servers. The narrow routes come first.
const ROUTES: [Route; 8] = [
    ("admin", "/api/admin/**", |_| Reply::Status(200, "admin")),
    ("star", "/star/*", |_| Reply::Status(200, "star")),
    ("inner", "/inner/*/end", |_| Reply::Status(200, "inner")),
    ("one", "/one/?", |_| Reply::Status(200, "one")),
    ("part", "/part/f*.png", |_| Reply::Status(200, "part")),
    ("digits", "/digits/{id:[0-9]+}", |_| Reply::Status(200, "digits")),
    ("any", "/any/{id:.*}", |_| Reply::Status(200, "any")),
    ("wide", "/**", |_| Reply::Status(200, "wide")),
];

const PATHS: &[(&str, &str)] = &[
    ("/api/admin", "admin"),
    ("/api/admin/", "admin"),
    ("/api/admin;a=b/x", "admin"),
    ("/api;v=1/admin/x", "admin"),
    ("/api/admin;", "admin"),
    ("/api/admin;a=b;c=d,e/", "admin"),
    ("/api/%61dmin/x", "admin"),
    ("/api/%61dmin;a=%2F/x", "admin"),
    ("/api/admin//x", "admin"),
    ("/api/admin/../x", "admin"),
    // What Spring does not resolve either.
    ("/api/admin%3Ba=b/x", "wide"),
    ("/api/%2561dmin/x", "wide"),
    ("//api/admin/x", "wide"),
    ("/api//admin/x", "wide"),
    ("/api/./admin/x", "wide"),
    ("/api/x/../admin/x", "wide"),
    ("/api/%2e%2e/admin/x", "wide"),
    ("/api%2Fadmin/x", "wide"),
    ("/API/admin/x", "wide"),
    ("/;a/api/admin/x", "wide"),
    ("/", "wide"),
    ("//", "wide"),
    ("/star/x", "star"),
    ("/star/", "star"),
    ("/star/x/", "star"),
    ("/star/a%2Fb", "star"),
    ("/star/a%0Ab", "star"),
    ("/star/;a=b", "star"),
    ("/star", "wide"),
    ("/star//", "wide"),
    ("/star/x//", "wide"),
    ("/inner/x/end", "inner"),
    ("/inner/x;a/end;b", "inner"),
    ("/inner//end", "wide"),
    ("/inner/;a/end", "wide"),
    ("/one/x", "one"),
    ("/one/%2F", "one"),
    ("/one/%C3%A9", "one"),
    ("/one/xy", "wide"),
    ("/one/", "wide"),
    ("/part/foto.png;v=2", "part"),
    ("/part/f%2F.png", "part"),
    ("/part/foto.png.exe", "wide"),
    ("/digits/12;a=b", "digits"),
    ("/digits/12a", "wide"),
    ("/any/a%0Ab", "any"),
];

#[tokio::test]
async fn paths_match_by_segments_as_in_spring() {
    let mut text = "spring:\n  cloud:\n    gateway:\n      routes:\n".to_owned();
    for (id, pattern, reply) in ROUTES {
        let address = Arc::<Recorder>::default().start(reply).await;
        write!(
            text,
            "      - id: {id}\n        uri: http://{address}\n        predicates: ['Path={pattern}']\n"
        )
        .expect("a string takes it");
    }
    let gateway = Gateway::serve(&file("paths.yaml", &text), &["--log", "off"]).await;
    for (path, route) in PATHS {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let response = exchange(&gateway, &request, route).await;
        assert!(response.ends_with(&format!("\r\n\r\n{route}")), "{path}: {response}");
    }
}

#[tokio::test]
async fn a_path_reaches_the_server_unchanged_and_its_variables_bare() {
    let recorder = Arc::<Recorder>::default();
    let address = recorder.start(|_| Reply::Status(200, "ok")).await;
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: set\n        uri: http://{address}\n        predicates: \
         ['Path=/set/{{id}}/{{*rest}}']\n        filters: ['SetPath=/got/{{id}}{{rest}}']\n      - id: strip\n        uri: \
         http://{address}\n        predicates: ['Path=/strip/**']\n        filters: [StripPrefix=1]\n      - id: all\n        \
         uri: http://{address}\n"
    );
    let gateway = Gateway::serve(&file("paths-sent.yaml", &text), &["--log", "off"]).await;
    let paths = [
        ("/set/a%20b;x=1/c;y/%2F", "/got/a%20b/c/%2F"),
        ("/strip/admin;a=b/x", "/admin;a=b/x"),
        ("/a;b/./../%2e//c/", "/a;b/./../%2e//c/"),
    ];
    for (path, _) in paths {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(exchange(&gateway, &request, "ok").await.starts_with("HTTP/1.1 200"), "{path}");
    }
    let sent: Vec<_> = recorder.received().into_iter().map(|received| received.uri).collect();
    assert_eq!(sent, paths.map(|(_, sent)| sent));
}

#[tokio::test]
async fn options_for_the_whole_server_reach_it_as_they_came() {
    let (address, mut heads) = telling(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let text = routes(&format!(
        "- id: whole\n  uri: http://{address}\n  predicates: [Method=OPTIONS]\n  filters: [PrefixPath=/x, StripPrefix=1]"
    ));
    let gateway = Gateway::serve(&file("paths-star.yaml", &text), &["--log", "off"]).await;
    let response = exchange(&gateway, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let head = heads.recv().await.expect("the server is asked");
    assert!(head.starts_with("OPTIONS * HTTP/1.1\r\n"), "{head}");
}
