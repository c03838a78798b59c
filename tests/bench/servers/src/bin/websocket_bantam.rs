//! bantam on one worker, with a page that sends WebSocket messages back in the pieces in which they come. `websocket_bantam ADDRESS
//! [tokio]`: with the word on tokio.

use std::io;

use bantam::wire::Opcode;
use bantam::{Connection, RequestDetails, Site, WebSocketOptions};
use bantam_std::{Mode, Server};

struct Echo;

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (mut memory, mut copy) = ([0; 1024], [0; 1024]);
        let socket = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await?;
        let Some(mut socket) = socket else { return Ok(()) };
        let mut is_first = true;
        while let Ok(Some(piece)) = socket.recv().await {
            let (opcode, is_last, length) = (piece.opcode, piece.is_last, piece.data.len());
            copy[..length].copy_from_slice(piece.data);
            let opcode = if is_first { opcode } else { Opcode::Continuation };
            if socket.send(opcode, is_last, &copy[..length]).await.is_err() {
                break;
            }
            is_first = is_last;
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let (address, word) = bench_servers::arguments();
    let mode = if word.is_some() { Mode::Tokio } else { Mode::EventLoop };
    Server::new().mode(mode).max_connections(65_536).workers(1).bind(address)?.start(Echo)?.wait();
    Ok(())
}
