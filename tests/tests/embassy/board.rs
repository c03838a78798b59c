//! The site of the boards, whose images no emulator runs: `/board` and its events.
//! Invariant: a stream sends every change, and beyond the streams that there may be workers are left.

#[path = "../../../transport-embedded/boards/src/site.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a part of the boards")]
mod site;

use std::pin::pin;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{ServerPort, run_worker};
use embassy_net::tcp::TcpSocket;
use site::BoardSite;

use crate::sim_net::{CLOSE, SimNet, WhenWoken, join, read_to_end, send, until_listening};

const STREAM: &str = "GET /board/events HTTP/1.1\r\nHost: a\r\n\r\n";

/// Reads up to this text. Returns what comes before it.
async fn read_until(client: &mut TcpSocket<'_>, end: &str) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with(end) {
        let count = client.read(&mut byte).await.expect("open");
        assert!(count > 0, "the end behind {text}");
        text.push(char::from(byte[0]));
    }
    text
}

#[test]
fn every_stream_follows_the_temperature_and_the_led_and_a_third_is_refused() {
    let (port, board) = (ServerPort::<4>::new(80, Deadlines::DEFAULT), BoardSite::new("board"));
    let mut sim = SimNet::new(&port);
    let workers = (0..4).map(|_| {
        let (mut socket, port, board) = (sim.socket(), &port, &board);
        Box::pin(WhenWoken::new(async move {
            let mut buffers = Buffers::<1024, 512>::new();
            Box::pin(run_worker(port, &mut socket, board, &mut buffers)).await
        }))
    });
    let workers = workers.collect();
    let [mut first, mut second, mut third] = [(); 3].map(|()| sim.socket());
    sim.run(&mut pin!(join(workers)), async {
        board.exchange(213).await;
        for client in [&mut first, &mut second] {
            send(client, STREAM).await;
            read_until(client, "\ndata: 21.3 off\n\n").await;
        }
        send(&mut third, &format!("GET /board/events{CLOSE}")).await;
        let refused = read_to_end(&mut third).await.0;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");

        board.exchange(-5).await;
        // The same temperature is no event.
        board.exchange(-5).await;
        let form = "POST /board HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nled=on";
        send(&mut third, form).await;
        let answer = read_to_end(&mut third).await.0;
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        for client in [&mut first, &mut second] {
            let text = read_until(client, "\ndata: -0.5 on\n\n").await;
            assert_eq!(text.matches("\ndata: -0.5 off\n").count(), 1, "{text}");
        }
        assert!(board.exchange(-5).await, "the LED is to be on");
        send(&mut third, &format!("GET /board{CLOSE}")).await;
        let page = read_to_end(&mut third).await.0;
        assert!(
            page.contains("<span id=degrees>-0.5</span>") && page.contains("<span id=led>on</span>"),
            "{page}"
        );

        // A stream that ends makes room for another.
        first.abort();
        until_listening(&port, 3).await;
        send(&mut third, STREAM).await;
        read_until(&mut third, "\ndata: -0.5 on\n\n").await;
    });
}
