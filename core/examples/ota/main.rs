//! A device that is updated over the air: takes a firmware image from a form, and installs it in a simulated flash.
//!
//! `cargo run -p bantam --example ota -- pack PROGRAM IMAGE` makes an image file of a program; `cargo run -p bantam --example ota -- serve
//! ADDRESS` serves the form. `page.rs`, `update.rs` and `slots.rs` are for a device: they need neither std nor memory of a heap.

mod page;
mod ram_flash;
mod slots;
mod update;

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bantam::{Blocking, Buffers, blocking, serve};
use page::Ota;
use ram_flash::RamFlash;
use sha2::{Digest, Sha256};

/// A socket as a stream of `embedded_io`.
struct Socket(TcpStream);

impl embedded_io::ErrorType for Socket {
    type Error = embedded_io::ErrorKind;
}

impl embedded_io::Read for Socket {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.read(memory).map_err(|_| embedded_io::ErrorKind::TimedOut)
    }
}

impl embedded_io::Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).map_err(|_| embedded_io::ErrorKind::TimedOut)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn serve_form(address: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address)?;
    println!("http://{}/", listener.local_addr()?);
    let (ota, mut buffers) = (Ota::new(RamFlash::new()), Buffers::<1024, 512>::new());
    for stream in listener.incoming() {
        let stream = stream?;
        // One client at a time: none may keep the others waiting.
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let _ = blocking::block_on(serve(&mut Blocking::new(Socket(stream)), &mut buffers.state(), &ota));
        if let Some(Ok(Some((slot, image)))) = ota.with_flash(slots::newest) {
            println!("slot {slot} would start: image {} of {} bytes", image.sequence, image.length);
        }
    }
    Ok(())
}

fn pack(program: &str, image: &str) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(program)?;
    let length = u32::try_from(bytes.len())?.to_le_bytes();
    let hash = Sha256::digest(&bytes);
    std::fs::write(image, [update::MAGIC, &length[..], &hash, &bytes].concat())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve_form(address),
        ["pack", program, image] => pack(program, image),
        _ => Err("serve ADDRESS, or pack PROGRAM IMAGE".into()),
    }
}
