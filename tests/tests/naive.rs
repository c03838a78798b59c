//! The core and naive readers of the same texts: every short text over the bytes that mean something.
//!
//! Invariant: both read the same, or refuse.

use bantam_tests::naive::{cookies, credentials, for_each_text, forms, routes, set_cookies};

#[test]
fn cookies_are_those_of_a_naive_reader() {
    assert_eq!(for_each_text(b"a=; \"\t\xff", 6, cookies::check), 137_257);
    for_each_text(b"a=;\"\n\xc3\xa9", 5, cookies::check);
}

#[test]
fn credentials_are_those_of_a_naive_reader() {
    for_each_text(b"Qg/+=- 6", 5, |text| {
        for scheme in [&b"Basic "[..], b"bearer  ", b"Basic YTpi", b"Bearer=a", b"Basic"] {
            credentials::check(&[scheme, text].concat());
        }
    });
    // The four digits of every three bytes of interest.
    for_each_text(b"YTpiOmM=", 4, |text| credentials::check(&[b"BASIC ", text, b"Og=="].concat()));
}

#[test]
fn typed_values_and_html_are_those_of_a_naive_reader() {
    for_each_text(b"n=&%+16", 6, forms::check);
    for_each_text(b"=&%<\"'3c\0\xc3\xa9", 4, |text| forms::check(&[b"n=%e9", text].concat()));
    for_each_text(b"1%+0a=&", 3, |text| {
        for length in [61, 62, 63, 64, 65] {
            forms::check(&[b"n=", &vec![b'0'; length][..], text].concat());
        }
    });
}

#[test]
fn a_browser_reads_of_a_cookie_what_it_was_made_of() {
    let names = ["a", "__Host-a", "__secure-a", "", "a b", "a=b"];
    let values = ["", "b", "b=c", "b;c", "\"b\"", "b\r\nX: y"];
    let paths = ["/", "/a b", "a", "/;"];
    let domains = ["a.example", "", ".a", "a_b"];
    for flags in 0..=0x7ff {
        for name in names {
            for path in paths {
                for value in values {
                    set_cookies::check(flags, [name, value, path, "a.example"]);
                }
                for domain in domains {
                    set_cookies::check(flags, [name, "b", path, domain]);
                }
            }
        }
    }
}

#[test]
fn a_route_is_that_of_a_naive_router() {
    let (mut routed, mut refused) = (0, 0);
    let parts: [&[u8]; 9] = [b"/", b"a", b"b", b"%61", b"%2f", b"%C3%a9", b"%", b"?", b"."];
    let numbers: Vec<u8> = (0..9).collect();
    for_each_text(&numbers, 5, |text| {
        let target: Vec<u8> = text.iter().flat_map(|number| parts[usize::from(*number)]).copied().collect();
        let target = [b"/", &target[..]].concat();
        let number = text.iter().fold(0usize, |sum, number| sum * 9 + usize::from(*number));
        // Each target in some of the tables; short ones in all of them.
        let count = if text.len() < 4 { routes::TABLES } else { 4 };
        for table in number..number + count {
            let method = ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"][(number + table) % 6];
            if routes::check(table, method, &target) { routed += 1 } else { refused += 1 }
        }
    });
    for table in 0..routes::TABLES {
        for method in ["OPTIONS", "GET", "POST"] {
            routed += usize::from(routes::check(table, method, b"*"));
        }
    }
    assert!(routed > 100_000 && refused > 1_000, "{routed} routed, {refused} refused");
}
