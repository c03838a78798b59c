//! Bodies with structure: forms, events and WebSocket frames, with arguments of which nothing is known.

use bantam::wire::{
    Boundary, CloseCode, DeflateOptions, Event, FrameHeader, MultipartDecoder, MultipartEncoder,
    MultipartEvent, Opcode, PartHead, PartSpec, WebSocketDecoder, WebSocketPiece, WebSocketRequest, mask,
    request_head,
};
use bantam::{
    Buffers, Connection, RequestDetails, Response, Site, WebSocketOptions, blocking, serve, wire::Status,
};

use crate::bytes;
use crate::server::stream;

/// A page that reads a form.
struct Form {
    memory: usize,
}

impl Site for Form {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 512];
        let memory = memory.get_mut(..self.memory).unwrap_or(&mut []);
        let mut sum = [0; 4];
        let mut form = details.multipart(memory)?.max_parts(self.memory as u16);
        while let Some(mut part) = form.next_part().await? {
            let mut name = [0; 64];
            let mut count =
                part.head().file_name.and_then(|file| file.component(&mut name)).map_or(0, str::len);
            while let Some(data) = part.data().await? {
                count += data.len();
            }
            sum = u32::from_le_bytes(sum).wrapping_add(count as u32).to_le_bytes();
        }
        details.connection.make_response(Response::new(Status::OK).body(&sum)).await
    }
}

/// A page that streams the parts of a form.
#[unsafe(no_mangle)]
pub extern "C" fn serve_form(memory: usize) -> u8 {
    let mut buffers = Buffers::<1024, 512>::new();
    let mut stream = stream();
    u8::from(blocking::block_on(serve(&mut stream, &mut buffers.state(), &Form { memory })).is_ok())
}

/// A page that sends WebSocket messages back and closes.
struct Chat {
    memory: usize,
}

impl Site for Chat {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (mut memory, mut copy) = ([0; 64], [0; 64]);
        let memory = memory.get_mut(..self.memory).unwrap_or(&mut []);
        let mut options = WebSocketOptions::DEFAULT;
        (options.protocols, options.max_message) = (&["chat"], self.memory as u64);
        let Some(mut socket) = details.websocket(memory, &options).await? else { return Ok(()) };
        while let Ok(Some(piece)) = socket.recv().await {
            let (opcode, is_last, length) = (piece.opcode, piece.is_last, piece.data.len());
            copy.iter_mut().zip(piece.data).for_each(|(place, byte)| *place = *byte);
            if socket.send(opcode, is_last, copy.get(..length).unwrap_or(&[])).await.is_err() {
                break;
            }
        }
        let _ = socket.close(CloseCode::NORMAL, text_of(self.memory)).await;
        Ok(())
    }
}

/// Text of any length.
fn text_of(length: usize) -> &'static str {
    "é".get(..length).unwrap_or("e")
}

/// A page that switches to WebSocket.
#[unsafe(no_mangle)]
pub extern "C" fn serve_chat(memory: usize) -> u8 {
    let mut buffers = Buffers::<1024, 512>::new();
    let mut stream = stream();
    u8::from(blocking::block_on(serve(&mut stream, &mut buffers.state(), &Chat { memory })).is_ok())
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forms(at: *const u8, length: usize, other: *const u8, size: usize) -> usize {
    // SAFETY: the caller's promise.
    let (mut input, other) = unsafe { (bytes(at, length), bytes(other, size)) };
    let mut sum = 0;
    let boundary = Boundary::of_content_type(other).ok().or_else(|| Boundary::new(other));
    let Some(boundary) = boundary else { return sum };
    let mut decoder = MultipartDecoder::new(boundary).max_parts(size as u16);
    while let Ok(step) = decoder.decode(input) {
        sum += match step.event {
            MultipartEvent::Head(bytes, is_last) => bytes.len() + usize::from(is_last),
            MultipartEvent::Data(bytes) => bytes.len(),
            MultipartEvent::PartEnd | MultipartEvent::Framing => 1,
        };
        if step.used == 0 && input.is_empty() {
            break;
        }
        input = input.get(step.used..).unwrap_or(&[]);
    }
    sum += decoder.finish().map_or_else(|error| error.reason().len(), |()| 1);
    if let Ok(head) = PartHead::parse(other) {
        let mut memory = [0; 64];
        sum += head.name.bytes().count() + head.content_type.map_or(0, <[u8]>::len);
        sum += head.file_name.and_then(|name| name.text(&mut memory)).map_or(0, str::len);
    }
    let text = core::str::from_utf8(other).unwrap_or("");
    let mut encoder = MultipartEncoder::new(boundary);
    let mut memory = [0; 128];
    sum += encoder.part(&mut memory, &PartSpec::file(text, text, text)).map_or(0, <[u8]>::len);
    sum += encoder.end(&mut memory).map_or(0, <[u8]>::len);
    let event = Event::new(text).name(text).id(text).retry(size as u32);
    sum + event.encode(&mut memory).map_or(0, <[u8]>::len) + event.pieces().map_or(0, Iterator::count)
}

/// The decoder with an extension, whose pieces are taken as decoded.
fn extended(input: &[u8], limit: u64) -> usize {
    let (mut memory, mut sum) = ([0; 256], 0);
    let Some(mut rest) = memory.get_mut(..input.len()) else { return 0 };
    rest.copy_from_slice(input);
    let mut decoder = WebSocketDecoder::server().max_message(limit).rsv1(limit > 9);
    while !rest.is_empty() {
        let Ok(step) = decoder.decode(rest) else { return sum };
        let used = step.used;
        if let Some(piece) = step.piece {
            let piece = WebSocketPiece { data: input, ..piece };
            if decoder.has_rsv1() && decoder.check(&piece).is_err() {
                decoder.close();
            }
        }
        sum += usize::from(decoder.is_closed());
        rest = rest.get_mut(used..).unwrap_or(&mut []);
    }
    sum
}

/// # Safety
/// As for [`bytes`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn frames(at: *const u8, length: usize, limit: u64, is_server: bool) -> usize {
    // SAFETY: the caller's promise.
    let input = unsafe { bytes(at, length) };
    let mut memory = [0; 256];
    let Some(mut rest) = memory.get_mut(..length) else { return 0 };
    rest.copy_from_slice(input);
    let decoder = if is_server { WebSocketDecoder::server() } else { WebSocketDecoder::client() };
    let mut decoder = decoder.max_message(limit);
    let mut sum = 0;
    while !rest.is_empty() {
        let used = match decoder.decode(rest) {
            Ok(step) => {
                sum += step.piece.map_or(0, |piece| piece.data.len() + piece.opcode as usize);
                step.used
            }
            Err(error) => return error.reason().len() + usize::from(error.code().as_u16()),
        };
        rest = rest.get_mut(used..).unwrap_or(&mut []);
    }
    sum += extended(input, limit);
    sum += usize::from(decoder.is_between_frames())
        + decoder.close_code().map_or(0, |code| code.as_u16().into());
    let mut data = [0; 32];
    mask(&mut data, [length as u8; 4], limit);
    sum += usize::from(data.contains(&7));
    let header = FrameHeader { key: Some([1; 4]), ..FrameHeader::whole(Opcode::Text, limit) };
    sum += header.encode(&mut [0; FrameHeader::MAX]).len();
    let Ok((rest, head)) = request_head(input) else { return sum };
    for offer in head.headers.websocket_extensions() {
        sum += offer.name.len() + offer.parameters().flatten().count();
    }
    let mut options = DeflateOptions::DEFAULT;
    (options.server_max_window_bits, options.client_max_window_bits) = (length as u8, limit as u8);
    sum += options
        .choose(&head.headers)
        .map_or(0, |agreed| agreed.server_max_window_bits.map_or(1, usize::from));
    match WebSocketRequest::of(&head) {
        Ok(request) => {
            let text = core::str::from_utf8(rest).unwrap_or("");
            sum += request.accept().len() + request.choose(&[text]).map_or(0, str::len);
            sum + usize::from(request.is_same_origin(text)) + request.protocols().count()
        }
        Err(error) => sum + error.reason().len() + error.headers().len() + usize::from(error.status().code()),
    }
}
