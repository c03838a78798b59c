//! A board that runs a firmware image in QEMU.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// The limit of every read of these tests.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) const RISCV_QEMU: &str = "qemu-system-riscv32";
/// QEMU's machine `virt`, without firmware of its own; virtio-mmio is the one before virtio 1.0 by default.
pub(crate) const RISCV_MACHINE: [&str; 6] =
    ["-M", "virt", "-bios", "none", "-global", "virtio-mmio.force-legacy=false"];

/// The images that serve over smoltcp, one for each processor.
pub(crate) const TCP_IMAGES: [&str; 2] = ["ethernet", "riscv"];

/// A running board. Dropping it kills QEMU.
pub(crate) struct Board {
    qemu: Child,
    pub(crate) address: SocketAddr,
    /// Collects the output after the ready line.
    output: Option<JoinHandle<String>>,
}

impl Board {
    /// Boots an image and waits for its ready line. The names of the images for RISC-V begin with `riscv`. Clients connect to
    /// the serial line of `serial`, `microbit` and the two for faults, to port 443 of those that begin with `riscv_tls`, to port 80 of all other images. Of
    /// `captive_portal` the same number is port 53 of UDP.
    pub(crate) fn boot(image: &str) -> Self {
        // The output of a failed test.
        eprintln!("the image {image}");
        // Another program may take the port before QEMU binds it.
        (0..5).find_map(|_| Self::try_boot(image)).expect("the board boots")
    }

    fn try_boot(name: &str) -> Option<Self> {
        let image = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/firmware").join(name);
        assert!(image.exists(), "tests/run and tests/device build the firmware");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("its address");
        drop(free);
        let mut qemu = Command::new(if name.starts_with("riscv") { RISCV_QEMU } else { "qemu-system-arm" });
        match name {
            "microbit" => qemu.args(["-M", "microbit"]),
            _ if name.starts_with("riscv") => qemu.args(RISCV_MACHINE),
            _ => qemu.args(["-M", "lm3s6965evb"]),
        };
        let serial = if matches!(name, "serial" | "microbit" | "fault_injection" | "riscv_fault_injection") {
            qemu.args(["-nic", "none"]);
            format!("tcp:{address},server=on,wait=off,nodelay=on")
        } else {
            let port = if name.starts_with("riscv_tls") { 443 } else { 80 };
            let mut network = format!("user,id=n0,hostfwd=tcp:{address}-:{port},ipv6=off");
            // QEMU drops what a device in a restricted network sends by UDP, replies included.
            network += &if name == "captive_portal" {
                format!(",hostfwd=udp:{address}-:53")
            } else {
                ",restrict=on".to_owned()
            };
            qemu.args(["-netdev", &network]);
            if name.starts_with("riscv") {
                qemu.args(["-device", "virtio-net-device,netdev=n0"]);
                if port == 443 {
                    qemu.args(["-device", "virtio-rng-device"]);
                }
            } else {
                qemu.args(["-net", "nic,model=stellaris,netdev=n0"]);
            }
            "null".to_owned()
        };
        let mut qemu = qemu
            .args(["-display", "none", "-monitor", "none", "-serial", &serial])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("QEMU starts");
        let mut lines = BufReader::new(qemu.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let ready = lines.any(|line| line.starts_with("READY "));
        // Later output is a fault, and is shown with the output of the test.
        let output = std::thread::spawn(move || {
            lines.inspect(|line| eprintln!("the board: {line}")).collect::<Vec<_>>().join("\n")
        });
        let mut board = Self { qemu, address, output: Some(output) };
        if ready { Some(board) } else { board.qemu.wait().ok().and(None) }
    }

    /// Returns true if the board is running.
    pub(crate) fn is_up(&mut self) -> bool {
        matches!(self.qemu.try_wait(), Ok(None))
    }

    /// Waits until the program has ended. Returns its output after the ready line, and true if it has succeeded.
    pub(crate) fn wait_with_output(mut self) -> (String, bool) {
        let output = self.output.take().expect("taken once").join().expect("the thread does not panic");
        (output, self.qemu.wait().expect("QEMU ends").success())
    }

    /// Returns the URL of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Requests these pages by curl and returns its output.
    pub(crate) fn curl(&self, arguments: &[&str], paths: &[&str]) -> Vec<u8> {
        let urls: Vec<_> = paths.iter().map(|path| self.url(path)).collect();
        curl(&[arguments, &urls.iter().map(String::as_str).collect::<Vec<_>>()].concat())
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("QEMU listens");
        stream.set_read_timeout(Some(READ_TIMEOUT)).expect("SO_RCVTIMEO");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        stream
    }

    /// Connects and sends `bytes`.
    pub(crate) fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("the bytes are sent");
        stream
    }

    /// Sends a request with `Connection: close` and returns the response.
    pub(crate) fn request(&self, request_line: &str) -> String {
        let request = format!("{request_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        read_to_end(&mut self.send(request.as_bytes()))
    }

    /// Returns the number after `word` on `/status`.
    pub(crate) fn status(&self, word: &str) -> u32 {
        let page = self.request("GET /status");
        let after = page.split(word).nth(1).unwrap_or_else(|| panic!("{word} in {page}"));
        let number: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
        number.parse().unwrap_or_else(|_| panic!("a number after {word} in {page}"))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// The response that `ask` reads. A client waits 15 s for it, and then comes again with another connection: a SYN that no socket listens for
/// is dropped, and QEMU's network repeats it after 6, 18, 42 and 90 s.
///
/// # Panics
/// If the board refuses a client, by a reset, or by the end of a connection on which `ask` reads more.
pub(crate) fn come_again(board: &Board, ask: impl Fn(&mut TcpStream) -> io::Result<String>) -> String {
    for _ in 0..10 {
        let mut client = board.connect();
        client.set_read_timeout(Some(Duration::from_secs(15))).expect("SO_RCVTIMEO");
        match ask(&mut client) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            answered => return answered.expect("no refusal"),
        }
    }
    panic!("no response in ten times 15 s");
}

/// Runs curl and returns its output.
pub(crate) fn curl(arguments: &[&str]) -> Vec<u8> {
    let curl =
        Command::new("curl").args(["-sS", "--noproxy", "*", "--max-time", "60"]).args(arguments).output();
    let curl = curl.expect("curl runs");
    assert!(curl.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&curl.stderr));
    curl.stdout
}

/// Reads until the board closes the connection.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the board closes in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until the text ends with `end`.
pub(crate) fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    try_read_until(stream, end, &mut text).unwrap_or_else(|error| panic!("{error} after {text}"));
    text
}

/// The same for a client that may give up. Appends what arrives to `text`.
pub(crate) fn try_read_until(stream: &mut TcpStream, end: &str, text: &mut String) -> io::Result<()> {
    let mut byte = [0];
    while !text.ends_with(end) {
        stream.read_exact(&mut byte)?;
        text.push(char::from(byte[0]));
    }
    Ok(())
}

/// Returns a GET request.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}
