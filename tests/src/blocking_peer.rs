//! The scripted peer as a stream that blocks: the [`Hooks`] of `Blocking`.

use std::net::SocketAddr;
use std::time::Duration;

use bantam::{Blocking, ExchangeRecord, Hooks, Phase, Transport};
use embedded_io::ErrorKind;

use crate::environment::Environment;
use crate::script::ScriptedPeer;

/// The hooks of a scripted peer, which hold its [`Environment`] while `Blocking` holds its stream.
#[derive(Debug)]
pub struct PeerHooks(Environment);

impl Hooks<ScriptedPeer> for PeerHooks {
    fn enter(&mut self, peer: &mut ScriptedPeer, phase: Phase) {
        Transport::enter(peer, phase);
    }

    fn enter_for(&mut self, peer: &mut ScriptedPeer, phase: Phase, limit: Duration) {
        Transport::enter_for(peer, phase, limit);
    }

    fn pause(&mut self, peer: &mut ScriptedPeer, duration: Duration) {
        peer.advance_clock(duration);
    }

    fn shutdown_write(&mut self, peer: &mut ScriptedPeer) -> Result<bool, ErrorKind> {
        peer.shut_down()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.0.client)
    }

    fn is_secure(&self) -> bool {
        self.0.secure
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.0.date
    }

    fn keep_alive(&self) -> bool {
        !self.0.stopping
    }

    fn is_ending(&self) -> bool {
        self.0.stopping
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.0.record(record);
    }
}

/// Calls `serve` with a blocking transport over the peer; the peer has the environment again when it returns.
pub fn over_blocking<R>(
    mut peer: ScriptedPeer,
    serve: impl FnOnce(&mut Blocking<ScriptedPeer, PeerHooks>) -> R,
) -> (ScriptedPeer, R) {
    let hooks = PeerHooks(std::mem::take(&mut peer.environment));
    let mut transport = Blocking { stream: peer, hooks };
    let result = serve(&mut transport);
    let Blocking { stream: mut peer, hooks: PeerHooks(environment) } = transport;
    peer.environment = environment;
    (peer, result)
}
