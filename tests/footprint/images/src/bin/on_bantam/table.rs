//! Static pages in a table, as a generator would write it.

#[cfg(feature = "table")]
static PAGES: [(&str, &str); 10] = {
    use footprint_images::extra;
    [
        ("/about", extra!("about")),
        ("/setup", extra!("setup")),
        ("/login", extra!("login")),
        ("/reset", extra!("reset")),
        ("/hosts", extra!("hosts")),
        ("/users", extra!("users")),
        ("/ports", extra!("ports")),
        ("/clock", extra!("clock")),
        ("/power", extra!("power")),
        ("/model", extra!("model")),
    ]
};

#[cfg(not(feature = "table"))]
static PAGES: [(&str, &str); 0] = [];

/// The body of the page at a path.
pub fn find(path: &str) -> Option<&'static str> {
    PAGES.iter().find(|(name, _)| *name == path).map(|(_, body)| *body)
}
