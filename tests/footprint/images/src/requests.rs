//! Two requests with the fields of a browser, and the bodies of their responses.
//!
//! Invariant: every image gets the same requests and sends the same bodies.

/// A GET with the fields of a browser.
#[macro_export]
macro_rules! browser_get {
    ($target:literal) => {
        concat!(
            "GET ",
            $target,
            " HTTP/1.1\r\n\
             Host: 192.168.4.1\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
             Accept-Language: en-US,en;q=0.5\r\n\
             Accept-Encoding: gzip, deflate\r\n\
             Connection: keep-alive\r\n\
             Upgrade-Insecure-Requests: 1\r\n\
             Priority: u=0, i\r\n\r\n"
        )
        .as_bytes()
    };
}

/// The requests of all images but one. One letter is escaped, so that a server without a decoder fails.
pub static BY_QUERY: [&[u8]; 2] = [browser_get!("/"), browser_get!("/greet?name=Ad%61")];

/// The same for a router with the name in the path.
pub static BY_PATH: [&[u8]; 2] = [browser_get!("/"), browser_get!("/greet/Ad%61")];

/// The same with a form between them, whose file has five bytes. The last response is that of every image.
pub static WITH_FORM: [&[u8]; 3] = [
    browser_get!("/"),
    b"POST /upload HTTP/1.1\r\n\
      Host: 192.168.4.1\r\n\
      User-Agent: curl/8.14.1\r\n\
      Accept: */*\r\n\
      Content-Length: 126\r\n\
      Content-Type: multipart/form-data; boundary=d74496d66\r\n\r\n\
      --d74496d66\r\n\
      Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
      Content-Type: text/plain\r\n\r\n\
      hello\r\n\
      --d74496d66--\r\n",
    browser_get!("/greet?name=Ad%61"),
];

/// The page at `/`.
pub const HOME: &str = "<!doctype html><title>Hello</title><h1>Hello</h1><p>This device is at your service.";
/// Its type.
pub const HTML: &str = "text/html; charset=utf-8";
/// The type of the greeting.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// The body of one of ten more static pages. All names have five letters, so that all bodies have [`EXTRA`] bytes.
#[macro_export]
macro_rules! extra {
    ($name:literal) => {
        concat!("<!doctype html><title>", $name, "</title><p>All there is to know of ", $name, ".")
    };
}

/// The length of the body of each of ten more static pages.
pub const EXTRA: usize = extra!("about").len();
