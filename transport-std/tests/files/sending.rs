//! Law: a file arrives as it is; one that changes while it is sent is cut, and never padded.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use bantam::{Blocking, Buffers, blocking, serve};
use bantam_std::{Mode, ServeDir};
use embedded_io_adapters::std::FromStd;

use crate::common::{answer, connect};
use crate::{Folder, head, request, settle};

const LARGE: u64 = 64 << 20;

/// A byte that says where it stands.
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

/// Servers of the same folder: those whose transport sends files by itself where it can, and one whose transport cannot.
fn all(folder: &Folder) -> Vec<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let root = ServeDir::open(folder.path("")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut buffers = Buffers::<4096, 4096>::new();
            let mut transport = Blocking::new(FromStd::new(stream.unwrap()));
            let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &root));
        }
    });
    folder.addresses().chain([address]).collect()
}

#[test]
fn a_large_file_arrives_as_it_is_and_the_connection_goes_on() {
    let folder = Folder::new(fill, |root| root);
    for address in all(&folder) {
        let mut client = connect(address);
        request(&mut client, "/large");
        assert!(head(&mut client).contains(&format!("Content-Length: {LARGE}\r\n")));
        let mut body = vec![0; LARGE as usize];
        client.read_exact(&mut body).unwrap();
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "unchanged");
        request(&mut client, "/small");
        assert!(answer(&mut client).unwrap().ends_with("\r\n\r\nsmall"));
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_ends_the_connection() {
    for way in 0..=Mode::ALL.len() {
        let folder = Folder::new(fill, |root| root);
        let mut client = connect(all(&folder)[way]);
        request(&mut client, "/large");
        head(&mut client);
        // More than the sockets hold is still to be sent.
        OpenOptions::new().write(true).open(folder.path("large")).unwrap().set_len(LARGE / 2).unwrap();
        let mut body = Vec::new();
        client.read_to_end(&mut body).unwrap();
        assert_eq!(body.len() as u64, LARGE / 2, "what was there, and the end");
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "nothing else");
    }
}

#[test]
fn a_file_that_grows_while_it_is_sent_is_cut_at_its_stated_length() {
    for way in 0..=Mode::ALL.len() {
        let folder = Folder::new(fill, |root| root);
        let mut client = connect(all(&folder)[way]);
        request(&mut client, "/large");
        assert!(head(&mut client).contains(&format!("Content-Length: {LARGE}\r\n")));
        OpenOptions::new().append(true).open(folder.path("large")).unwrap().write_all(&[0; 1 << 20]).unwrap();
        request(&mut client, "/small");
        let mut body = vec![0; LARGE as usize];
        client.read_exact(&mut body).unwrap();
        assert!(body.iter().zip(0..).all(|(byte, position)| *byte == at(position)), "unchanged");
        assert!(answer(&mut client).unwrap().ends_with("\r\n\r\nsmall"), "the next answer follows");
    }
}

#[test]
fn a_file_beyond_four_gigabytes_has_every_byte() {
    const HUGE: u64 = 5_000_000_000;
    let fill = |root: &Path| {
        let mut file = File::create(root.join("huge")).unwrap();
        file.seek(SeekFrom::Start(HUGE)).unwrap();
        file.write_all(b"the end").unwrap();
        settle(&root.join("huge"));
    };
    let folder = Folder::new(fill, |root| root);
    for address in all(&folder) {
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
        // 200 KB up to the end pass by sendfile.
        let mut client = connect(address);
        client.write_all(b"GET /huge HTTP/1.0\r\nRange: bytes=-200000\r\n\r\n").unwrap();
        head(&mut client);
        let mut body = Vec::new();
        client.read_to_end(&mut body).unwrap();
        assert!(body.len() == 200_000 && body.ends_with(b"\0the end"));
    }
}
