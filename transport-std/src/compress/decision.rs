//! Which responses of pages are compressed, and their fields.
//!
//! Invariant: what is decided when the head is staged, with the fields of all layers below, is what the connection of the page does.

use std::cell::Cell;

use bantam::Fields;
use bantam::wire::{Headers, Status, entity_tags, members};

use super::coding::Coding;
use super::media_type::is_compressible;

/// A connection that can compress the response whose head is being staged.
#[derive(Clone, Copy)]
struct Offer {
    coding: Coding,
    is_taken: bool,
}

thread_local! {
    /// A head is staged inside of one poll, by the thread that polls: so long the offer of its connection stands.
    static OFFER: Cell<Option<Offer>> = const { Cell::new(None) };
}

/// Calls `stage` with the offer to compress the response whose head it stages. Returns whether the head that was staged last takes it.
pub(super) fn offer<T>(coding: Coding, stage: impl FnOnce() -> T) -> (T, bool) {
    // A site may panic while it adds fields: the refusal that follows is no taker.
    struct OfferGuard;
    impl Drop for OfferGuard {
        fn drop(&mut self) {
            OFFER.set(None);
        }
    }
    OFFER.set(Some(Offer { coding, is_taken: false }));
    let _guard = OfferGuard;
    let result = stage();
    (result, OFFER.get().is_some_and(|offer| offer.is_taken))
}

/// Adds the fields of a compressed response to a head, if that is offered and the head allows it; `Vary` in any case if another client
/// could get it compressed.
pub(super) fn decide(fields: &mut Fields<'_>) {
    let offered = OFFER.get();
    if fields.status() == Status::NOT_MODIFIED {
        fields.append("Vary", "Accept-Encoding");
        if let Some(weak) = weak_tag_of_cache(fields) {
            fields.set("ETag", &weak);
        }
        return;
    }
    if !is_codable(fields.status(), &fields.headers()) {
        // Not if a layer below has taken it.
        if let Some(offer) = offered
            && fields.headers().first("content-encoding").is_none()
        {
            OFFER.set(Some(Offer { is_taken: false, ..offer }));
        }
        return;
    }
    fields.append("Vary", "Accept-Encoding");
    let Some(offer) = offered else { return };
    OFFER.set(Some(Offer { is_taken: true, ..offer }));
    fields.set("Content-Encoding", offer.coding.name());
    let strong = fields.headers().text("etag").filter(|tag| tag.starts_with('"')).map(str::to_owned);
    if let Some(tag) = strong {
        fields.set("ETag", &format!("W/{tag}"));
    }
}

/// Returns true if a response with this status and these fields may be compressed.
pub(super) fn is_codable(status: Status, headers: &Headers<'_>) -> bool {
    // What has no body, and a part of a body.
    let has_whole_body = status.code() >= 200 && !matches!(status.code(), 204..=206 | 304);
    // Digests are of the content as it is sent (RFC 9530), and ranges, too.
    let excluded = [
        "content-encoding",
        "content-range",
        "accept-ranges",
        "content-digest",
        "repr-digest",
        "digest",
        "content-md5",
    ];
    has_whole_body
        && headers.first("content-type").is_some_and(is_compressible)
        && excluded.iter().all(|name| headers.first(name).is_none())
        && !headers.all("cache-control").any(has_no_transform)
}

/// Returns true if a value of `Cache-Control` forbids to transform the content (RFC 9111 section 5.2.2.6).
pub(crate) fn has_no_transform(cache_control: &[u8]) -> bool {
    members(cache_control).any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
}

/// The weak form of a 304's tag, if that is what the client has stored: a strong one would not update it (RFC 9111 section 4.3.4).
fn weak_tag_of_cache(fields: &Fields<'_>) -> Option<String> {
    let headers = fields.headers();
    let tag = headers.text("etag").filter(|tag| tag.starts_with('"'))?;
    let request = fields.request()?;
    let mut stored = request.headers.all("if-none-match").flat_map(entity_tags);
    let mut is_weak = None;
    stored.by_ref().filter(|(_, other)| *other == tag.as_bytes()).for_each(|(weak, _)| {
        is_weak = Some(weak && is_weak != Some(false));
    });
    (is_weak == Some(true)).then(|| format!("W/{tag}"))
}
