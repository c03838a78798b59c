//! A page that sends back what it gets: WebSocket messages, or bytes of a protocol of its own.

use bantam::{Connection, RequestDetails};

use crate::Pages;

#[cfg(feature = "socket")]
pub async fn chat<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    use bantam::WebSocketOptions;

    let mut memory = [0; 64];
    let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else {
        return Ok(());
    };
    let mut copy = [0; 64];
    while let Ok(Some(piece)) = socket.recv().await {
        let (opcode, is_last, length) = (piece.opcode, piece.is_last, piece.data.len());
        copy.iter_mut().zip(piece.data).for_each(|(place, byte)| *place = *byte);
        if socket.send(opcode, is_last, copy.get(..length).unwrap_or(&[])).await.is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(not(feature = "socket"))]
pub async fn chat<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    use bantam::{Response, wire::Status};
    use embedded_io_async::{Read, Write};

    let fields = [("Upgrade", "echo")];
    details.connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS).headers(&fields)).await?;
    let mut stream = details.connection.low_level().await?;
    let mut memory = [0; 64];
    while let Ok(count @ 1..) = stream.read(&mut memory).await {
        let mut rest = memory.get(..count).unwrap_or(&[]);
        while let Ok(count @ 1..) = stream.write(rest).await {
            rest = rest.get(count..).unwrap_or(&[]);
            if rest.is_empty() {
                break;
            }
        }
        if stream.flush().await.is_err() {
            break;
        }
    }
    Ok(())
}
