//! Every public function of `bantam::wire`, and the state machine, with arguments of which nothing is known.

use core::fmt::{self, Write as _};

use bantam::wire::{
    BodyLength, ByteRange, ByteRanges, ChunkDecoder, ContentDisposition, Date, HeadParser, Headers, Method,
    MethodSet, PercentEncoded, Query, ResponseHeadParser, ResponseHeadSpec, SameSite, SetCookie, Status, Uri,
    Validators, authority, decimal, encode_response_head, entity_tags, field_value, members, request_head,
    response_head, response_trailers, split_unquoted, token, trailers, unfold,
};
use bantam::{Cycle, Deadlines, PhaseTimer, escape};

use crate::bytes;

/// Cookies and credentials, compared with `text`.
fn kit(headers: &Headers<'_>, text: &str) -> usize {
    let mut memory = [0; 64];
    let mut sum = headers.cookies().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    sum += headers.cookie(text).map_or(0, str::len);
    if let Some(credentials) = headers.basic_auth() {
        sum += usize::from(credentials.matches(text, text)) + credentials.bytes().count();
        sum += credentials.decode(&mut memory).map_or(0, |(user, password)| user.len() + password.len());
    }
    sum + headers.bearer().map_or(0, |token| token.as_str().len() + usize::from(token.matches(text)))
}

/// Counts what is written, and fails at times.
struct Sink(usize);

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        if self.0 % 7 == 1 { Err(fmt::Error) } else { Ok(()) }
    }
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kit_pieces(at: *const u8, length: usize, number: u64) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let text = core::str::from_utf8(input).unwrap_or("");
    let (mut memory, mut sink) = ([0; 64], Sink(0));
    let query = Query::new(input);
    let mut sum = query.get::<u32>(text).unwrap_or(1) as usize;
    sum += query.opt::<i64>(text).ok().flatten().unwrap_or(1) as usize;
    sum += query.text(text, &mut memory).map_or(0, str::len);
    let encoded = PercentEncoded::form(input);
    let mut pieces = escape(encoded).pieces();
    while let Some(piece) = pieces.next_piece() {
        sum += piece.len();
    }
    sum += usize::from(write!(sink, "{encoded}{}{}", escape(encoded), escape(text)).is_ok());
    sum += usize::from(Date::new(number).imf_fixdate()[0]);
    let mut cookie = SetCookie::new(text, text);
    if number & 1 == 0 {
        cookie = cookie.path(text).expires(Date::new(number)).secure();
    }
    if number & 2 == 0 {
        cookie = cookie.domain(text).max_age(number as u32).http_only();
    }
    if number & 4 == 0 {
        cookie = cookie.same_site(SameSite::None).partitioned();
    }
    sum += cookie.encode(&mut memory).map_or(0, str::len);
    sum += cookie.to_field::<64>().map_or(0, |field| field.len());
    sum += cookie.checked().map_or(0, |field| usize::from(write!(sink, "{field}").is_ok()));
    sum + sink.0
}

/// A sum of what is found, so that nothing of it is left out.
fn headers(headers: &Headers<'_>, name: &str) -> usize {
    let lines: usize = headers.iter().map(|header| header.name.len() + header.value.len()).sum();
    let found = headers.first(name).map_or(0, <[u8]>::len) + headers.text(name).map_or(0, str::len);
    let qualities: usize =
        headers.qualities(name).map(|quality| quality.item.len() + usize::from(quality.q)).sum();
    let found = found + qualities + usize::from(headers.coding_quality(name));
    lines + found + headers.all(name).flat_map(members).count() + kit(headers, name)
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn heads(at: *const u8, length: usize, part: usize) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let mut sum = 0;
    let (mut requests, mut responses) = (HeadParser::request(), ResponseHeadParser::new());
    for front in [input.get(..part).unwrap_or(&[]), input] {
        sum += requests.advance(front).ok().flatten().unwrap_or(requests.offset());
        sum += responses.advance(front).ok().flatten().unwrap_or(responses.offset());
    }
    sum += usize::from(requests.has_begun());
    sum += requests.too_long().reason().len();
    // With the index of the parser.
    sum += requests.request_head(input).map_or(0, |head| headers(&head.headers, head.uri.path));
    sum += responses.response_head(input).map_or(0, |head| head.reason.len());
    if let Ok((rest, head)) = request_head(input) {
        sum += rest.len() + headers(&head.headers, head.uri.path) + head.host().map_or(0, str::len);
        sum += usize::from(head.persists()) + usize::from(head.expects_continue());
        sum += usize::from(head.offers_upgrade()) + head.method.as_str().len();
        let known = Validators {
            etag: head.uri.query,
            modified: head.uri.authority,
            modified_is_strong: head.uri.query.is_none(),
        };
        sum += known.evaluate(&head.headers, part == 0) as usize;
        let whole = known.range(&head.headers, length as u64);
        sum += whole.content_range(length as u64).map_or(0, |text| text.len());
        let (status, parts) = known.select_ranges(head.method, &head.headers, length as u64);
        sum += usize::from(status.code()) + usize::from(matches!(parts, ByteRanges::Several(_)));
        let disposition = ContentDisposition::attachment(head.uri.path);
        sum += disposition.encode(&mut [0; 64]).map_or(0, str::len);
        sum += disposition.to_field::<64>().map_or(0, |text| text.len());
        sum += cycle(&head, input, part as u64);
    }
    let mut memory = [0; 64];
    if let Some(front) = memory.get_mut(..input.len()) {
        front.copy_from_slice(input);
        unfold(front);
        sum += usize::from(front.ends_with(b" "));
    }
    if let Ok((rest, head)) = response_head(input) {
        sum += rest.len() + headers(&head.headers, "x") + usize::from(head.persists());
        sum += head.body_after(Method::Connect).map_or(0, |body| usize::from(body == BodyLength::Chunked));
    }
    sum
}

fn cycle(head: &bantam::wire::RequestHead<'_>, input: &[u8], number: u64) -> usize {
    let Ok(mut cycle) = Cycle::begin(head, number) else { return 1 };
    let status = Status::new(number as u16).unwrap_or(Status::OK);
    let mut sum = usize::from(cycle.want_body(number == 1).is_ok());
    sum += cycle.receive(input).map_or(0, |step| step.used + step.data.len());
    sum += usize::from(cycle.received_directly(number).is_ok()) + cycle.data_left() as usize;
    sum += usize::from(cycle.respond(status, Some(number), number == 2).is_ok());
    if number == 3 {
        cycle.retract();
    }
    sum += usize::from(cycle.send(input.len()).is_ok()) + usize::from(cycle.finish().is_ok());
    sum + cycle.after() as usize + cycle.sent() as usize + usize::from(cycle.body_is_done())
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pieces(at: *const u8, length: usize, number: u64) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let mut memory = [0; 64];
    let mut sum = token(input).map_or(0, |(rest, token)| rest.len() + token.len());
    sum += field_value(input).map_or(0, |(rest, value)| rest.len() + value.len());
    sum += decimal(input).map_or(0, |(rest, value)| rest.len() + value as usize);
    sum += authority(input)
        .map_or(0, |(rest, host)| rest.len() + host.host.len() + host.port.map_or(0, usize::from));
    sum += Uri::parse(input).map_or(0, |uri| uri.path.len() + uri.fragment.map_or(0, str::len));
    for method in [Method::Get, Method::Options, Method::Connect] {
        sum += Uri::target(method, input).map_or(0, |uri| uri.path.len());
        sum += MethodSet::of(&[method]).to_allow().len();
    }
    for (name, value) in Query::new(input) {
        sum += name.bytes().count() + value.raw().len();
        sum += value.decode(&mut memory).map_or(0, |value| value.len());
        sum += name.text(&mut memory).map_or(0, str::len);
        sum += PercentEncoded::path(input).decode_str(&mut memory).map_or(0, str::len);
    }
    sum += Query::new(input).first("name").map_or(0, |value| usize::from(value == "value"));
    sum += members(input).map(<[u8]>::len).sum::<usize>() + split_unquoted(input, b';').count();
    sum += entity_tags(input).map(|(_, tag)| tag.len()).sum::<usize>();
    sum += Date::parse(input).map_or(0, |date| date.seconds() as usize);
    sum + ByteRange::parse(input, number).content_range(number).map_or(0, |text| text.len())
}

fn decode<const RESPONSE: bool>(mut decoder: ChunkDecoder<RESPONSE>, mut input: &[u8], number: u64) -> usize {
    let mut sum = 0;
    while let Ok(step) = decoder.decode(input) {
        if step.used == 0 || decoder.is_done() {
            break;
        }
        sum += step.data.len();
        input = input.get(step.used..).unwrap_or(&[]);
        decoder.skip(number);
    }
    sum + decoder.data_left() as usize + decoder.offset()
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn body(at: *const u8, length: usize, number: u64) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let mut sum =
        decode(ChunkDecoder::new(), input, number) + decode(ChunkDecoder::response(), input, number);
    for trailers in [trailers, response_trailers] {
        sum += trailers(input).map_or(0, |(rest, fields)| rest.len() + headers(&fields, "x"));
    }
    sum
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answers(at: *const u8, length: usize, number: u64) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let text = core::str::from_utf8(input).unwrap_or("");
    let status = Status::new(number as u16).unwrap_or(Status::OK);
    let mut memory = [0; 256];
    let mut sum = status.reason().len() + usize::from(status.is_bodiless());
    for framing in [None, Some(BodyLength::Known(number)), Some(BodyLength::Chunked)] {
        let headers = [(text, text), ("X", text)];
        let mut spec = ResponseHeadSpec::new(status);
        (spec.date, spec.headers, spec.framing) = (input.first_chunk(), &headers, framing);
        sum += encode_response_head(&mut memory, &spec).unwrap_or(0);
    }
    let mut watch = PhaseTimer::new(Deadlines::DEFAULT);
    watch.enter(bantam::Phase::Body);
    sum + watch.remaining(core::time::Duration::from_micros(number)).subsec_micros() as usize
}
