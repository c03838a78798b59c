//! `/api/chat`: the chat over WebSocket. A message is a name, a line feed and a text; the server's own have no name.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use bantam::wire::{CloseCode, Opcode};
use bantam::{Connection, LowLevelStream, RequestDetails, SocketError, WebSocket, WebSocketOptions};

use crate::Shared;
use crate::message::Message;
use crate::room::{Next, Seat};

/// What a connection that waits gets.
enum Step {
    /// The end of a message from the client.
    Said,
    /// A part of one.
    Began,
    /// Something for the client.
    Next(Next),
    /// The client has done what is not allowed.
    Bad(CloseCode, &'static str),
    /// The client has closed the connection.
    Closed,
}

/// Sends the messages that are kept, and then everything that anyone says. A connection for which there is no place is closed with 1013.
pub async fn get<C: Connection>(
    shared: &Shared,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let mut memory = [0; 64];
    let mut options = WebSocketOptions::DEFAULT;
    options.max_message = Message::MAX as u64;
    let Some(mut socket) = details.websocket(&mut memory, &options).await? else { return Ok(()) };
    // How the connection ends is no failure of the page.
    let _ = chat(shared, &mut socket).await;
    Ok(())
}

async fn chat<S: LowLevelStream>(
    shared: &Shared,
    socket: &mut WebSocket<'_, S>,
) -> Result<(), SocketError<S::Error>> {
    // Try again later.
    const FULL: Option<CloseCode> = CloseCode::new(1013);
    let Some(mut seat) = shared.room.join() else {
        return socket.close(FULL.unwrap_or(CloseCode::POLICY), "The chat is full. Try again later.").await;
    };
    let mut draft = Message::EMPTY;
    let mut listens_first = false;
    loop {
        let step = wait(socket, &mut seat, &mut draft, listens_first).await?;
        // Neither a client that never stops nor a chat that never does keeps the other waiting.
        listens_first = matches!(step, Step::Said | Step::Began);
        let message = match step {
            Step::Said => {
                shared.room.say(&draft);
                draft = Message::EMPTY;
                continue;
            }
            Step::Began => continue,
            Step::Next(Next::Message(message)) => message,
            Step::Next(Next::Missed(count)) => Message::of_missed(count),
            Step::Bad(code, reason) => return socket.close(code, reason).await,
            Step::Closed => return Ok(()),
        };
        socket.send(Opcode::Text, true, message.bytes()).await?;
    }
}

/// Waits for the client and for the chat at the same time.
async fn wait<S: LowLevelStream>(
    socket: &mut WebSocket<'_, S>,
    seat: &mut Seat<'_>,
    draft: &mut Message,
    listens_first: bool,
) -> Result<Step, SocketError<S::Error>> {
    let mut recv = pin!(socket.recv());
    poll_fn(|context| {
        if listens_first && let Poll::Ready(next) = seat.poll_next(context) {
            return Poll::Ready(Ok(Step::Next(next)));
        }
        let Poll::Ready(piece) = recv.as_mut().poll(context) else {
            return seat.poll_next(context).map(|next| Ok(Step::Next(next)));
        };
        Poll::Ready(piece.map(|piece| {
            let Some(piece) = piece else { return Step::Closed };
            if piece.opcode != Opcode::Text {
                return Step::Bad(CloseCode::UNSUPPORTED, "The chat takes text only.");
            }
            draft.push(piece.data);
            match piece.is_last {
                false => Step::Began,
                true if draft.is_valid() => Step::Said,
                true => Step::Bad(CloseCode::POLICY, "A message is a name, a line feed and a text."),
            }
        }))
    })
    .await
}
