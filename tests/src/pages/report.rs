//! Pages that send their request details, or a given rejection.

use std::fmt::Write;

use bantam::wire::{Method, MethodSet, PercentEncoded, Status};
use bantam::{Connection, Rejection, RequestDetails, Response};

use crate::pages::content::TEXT;

/// Sends all request details, one in a line.
pub(super) async fn report<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut text = String::new();
    let mut line =
        |name: &str, value: &str| writeln!(text, "{name}: {value}").map_err(|_| Rejection::BadInput);
    line("method", details.method.as_str())?;
    line("version", &format!("{:?}", details.version))?;
    line("peer", &details.client_address.map_or_else(String::new, |peer| peer.to_string()))?;
    line("authority", details.uri.authority.unwrap_or("-"))?;
    line("path", details.uri.path)?;
    for (name, value) in details.parsers().query() {
        line("query", &format!("{}={}", plain(name), plain(value)))?;
    }
    for header in details.headers {
        let [name, value] = [header.name, header.value].map(String::from_utf8_lossy);
        line("header", &format!("{name}={value}"))?;
    }
    details.connection.make_response(Response::new(Status::OK).headers(&TEXT).body(text.as_bytes())).await
}

fn plain(text: PercentEncoded<'_>) -> String {
    String::from_utf8_lossy(&text.bytes().collect::<Vec<_>>()).into_owned()
}

/// Every [`Rejection`], by name.
pub const REJECTIONS: [(&str, Rejection); 23] = [
    ("start-line", Rejection::BadStartLine),
    ("target", Rejection::BadTarget),
    ("version", Rejection::BadVersion),
    ("other-version", Rejection::VersionNotSupported),
    ("field", Rejection::BadField),
    ("host", Rejection::BadHost),
    ("length", Rejection::BadContentLength),
    ("coding", Rejection::BadTransferEncoding),
    ("ambiguous", Rejection::AmbiguousLength),
    ("other-coding", Rejection::UnknownTransferCoding),
    ("chunk", Rejection::BadChunk),
    ("overhead", Rejection::ChunkOverhead),
    ("truncated", Rejection::Truncated),
    ("input", Rejection::BadInput),
    ("not-found", Rejection::NotFound),
    ("method", Rejection::MethodNotAllowed(MethodSet::of(&[Method::Post]))),
    ("timeout", Rejection::Timeout),
    ("content", Rejection::ContentTooLarge),
    ("uri", Rejection::UriTooLong),
    ("expectation", Rejection::ExpectationFailed),
    ("head", Rejection::HeadTooLarge),
    ("other-method", Rejection::NotImplemented),
    ("busy", Rejection::Busy),
];

pub(super) async fn reject<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = details.uri.path.trim_start_matches("/reject/");
    let found = REJECTIONS.iter().find(|(candidate, _)| *candidate == name);
    Err(found.map_or(Rejection::NotFound, |(_, rejection)| *rejection).into())
}
