//! Law: RFC 9112 section 3.2 and RFC 9110 section 7.2: there is one Host, it is a host and perhaps a port by RFC 3986, and
//! it may be empty.

use super::case::Case;

/// Sound values, broken ones, and how many.
pub(super) fn all() -> Vec<Case> {
    let sent = |value: &str| format!("GET /robots.txt HTTP/1.1\r\nHost:{value}\r\n\r\n");
    let sound = SOUND.iter().map(|value| Case::answered(format!("Host {value:?}"), sent(value), 200));
    let broken = BROKEN.iter().map(|value| Case::answered(format!("Host {value:?}"), sent(value), 400));
    sound.chain(broken).chain(counts()).collect()
}

const SOUND: &[&str] = &[
    "a",
    "",
    " ",
    " a",
    "\ta\t ",
    " a:80",
    " a:",
    " :80",
    " a:0",
    " a:65535",
    " a:00080",
    " 127.0.0.1",
    " 127.0.0.1:80",
    " 999.1.1.1",
    " [::1]",
    " [::1]:80",
    " [::1]:",
    " [::]",
    " [::ffff:1.2.3.4]",
    " [v1.a]",
    " [1:2:3:4:5:6:7:8]",
    " a%20b",
    " a%2Eb",
    " a_b",
    " a.b.",
    " -",
    " ~",
    " !$&'()*+,;=",
    " a,b",
    " a;b",
    " xn--bcher-kva",
    " EXAMPLE.org",
];

const BROKEN: &[&str] = &[
    " a b",
    " a\tb",
    " a/",
    " a/b",
    " /",
    " http://a",
    " //a",
    " a?b",
    " a#b",
    " u@a",
    " u:p@a",
    " @a",
    " a:b",
    " a:-1",
    " a:+80",
    " a:8 0",
    " a :80",
    " a: 80",
    " a:65536",
    " a:99999999999999999999",
    " a:80:80",
    " a:80,b:80",
    " ::1",
    " [::1",
    " ::1]",
    " [::1]]",
    " [[::1]]",
    " []",
    " [:]",
    " [::1]a",
    " [::1]80",
    " [::1]:x",
    " [:::]",
    " [::1%25lo]",
    " [::1%lo]",
    " [g::1]",
    " [1.2.3.4]",
    " [1::2::3]",
    " [12345::]",
    " [::256.1.1.1]",
    " [v.x]",
    " [v1.]",
    " [x1.a]",
    " [1:2:3:4:5:6:7:8:9]",
    " %",
    " a%",
    " a%2",
    " a%zz",
    " \"a\"",
    " <a>",
    " a\\b",
    " a|b",
    " a^b",
    " a`b",
    " {a}",
    " a, b",
    " \u{e9}",
    " a\u{7f}",
    " a\0",
    " a\u{1}",
];

fn counts() -> Vec<Case> {
    let with =
        |target: &str, version: &str, fields: &str| format!("GET {target} HTTP/{version}\r\n{fields}\r\n");
    let absolute = "http://b/robots.txt";
    let file = "/robots.txt";
    vec![
        Case::answered("no Host", with(file, "1.1", ""), 400),
        Case::answered("no Host, but other fields", with(file, "1.1", "X: y\r\n"), 400),
        Case::answered("no Host in 1.2", with(file, "1.2", ""), 400),
        Case::closes("no Host in 1.0", with(file, "1.0", ""), 200),
        Case::closes("a Host in 1.0", with(file, "1.0", "Host: a\r\n"), 200),
        Case::answered("the same Host twice", with(file, "1.1", "Host: a\r\nHost: a\r\n"), 400),
        Case::answered("two Hosts apart", with(file, "1.1", "Host: a\r\nX: y\r\nHOST: b\r\n"), 400),
        Case::answered("a Host and an empty one", with(file, "1.1", "Host: a\r\nHost:\r\n"), 400),
        Case::answered("an empty Host and one", with(file, "1.1", "Host:\r\nHost: a\r\n"), 400),
        Case::answered("two Hosts in 1.0", with(file, "1.0", "Host: a\r\nHost: a\r\n"), 400),
        Case::answered("a broken Host in 1.0", with(file, "1.0", "Host: a b\r\n"), 400),
        Case::answered("a Host in small letters", with(file, "1.1", "host: a\r\n"), 200),
        Case::answered("a Host that is no Host", with(file, "1.1", "Hosts: a\r\n"), 400),
        Case::answered("a Host with a space in its name", with(file, "1.1", "Ho st: a\r\n"), 400),
        Case::answered("absolute-form without Host", with(absolute, "1.1", ""), 400),
        Case::closes("absolute-form without Host in 1.0", with(absolute, "1.0", ""), 200),
        Case::answered("absolute-form and another Host", with(absolute, "1.1", "Host: c:9\r\n"), 200),
        Case::answered("absolute-form and an empty Host", with(absolute, "1.1", "Host:\r\n"), 200),
        Case::answered("absolute-form and a broken Host", with(absolute, "1.1", "Host: c d\r\n"), 400),
        Case::answered("absolute-form and two Hosts", with(absolute, "1.1", "Host: b\r\nHost: b\r\n"), 400),
    ]
}
