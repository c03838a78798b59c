//! The stream of a page that has left HTTP: its phases, and how it ends with the server.

use std::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, LowLevelStream, MAX_WRITE, Phase, RequestDetails, Response, Site, serve};
use bantam_tests::executor::run;
use bantam_tests::script::{Event, ScriptedPeer, Step};
use embedded_io_async::{Error as _, ErrorKind, Read as _, Write as _};

/// Writes, reads until the end of the peer, and writes again; says goodbye in a server that stops.
struct Raw;

impl Site for Raw {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        details
            .connection
            .make_response(Response::new(Status::SWITCHING_PROTOCOLS).headers(&[("Upgrade", "x")]))
            .await?;
        let mut stream = details.connection.low_level().await?;
        let data = vec![7; MAX_WRITE + 5];
        let mut rest = &data[..];
        while !rest.is_empty() {
            rest = &rest[stream.write(rest).await.unwrap_or(rest.len())..];
        }
        let _ = stream.flush().await;
        let mut memory = [0; 8];
        loop {
            match stream.read(&mut memory).await {
                Ok(0) => break,
                Err(error) if error.kind() == ErrorKind::TimedOut && stream.is_ending() => {
                    let _ = stream.write(b"bye").await;
                    let _ = stream.flush().await;
                    stream.close();
                    while stream.read(&mut memory).await.is_ok_and(|count| count > 0) {}
                    return Ok(());
                }
                Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
        let _ = stream.write(b"end").await;
        let _ = stream.flush().await;
        Ok(())
    }
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";

fn phases(steps: Vec<Step>) -> (Vec<Phase>, ScriptedPeer) {
    let mut peer = ScriptedPeer::new([vec![Step::from(UPGRADE)], steps].concat()).max_write(MAX_WRITE - 1);
    let _ = run(serve(&mut peer, &mut Buffers::<512, 512>::new().state(), &Raw));
    let head = peer.events.iter().position(|event| *event == Event::Flush).expect("a head");
    let phases = peer.events[head..].iter().filter_map(|event| match event {
        Event::Enter(phase) => Some(*phase),
        _ => None,
    });
    (phases.collect(), peer)
}

#[test]
fn a_write_has_the_deadline_of_a_response_and_a_read_its_own() {
    let (phases, peer) = phases(vec![Step::from("a")]);
    use Phase::{Close, LowLevel, Response};
    assert_eq!(phases, [Response, Response, LowLevel, LowLevel, Response, Close], "one for each 64 KB");
    assert_eq!(&peer.writes()[1..], [MAX_WRITE - 1, 1, 5, 3]);
}

#[test]
fn a_server_that_stops_ends_a_read_and_the_peer_has_one_time_to_close() {
    use Phase::{Close, LowLevel, Response};
    let late = || vec![Step::from("late"), Step::Delay(Duration::from_secs(1)), Step::from("later")];
    let endings = [vec![Step::Stall], [late(), vec![Step::Stall]].concat(), late()];
    for ending in endings {
        let (phases, peer) =
            phases([vec![Step::Delay(Duration::from_secs(1)), Step::Stop], ending.clone()].concat());
        let first = match ending[0] {
            Step::Stall => vec![LowLevel],
            // What is there already is read first.
            _ => vec![LowLevel, LowLevel],
        };
        // The last one is that of the core, which closes our side.
        let expected = [vec![Response, Response], first, vec![Response, Close, Close]].concat();
        assert_eq!(phases, expected, "{ending:?}");
        assert!(peer.text().ends_with("bye"), "{ending:?}");
    }
}
