//! A chat over WebSocket: `cargo run -p bantam-std --example chat`, then open http://127.0.0.1:8080/ in two windows.

use std::future::poll_fn;
use std::io::{self, Write as _};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Site, WebSocketOptions};
use bantam_std::{RunningServer, Server};

/// What was said, and the connections that wait for more. A chat of days would forget the oldest messages.
#[derive(Default)]
struct Chat(Mutex<(Vec<String>, Vec<Waker>)>);

impl Chat {
    fn say(&self, text: String) {
        let mut chat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chat.0.push(text);
        let waiting = std::mem::take(&mut chat.1);
        drop(chat);
        waiting.into_iter().for_each(Waker::wake);
    }

    fn poll_message(&self, number: usize, context: &Context<'_>) -> Poll<String> {
        let mut chat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = chat.0.get(number) {
            return Poll::Ready(text.clone());
        }
        chat.1.retain(|waker| !waker.will_wake(context.waker()));
        chat.1.push(context.waker().clone());
        Poll::Pending
    }
}

impl Site for Chat {
    bantam::routes! { GET "/" => page, GET "/socket" => socket }
}

async fn page<C: Connection>(_: &Chat, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.pieces(Status::OK, "text/html", &[include_str!("page.html")]).await
}

async fn socket<C: Connection>(chat: &Chat, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (mut memory, mut draft, mut number) = ([0; 512], Vec::new(), 0);
    let mut options = WebSocketOptions::DEFAULT;
    options.max_message = 4096;
    let Some(mut socket) = details.websocket(&mut memory, &options).await? else { return Ok(()) };
    loop {
        let heard = {
            // Waits for the client and for the others at the same time. A `recv` that is dropped loses nothing.
            let mut recv = pin!(socket.recv());
            let next = poll_fn(|context| match recv.as_mut().poll(context) {
                Poll::Pending => chat.poll_message(number, context).map(|text| Some(Some(text))),
                Poll::Ready(Ok(Some(piece))) => {
                    draft.extend_from_slice(piece.data);
                    if piece.is_last {
                        chat.say(String::from_utf8_lossy(&std::mem::take(&mut draft)).into_owned());
                    }
                    Poll::Ready(Some(None))
                }
                Poll::Ready(_) => Poll::Ready(None),
            });
            next.await
        };
        match heard {
            None => return Ok(()),
            Some(None) => {}
            Some(Some(text)) if socket.send_text(&text).await.is_ok() => number += 1,
            Some(Some(_)) => return Ok(()),
        }
    }
}

pub(crate) fn start(address: &str) -> io::Result<RunningServer> {
    Server::new().bind(address)?.start(Chat::default())
}

fn main() -> io::Result<()> {
    let server = start(&std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned()))?;
    writeln!(io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
