//! Streams a form with a file of any size from the encoder to a page, through 512 bytes of each.
//!
//! `cargo run --release -p bantam --example upload -- [BYTES]`

use std::convert::Infallible;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::time::Instant;

use bantam::wire::{Boundary, MultipartEncoder, PartSpec, Status};
use bantam::{Blocking, Buffers, Connection, RequestDetails, Response, Site, blocking, serve};

/// A page that answers with the length of each part.
struct Lengths;

impl Site for Lengths {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (mut memory, mut lengths) = ([0; 512], String::new());
        let mut form = details.multipart(&mut memory)?;
        while let Some(mut part) = form.next_part().await? {
            let mut length = 0;
            while let Some(bytes) = part.data().await? {
                length += bytes.len() as u64;
            }
            lengths += &format!("{:?}: {length} bytes\n", part.head().name.text(&mut [0; 64]));
        }
        details.connection.make_response(Response::new(Status::OK).body(lengths.as_bytes())).await
    }
}

/// A client that makes its request while it is read.
struct Client {
    head: Vec<u8>,
    /// The bytes of the file that are left. They look like boundaries.
    file: u64,
    end: Vec<u8>,
    answer: Vec<u8>,
}

const FILE: &[u8; 512] = {
    const UNIT: &[u8] = b"\r\n--not the boundary\r";
    let (mut file, mut at) = ([0; 512], 0);
    while at < file.len() {
        file[at] = UNIT[at % UNIT.len()];
        at += 1;
    }
    &{ file }
};

impl embedded_io::ErrorType for Client {
    type Error = Infallible;
}

impl embedded_io::Read for Client {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let piece = if !self.head.is_empty() {
            &self.head
        } else if self.file > 0 {
            &FILE[..]
        } else {
            &self.end
        };
        let count = piece.len().min(memory.len());
        memory[..count].copy_from_slice(&piece[..count]);
        if !self.head.is_empty() {
            self.head.drain(..count);
        } else if self.file > 0 {
            let count = u64::try_from(count).unwrap_or(u64::MAX).min(self.file);
            self.file -= count;
            return Ok(count as usize);
        } else {
            self.end.drain(..count);
        }
        Ok(count)
    }
}

impl embedded_io::Write for Client {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.answer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file: u64 = std::env::args().nth(1).map_or(Ok(1 << 20), |bytes| bytes.parse())?;
    let boundary = Boundary::new(b"the-boundary").ok_or("not valid")?;
    let (mut encoder, mut memory) = (MultipartEncoder::new(boundary), [0; 512]);
    let mut form = encoder.part(&mut memory, &PartSpec::field("name"))?.to_vec();
    form.extend_from_slice(b"Ada");
    form.extend_from_slice(
        encoder.part(&mut memory, &PartSpec::file("file", "a.bin", "application/octet-stream"))?,
    );
    let end = encoder.end(&mut memory)?.to_vec();
    let length = form.len() as u64 + file + end.len() as u64;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=the-boundary\r\n\r\n"
    );
    let client = Client { head: [head.as_bytes(), &form].concat(), file, end, answer: Vec::new() };
    let mut transport = Blocking::new(client);
    let begin = Instant::now();
    let mut buffers = Buffers::<512, 512>::new();
    let mut state = buffers.state().body_limit(u64::MAX);
    let _ = blocking::block_on(serve(&mut transport, &mut state, &Lengths));
    let answer = String::from_utf8_lossy(&transport.stream.answer);
    let mut out = stdout().lock();
    write!(out, "{}", answer.rsplit("\r\n\r\n").next().unwrap_or(""))?;
    writeln!(out, "{length} bytes in {:.2} s", begin.elapsed().as_secs_f64())?;
    Ok(())
}
