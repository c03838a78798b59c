//! tokio-tungstenite on one thread of tokio, which sends WebSocket messages back. `websocket_tungstenite ADDRESS`

use futures_util::{SinkExt as _, StreamExt as _};

async fn echo(stream: tokio::net::TcpStream) {
    stream.set_nodelay(true).expect("no delay");
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
}

fn main() {
    let (address, _) = bench_servers::arguments();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let listener = bench_servers::listen(&address);
        listener.set_nonblocking(true).expect("a listener that does not block");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of tokio");
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async {
                loop {
                    if let Ok((stream, _)) = listener.accept().await {
                        tokio::task::spawn_local(echo(stream));
                    }
                }
            })
            .await;
    });
}
