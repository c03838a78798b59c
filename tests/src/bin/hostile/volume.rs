//! Law: however much goes through a connection, what it costs does not grow.

use std::io::{self, Read, Write};
use std::thread;

use crate::person::connect;
use crate::program::Program;
use crate::report::Report;

const GIGABYTE: usize = 1 << 30;
const PIECE: usize = 64 * 1024;
/// What may be there more than at the beginning: buffers of one connection, and what the allocator rounds up.
const MORE: u64 = 512;

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, "--timeout-body-total 0")?;
    let mut sends = connect(program.address)?;
    let mut hears = sends.try_clone()?;
    write!(
        sends,
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {GIGABYTE}\r\n\r\n"
    )?;
    let before = program.process().status("VmHWM")?;
    let sending = thread::spawn(move || {
        let piece = [b'x'; PIECE];
        (0..GIGABYTE / PIECE).try_for_each(|_| sends.write_all(&piece))
    });
    let (mut memory, mut heard) = (vec![0; PIECE], 0);
    loop {
        match hears.read(&mut memory)? {
            0 => break,
            count => heard += count,
        }
    }
    let sent = sending.join().map_err(|_| io::Error::other("the sender has failed"))?.is_ok();
    let after = program.process().status("VmHWM")?;
    let measured = format!("sent: {sent}; {heard} bytes came back; {before} KB, then at most {after} KB");
    // The head, and the frame of each chunk, come on top.
    let ok = sent && heard > GIGABYTE && after <= before + MORE;
    report.row("1 GB up and down, /echo", &format!("all of it; at most {MORE} KB more"), &measured, ok);
    Ok(())
}
