//! The router, by segments: a naive reader splits pattern and path at their slashes, and decodes behind that.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::OnceLock;

use bantam::__router::{Route, find};
use bantam::blocking::{Blocking, block_on};
use bantam::wire::{Method, MethodSet, PercentEncoded};
use bantam::{Buffers, Connection, Rejection, RequestDetails, Site, serve};
use embedded_io::{ErrorKind, ErrorType, Read, Write};

/// How many tables there are.
pub const TABLES: usize = 256;

/// A route, as a naive reader keeps it: no methods for a prefix.
struct Entry {
    pattern: &'static str,
    methods: Vec<Method<'static>>,
}

type Table = (&'static [Route], Vec<Entry>);

/// Tables of one to five routes, whose patterns are of one to four segments. They are never freed, since routes are static.
fn tables() -> &'static [Table] {
    static ALL: OnceLock<Vec<Table>> = OnceLock::new();
    const SEGMENTS: [&str; 6] = ["a", "b", "ab", "{x}", "{y}", "\u{e9}"];
    const METHODS: [(&[&str], &[Method<'_>]); 5] = [
        (&["GET"], &[Method::Get, Method::Head]),
        (&["POST"], &[Method::Post]),
        (&["PUT", "DELETE"], &[Method::Put, Method::Delete]),
        (&["HEAD", "PATCH"], &[Method::Head, Method::Patch]),
        (&["GET", "OPTIONS", "TRACE"], &[Method::Get, Method::Head, Method::Options, Method::Trace]),
    ];
    ALL.get_or_init(|| {
        let mut state = 1u32;
        // The higher bits of a linear congruential generator.
        let mut choose = |count: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % count
        };
        let table = |_| {
            let (mut routes, mut entries) = (Vec::new(), Vec::new());
            for _ in 0..=choose(5) {
                let mut pattern = String::new();
                for _ in 0..=choose(3) {
                    let segment = SEGMENTS[choose(SEGMENTS.len())];
                    // A pattern names a parameter once.
                    let is_taken = segment.starts_with('{') && pattern.contains(segment);
                    let segment = if is_taken { "a" } else { segment };
                    write!(pattern, "/{segment}").expect("memory");
                }
                let (kind, (names, methods)) = (choose(6), METHODS[choose(METHODS.len())]);
                pattern.push_str(["", "", "/", "/{*rest}", "", ""][kind]);
                let pattern: &'static str = if kind == 5 { "/" } else { pattern.leak() };
                let is_mount = kind == 1;
                routes.push(if is_mount { Route::mount(pattern) } else { Route::page(names, pattern) });
                entries
                    .push(Entry { pattern, methods: if is_mount { Vec::new() } else { methods.to_vec() } });
            }
            (&*routes.leak(), entries)
        };
        (0..TABLES).map(table).collect()
    })
}

/// What is found: the number of the route, its parameters `x`, `y` and `rest`, and the path behind it; or the refusal.
type Found = Result<(usize, [Option<String>; 3], String), Rejection>;

/// The parameters and the path behind `pattern`, if it fits.
fn fit<'p>(entry: &Entry, path: &'p str) -> Option<([Option<&'p str>; 3], String)> {
    let mut left: Vec<&str> = path.split('/').collect();
    let mut parameters = [None; 3];
    for expected in entry.pattern.split('/') {
        if left.is_empty() {
            return None;
        }
        if expected == "{*rest}" {
            let at = path.len() - left.join("/").len();
            parameters[2] = path.get(at..);
            left.clear();
            break;
        }
        let segment = left.remove(0);
        match expected {
            "{x}" | "{y}" if segment.is_empty() => return None,
            "{x}" => parameters[0] = Some(segment),
            "{y}" => parameters[1] = Some(segment),
            literal if PercentEncoded::path(segment).bytes().eq(literal.bytes()) => {}
            _ => return None,
        }
    }
    if !entry.methods.is_empty() && !left.is_empty() {
        return None;
    }
    Some((parameters, format!("/{}", left.join("/"))))
}

fn expected(entries: &[Entry], method: Method<'_>, path: &str) -> Found {
    let mut allowed = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let fit = fit(entry, path);
        if let Some((parameters, rest)) = &fit
            && (entry.methods.is_empty() || entry.methods.contains(&method))
        {
            return Ok((number, parameters.map(|text| text.map(str::to_owned)), rest.clone()));
        }
        if fit.is_some() || path == "*" {
            allowed.extend(&entry.methods);
        }
    }
    if allowed.is_empty() {
        return Err(Rejection::NoRoute);
    }
    allowed.push(Method::Options);
    Err(Rejection::MethodNotAllowed(MethodSet::of(&allowed)))
}

/// A site that asks the core's router, and the naive one, and keeps what they find.
struct Both {
    table: &'static Table,
    found: RefCell<Option<(Found, Found)>>,
}

impl Site for Both {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let expected = expected(&self.table.1, details.method, details.uri.path);
        let found = find(self.table.0, details).map(|number| {
            let parameters = ["x", "y", "rest"].map(|name| details.param_raw(name).map(str::to_owned));
            (number, parameters, details.rest().to_owned())
        });
        *self.found.borrow_mut() = Some((found, expected));
        Err(Rejection::NoRoute.into())
    }
}

/// A stream that has one request and takes any answer.
struct Stream<'a>(&'a [u8]);

impl ErrorType for Stream<'_> {
    type Error = ErrorKind;
}

impl Read for Stream<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = memory.len().min(self.0.len());
        let (front, rest) = self.0.split_at(count);
        memory[..count].copy_from_slice(front);
        self.0 = rest;
        Ok(count)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Checks that the core finds the same route for a request. Returns false if the core refused the request before.
///
/// # Panics
/// If it finds another.
pub fn check(table: usize, method: &str, target: &[u8]) -> bool {
    let site = Both { table: &tables()[table % TABLES], found: RefCell::new(None) };
    let request =
        [method.as_bytes(), b" ", target, b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"].concat();
    let _ = block_on(serve(
        &mut Blocking::new(Stream(&request)),
        &mut Buffers::<1024, 512>::new().state(),
        &site,
    ));
    let patterns = || site.table.1.iter().map(|entry| entry.pattern).collect::<Vec<_>>();
    match site.found.take() {
        Some((found, expected)) => {
            assert_eq!(found, expected, "{} in {:?}", request.escape_ascii(), patterns());
            true
        }
        None => false,
    }
}
