//! [`TestRequest`]: a request to a site over memory.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::pin::Pin;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::block_on::block_on;
use super::peer::ScriptedPeer;
use super::response::TestResponse;
use super::script::Step;
use crate::page::Site;
use crate::serve::{ConnectionState, serve};

/// The sizes of the buffers: those of `bantam-std`.
const SIZES: (usize, usize) = (8 * 1024, 16 * 1024);

/// A request to a site over memory: [`get`](super::get) and [`request`](super::request()) make it, `.await` and [`Self::wait`] send it.
///
/// It is sent as it is written: what is not valid in it is refused, as a site does with what its clients send. `Host: localhost`,
/// and the framing of a body, are added where the test states none.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing before it is awaited, or `wait` is called"]
pub struct TestRequest<'s, S> {
    site: &'s S,
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    framing: Option<(&'static str, String)>,
    body: Vec<u8>,
    steps: Vec<Step>,
    client: Option<SocketAddr>,
    is_secure: bool,
    sizes: (usize, usize),
    max_read: usize,
}

impl<'s, S: Site> TestRequest<'s, S> {
    pub(super) fn new(site: &'s S, method: &str, target: &str) -> Self {
        Self {
            site,
            method: method.to_owned(),
            target: target.to_owned(),
            fields: Vec::new(),
            framing: None,
            body: Vec::new(),
            steps: Vec::new(),
            client: None,
            is_secure: false,
            sizes: SIZES,
            max_read: usize::MAX,
        }
    }

    /// Adds a field. It may be repeated.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body, with its `Content-Length`, unless [`Self::header`] states one.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self.framing = Some(("Content-Length", self.body.len().to_string()));
        self
    }

    /// Sets the body, in the chunked coding: one chunk for each piece that is not empty.
    pub fn chunks<P: AsRef<[u8]>>(mut self, pieces: impl IntoIterator<Item = P>) -> Self {
        self.body.clear();
        for piece in pieces {
            let piece = piece.as_ref();
            if !piece.is_empty() {
                self.body.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                self.body.extend_from_slice(piece);
                self.body.extend_from_slice(b"\r\n");
            }
        }
        self.body.extend_from_slice(b"0\r\n\r\n");
        self.framing = Some(("Transfer-Encoding", "chunked".to_owned()));
        self
    }

    /// Appends what the client does behind the request, before it closes its side: `Step::Delay` keeps the connection for so long, for a page
    /// of events; bytes are for a page that has left HTTP, such as frames of a WebSocket. The clock is virtual.
    pub fn then(mut self, step: impl Into<Step>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// Sets the address of the client. Default: 192.0.2.1, port 4321.
    pub fn client(mut self, address: SocketAddr) -> Self {
        self.client = Some(address);
        self
    }

    /// The connection is secure: [`Transport::is_secure`](crate::Transport::is_secure) is true.
    pub fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// Sets the sizes of the request buffer and of the response buffer, in bytes, such as those of a device. Default: 8,192 and
    /// 16,384, as in `bantam-std`. [`ConnectionState`] says what they hold.
    pub fn buffers(mut self, request: usize, response: usize) -> Self {
        self.sizes = (request, response);
        self
    }

    /// Sets how many bytes one read returns at most. Default: any number.
    pub fn max_read(mut self, bytes: usize) -> Self {
        self.max_read = bytes;
        self
    }

    /// Sends the request, and returns the response, for a test without an executor: [`block_on`] polls.
    ///
    /// # Panics
    /// If the connection ends without a response; where a page panics; if a page waits for what nothing will wake it for.
    #[track_caller]
    pub fn wait(self) -> TestResponse {
        block_on(self.send()).unwrap_or_else(|message| panic!("{message}"))
    }

    /// The bytes of the head.
    fn head(&self) -> String {
        let has = |name: &str| self.fields.iter().any(|field| field.0.eq_ignore_ascii_case(name));
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let host = (!has("host")).then_some(("Host", "localhost"));
        let framing = self.framing.as_ref().filter(|(name, _)| !has(name));
        let own = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in host.into_iter().chain(own).chain(framing.map(|(name, value)| (*name, &**value)))
        {
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    /// The response, or why there is none.
    async fn send(self) -> Result<TestResponse, String> {
        let mut steps = vec![Step::Send(self.head().into_bytes())];
        if !self.body.is_empty() {
            steps.push(Step::Send(self.body));
        }
        steps.extend(self.steps);
        let mut peer = ScriptedPeer::new(steps).max_read(self.max_read);
        peer.environment.secure = self.is_secure;
        peer.environment.client = self.client.unwrap_or(peer.environment.client);
        let (mut input, mut output) = (vec![0; self.sizes.0], vec![0; self.sizes.1]);
        let mut state = ConnectionState::new(&mut input, &mut output);
        let result = serve(&mut peer, &mut state, self.site).await;
        let request = format!("{} {}", self.method, self.target);
        let fault = peer.log().first().and_then(|exchange| exchange.fault);
        TestResponse::parse(&request, &self.method, &peer.written, fault)
            .ok_or_else(|| format!("{request} got no response: {result:?}"))
    }
}

/// The response, on any executor.
///
/// # Panics
/// If the connection ends without a response.
impl<'s, S: Site> IntoFuture for TestRequest<'s, S> {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + 's>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.send().await.unwrap_or_else(|message| panic!("{message}")) })
    }
}
