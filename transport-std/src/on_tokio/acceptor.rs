//! `TokioAcceptor`: accepts from several tokio listeners in turn.
//! Invariant: a listener that fails is not asked during its back-off, and keeps no other from being asked.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::net::Listener;
use crate::net::tokio_listener::TokioListener;
use crate::shared::accept::{AcceptBackoff, AfterAcceptError};

/// The listeners of one worker. Closes them when dropped.
pub(super) struct TokioAcceptor {
    listeners: Vec<(TokioListener, AcceptBackoff)>,
    /// Until the end of the first back-off.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl TokioAcceptor {
    /// Registers the listeners, which are those of [`crate::net::per_worker`]. Each has a clone of `backoff`.
    pub(super) fn new(listeners: Vec<Listener>, backoff: &AcceptBackoff) -> io::Result<Self> {
        let register = |listener| Ok((TokioListener::new(listener)?, backoff.clone()));
        let listeners = listeners.into_iter().map(register).collect::<io::Result<_>>()?;
        Ok(Self { listeners, sleep: None })
    }

    /// Accepts the next connection.
    pub(super) fn poll_accept(&mut self, task: &mut Context<'_>) -> Poll<(TcpStream, Option<SocketAddr>)> {
        for _ in 0..self.listeners.len() {
            // The listener that has accepted last is the last to be asked again.
            self.listeners.rotate_left(1);
            let Some((listener, backoff)) = self.listeners.last_mut() else { break };
            while backoff.remaining().is_none() {
                match listener.poll_accept(task) {
                    Poll::Ready(Ok(accepted)) => {
                        backoff.on_accepted();
                        return Poll::Ready(accepted);
                    }
                    Poll::Ready(Err(error)) if backoff.on_error(&error) != AfterAcceptError::Wait => {}
                    _ => break,
                }
            }
        }
        self.poll_backoff(task)
    }

    /// Wakes the task at the end of the first back-off.
    fn poll_backoff<T>(&mut self, task: &mut Context<'_>) -> Poll<T> {
        let remaining = self.listeners.iter().filter_map(|(_, backoff)| backoff.remaining()).min();
        self.sleep = remaining.map(|remaining| Box::pin(sleep(remaining)));
        if self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(task).is_ready()) {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::net::{self, TcpListener};

    use tokio::runtime::Builder;

    use super::*;
    use crate::net::per_worker;

    /// Runs a test with an acceptor of these listeners.
    fn with_acceptor(listeners: Vec<TcpListener>, test: impl AsyncFnOnce(TokioAcceptor)) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listeners = listeners.into_iter().map(Listener::Tcp).collect();
            let listeners = per_worker(listeners, 1).unwrap().remove(0);
            test(TokioAcceptor::new(listeners, &AcceptBackoff::default()).unwrap()).await;
        });
    }

    #[test]
    fn listeners_take_turns() {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let mut addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
        addresses.sort_unstable();
        let clients: Vec<_> = addresses.iter().flat_map(|to| [to; 4]).map(net::TcpStream::connect).collect();
        with_acceptor(listeners.into(), async |mut acceptor| {
            // The first poll after the registration finds none ready: tokio has not read its events.
            tokio::task::yield_now().await;
            for _ in 0..4 {
                let mut ports = Vec::new();
                for _ in 0..3 {
                    let (socket, _) = poll_fn(|task| acceptor.poll_accept(task)).await;
                    ports.push(socket.local_addr().unwrap());
                }
                ports.sort_unstable();
                assert_eq!(ports, addresses);
            }
        });
        assert!(clients.iter().all(Result::is_ok));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_listener_that_fails_keeps_no_other_from_accepting() {
        let [broken, sound] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        // accept(2) answers EINVAL from now on.
        socket2::SockRef::from(&broken).shutdown(net::Shutdown::Both).unwrap();
        let address = sound.local_addr().unwrap();
        with_acceptor(vec![broken, sound], async |mut acceptor| {
            for _ in 0..8 {
                let _client = net::TcpStream::connect(address).unwrap();
                let accepted = poll_fn(|task| acceptor.poll_accept(task));
                tokio::time::timeout(std::time::Duration::from_secs(20), accepted).await.unwrap();
            }
            let polled = poll_fn(|task| Poll::Ready(acceptor.poll_accept(task).is_pending())).await;
            assert!(polled, "none is left");
            assert!(acceptor.sleep.is_some(), "the end of the back-off wakes the task");
        });
    }
}
