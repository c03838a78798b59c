//! The board, emulated, with the firmware that tests/run has built.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// No wait of these tests is longer: what takes so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A board at work; switched off when dropped.
pub(crate) struct Board {
    qemu: Child,
    address: SocketAddr,
    /// Hears what it says after it was ready.
    listener: Option<JoinHandle<String>>,
}

impl Board {
    /// Boots it with an image, and waits until it says that it is ready. Clients of `serial` and `microbit` talk to its
    /// serial line, those of the others to port 80.
    pub(crate) fn boot(image: &str) -> Self {
        // Between the choice of a port and its use another program may take it.
        (0..5).find_map(|_| Self::try_boot(image)).expect("the board boots")
    }

    fn try_boot(name: &str) -> Option<Self> {
        let image = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/firmware").join(name);
        assert!(image.exists(), "tests/run builds the firmware; tests/device does, too");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("its address");
        drop(free);
        let machine = if name == "microbit" { "microbit" } else { "lm3s6965evb" };
        let (network, serial) = if matches!(name, "serial" | "microbit" | "broken") {
            ("none".to_owned(), format!("tcp:{address},server=on,wait=off,nodelay=on"))
        } else {
            (
                format!("user,model=stellaris,hostfwd=tcp:{address}-:80,ipv6=off,restrict=on"),
                "null".to_owned(),
            )
        };
        let mut qemu = Command::new("qemu-system-arm")
            .args(["-M", machine, "-display", "none", "-monitor", "none", "-serial", &serial])
            .args(["-semihosting-config", "enable=on,target=native", "-nic", &network, "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("qemu-system-arm starts");
        let mut lines = BufReader::new(qemu.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let ready = lines.any(|line| line.starts_with("READY "));
        // What it says later is a fault, and belongs to the test's own output.
        let listener = std::thread::spawn(move || {
            lines.inspect(|line| eprintln!("the board: {line}")).collect::<Vec<_>>().join("\n")
        });
        let mut board = Self { qemu, address, listener: Some(listener) };
        if ready { Some(board) } else { board.qemu.wait().ok().and(None) }
    }

    /// Is it still running?
    pub(crate) fn is_up(&mut self) -> bool {
        matches!(self.qemu.try_wait(), Ok(None))
    }

    /// Waits until it has ended by itself: what it said last, and whether it says that all was well.
    pub(crate) fn last_words(mut self) -> (String, bool) {
        let said = self.listener.take().expect("there").join().expect("heard");
        (said, self.qemu.wait().expect("it ends").success())
    }

    /// Where a client that nobody here wrote finds a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What curl prints, told this.
    pub(crate) fn curl(&self, arguments: &[&str], paths: &[&str]) -> Vec<u8> {
        let urls = paths.iter().map(|path| self.url(path));
        let curl = Command::new("curl").args(["-sS", "--max-time", "60"]).args(arguments).args(urls).output();
        let curl = curl.expect("curl runs");
        assert!(curl.status.success(), "{paths:?}: {}", String::from_utf8_lossy(&curl.stderr));
        curl.stdout
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("QEMU listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream.set_nodelay(true).expect("an option");
        stream
    }

    /// A connection on which this has been said.
    pub(crate) fn say(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("said");
        stream
    }

    /// What the board answers to a request, until it closes: the request asks it to.
    pub(crate) fn ask(&self, request_line: &str) -> String {
        let request = format!("{request_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        rest(&mut self.say(request.as_bytes()))
    }

    /// A number behind a word on the page about the device.
    pub(crate) fn status(&self, word: &str) -> u32 {
        let page = self.ask("GET /status");
        let behind = page.split(word).nth(1).unwrap_or_else(|| panic!("{word} in {page}"));
        let number: String = behind.trim_start().chars().take_while(char::is_ascii_digit).collect();
        number.parse().unwrap_or_else(|_| panic!("a number behind {word} in {page}"))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// Everything until the board closes.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it closes in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until this has come.
pub(crate) fn until(stream: &mut TcpStream, end: &str) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with(end) {
        stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} behind {text}"));
        text.push(char::from(byte[0]));
    }
    text
}
