//! Large files, and files that change while they are sent.
//!
//! Invariant: a file that shrinks ends the connection and is never padded; one that grows is cut.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use bantam::blocking::Hooks;
use bantam::{Blocking, Buffers, ExchangeRecord, Fault, blocking, serve};
use bantam_std::{Mode, ServeDir};
use embedded_io_adapters::std::FromStd;

use crate::common::{connect, read_response};
use crate::{Served, head, request, set_old_mtime};

const LARGE: u64 = 64 << 20;

/// The byte at a position of the test file.
fn at(position: u64) -> u8 {
    (position % 251) as u8
}

fn fill(root: &Path) {
    let mut file = File::create(root.join("large")).unwrap();
    let block: Vec<u8> = (0..251 * 1024).map(at).collect();
    let mut left = LARGE;
    while left > 0 {
        let count = left.min(block.len() as u64);
        file.write_all(&block[..count as usize]).unwrap();
        left -= count;
    }
    std::fs::write(root.join("small"), "small").unwrap();
}

/// The servers of a directory, and one whose transport has no sendfile.
fn all(served: &Served) -> Vec<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let root = ServeDir::open(served.path("")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut buffers = Buffers::<4096, 4096>::new();
            let mut transport = Blocking::new(FromStd::new(stream.unwrap()));
            let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &root));
        }
    });
    served.addresses().chain([address]).collect()
}

#[test]
fn a_large_file_arrives_unchanged_and_the_connection_is_kept() {
    let served = Served::new(fill, |root| root);
    for address in all(&served) {
        let mut client = connect(address);
        request(&mut client, "/large");
        assert!(head(&mut client).contains(&format!("Content-Length: {LARGE}\r\n")));
        let mut body = vec![0; LARGE as usize];
        client.read_exact(&mut body).unwrap();
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "unchanged");
        request(&mut client, "/small");
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nsmall"));
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_ends_the_connection() {
    for server in 0..=Mode::ALL.len() {
        let served = Served::new(fill, |root| root);
        let mut client = connect(all(&served)[server]);
        request(&mut client, "/large");
        head(&mut client);
        // The sockets' buffers hold less than half of the file.
        OpenOptions::new().write(true).open(served.path("large")).unwrap().set_len(LARGE / 2).unwrap();
        let mut body = Vec::new();
        client.read_to_end(&mut body).unwrap();
        assert_eq!(body.len() as u64, LARGE / 2, "the remaining bytes, then the end");
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "nothing else");
    }
}

#[test]
fn a_file_that_grows_while_it_is_sent_is_cut_at_its_stated_length() {
    for server in 0..=Mode::ALL.len() {
        let served = Served::new(fill, |root| root);
        let mut client = connect(all(&served)[server]);
        request(&mut client, "/large");
        assert!(head(&mut client).contains(&format!("Content-Length: {LARGE}\r\n")));
        OpenOptions::new().append(true).open(served.path("large")).unwrap().write_all(&[0; 1 << 20]).unwrap();
        request(&mut client, "/small");
        let mut body = vec![0; LARGE as usize];
        client.read_exact(&mut body).unwrap();
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "unchanged");
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nsmall"), "the next response follows");
    }
}

#[test]
fn a_file_beyond_four_gigabytes_has_every_byte() {
    const HUGE: u64 = 5_000_000_000;
    let fill = |root: &Path| {
        let mut file = File::create(root.join("huge")).unwrap();
        file.seek(SeekFrom::Start(HUGE)).unwrap();
        file.write_all(b"the end").unwrap();
        set_old_mtime(&root.join("huge"));
    };
    let served = Served::new(fill, |root| root);
    for address in all(&served) {
        for (range, expected) in [("-7", &b"the end"[..]), ("4999999999-5000000002", b"\0the")] {
            let fields = format!("GET /huge HTTP/1.1\r\nHost: a\r\nRange: bytes={range}\r\n\r\n");
            let mut client = connect(address);
            client.write_all(fields.as_bytes()).unwrap();
            let head = head(&mut client);
            assert!(head.contains("/5000000007\r\n") && head.starts_with("HTTP/1.1 206"), "{head}");
            let mut body = vec![0; expected.len()];
            client.read_exact(&mut body).unwrap();
            assert_eq!(body, expected);
        }
        // 200 KB at the end are sent by sendfile.
        let mut client = connect(address);
        client.write_all(b"GET /huge HTTP/1.0\r\nRange: bytes=-200000\r\n\r\n").unwrap();
        head(&mut client);
        let mut body = Vec::new();
        client.read_to_end(&mut body).unwrap();
        assert!(body.len() == 200_000 && body.ends_with(b"\0the end"));
    }
}

/// A client in memory that makes a file shorter before it takes its first bytes.
struct Shortener(&'static [u8], PathBuf);

impl embedded_io::ErrorType for Shortener {
    type Error = Infallible;
}

impl embedded_io::Read for Shortener {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        embedded_io::Read::read(&mut self.0, memory)
    }
}

impl embedded_io::Write for Shortener {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        OpenOptions::new().write(true).open(&self.1).unwrap().set_len(10).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The faults of the responses.
struct Faults(Vec<Option<Fault>>);

impl Hooks<Shortener> for Faults {
    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.0.push(record.fault);
    }
}

#[test]
fn a_file_that_shrinks_is_a_fault_of_the_source_and_not_of_the_page() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, vec![b'x'; 200_000]).unwrap();
    let site = ServeDir::open(dir.path()).unwrap();
    let stream = Shortener(b"GET /f HTTP/1.1\r\nHost: a\r\n\r\n", path);
    let mut transport = Blocking { stream, hooks: Faults(Vec::new()) };
    let mut buffers = Buffers::<4096, 4096>::new();
    let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &site));
    assert_eq!(transport.hooks.0, [Some(Fault::Source)]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_fails_to_be_read_is_500() {
    let home = tempfile::tempdir().unwrap();
    // The memory of this process has nothing at its first address: EIO.
    let served = Served::of(home, Path::new("/proc/self"), |_| {}, |root| root);
    assert_eq!(served.get("/mem").status(), 500);
}
