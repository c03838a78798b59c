//! Law: what a client has sent is text in a page and nothing else, however long it is.

use bantam::Connection;
use bantam::wire::Encoded;
use heapless::Vec;

/// Sends a text of the client's, decoded and escaped for HTML, in pieces: it needs no memory but one piece. Bytes that
/// are not UTF-8 are shown by the browser as U+FFFD; none of them can hide a byte that is escaped.
pub(crate) async fn send_escaped<C: Connection>(
    connection: &mut C,
    text: Encoded<'_>,
) -> Result<(), C::Error> {
    let mut piece = Vec::<u8, 32>::new();
    for byte in text.bytes() {
        let byte = [byte];
        let entity = escaped(&byte);
        if piece.extend_from_slice(entity).is_err() {
            connection.send(&piece).await?;
            piece.clear();
            // An entity is shorter than a piece.
            let _ = piece.extend_from_slice(entity);
        }
    }
    connection.send(&piece).await
}

fn escaped(byte: &[u8; 1]) -> &[u8] {
    match byte {
        b"&" => b"&amp;",
        b"<" => b"&lt;",
        b">" => b"&gt;",
        b"\"" => b"&quot;",
        b"'" => b"&#39;",
        other => other,
    }
}
