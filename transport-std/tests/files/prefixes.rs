//! Files behind a prefix that a proxy, or a site, removes from the path.
//!
//! Invariant: no redirect and no link of a listing names the root by an absolute path.

use std::io::Read as _;
use std::path::Path;

use bantam::{Connection, RequestDetails, Site};
use bantam_std::{ServeDir, Server};

use crate::{Response, Served, common, put};

fn fill(root: &Path) {
    std::fs::create_dir_all(root.join("docs/a:b/c d")).unwrap();
    put(&root.join("docs/a:b/c d/x"), b"x");
}

/// `ServeDir` below `/app`: what a proxy with `strip-prefix` does.
struct Mounted(ServeDir);

impl Site for Mounted {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let Some(path) = details.uri.path.strip_prefix("/app") else {
            return Err(bantam::Rejection::NotFound.into());
        };
        details.uri.path = path;
        self.0.request_handler(details).await
    }
}

/// Resolves a reference against the path of a URL (RFC 3986 section 5.2, for references that are paths).
fn resolve(base: &str, reference: &str) -> String {
    assert!(
        !reference.starts_with('/') && !reference.split('/').next().unwrap().contains(':'),
        "{reference}"
    );
    let folder = base.split('?').next().unwrap().rsplit_once('/').unwrap().0;
    let mut names: Vec<&str> = folder.split('/').skip(1).collect();
    let (path, query) =
        reference.split_once('?').map_or((reference, None), |(path, query)| (path, Some(query)));
    let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
    for name in parents.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let path: String = names.iter().map(|name| format!("/{name}")).collect();
    format!("{path}/{last}{}", query.map(|query| format!("?{query}")).unwrap_or_default())
}

#[test]
fn redirects_and_links_of_listings_stay_below_the_prefix() {
    let served = Served::new(fill, |root| root);
    let site = Mounted(ServeDir::open(served.path("")).unwrap().listing(true));
    let server = Server::new().bind("127.0.0.1:0").unwrap().start(site).unwrap();
    let ask = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut bytes = Vec::new();
        common::send(server.local_addrs()[0], request.as_bytes()).read_to_end(&mut bytes).unwrap();
        Response::parse(&bytes)
    };
    for (path, target) in [
        ("/app/docs", "/app/docs/"),
        ("/app/docs?a=b/c", "/app/docs/?a=b/c"),
        ("/app/docs/a:b", "/app/docs/a%3Ab/"),
        ("/app/docs/a:b/c%20d", "/app/docs/a:b/c%20d/"),
    ] {
        let response = ask(path);
        assert_eq!(response.status(), 308, "{path}");
        let location = resolve(path, response.field("Location").unwrap());
        assert_eq!(location, target);
        assert_eq!(ask(&location).status(), 200, "{location}");
    }
    let base = "/app/docs/a%3Ab/c%20d/";
    let page = ask(base).text();
    let links = page.split("href=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]);
    let paths: Vec<String> =
        links.filter(|link| !link.starts_with('?')).map(|link| resolve(base, link)).collect();
    let expected = ["/app/", "/app/docs/", "/app/docs/a%3Ab/", base, "/app/docs/a%3Ab/"];
    assert_eq!(paths[..5], expected);
    assert_eq!(paths[5], format!("{base}x"));
    for path in paths {
        assert_eq!(ask(&path).status(), 200, "{path}");
    }
}
