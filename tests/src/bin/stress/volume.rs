//! Attack 8: one gigabyte in each direction of one connection.
//!
//! Invariant: memory does not grow with the bytes transferred.

use std::io::{self, Read, Write};
use std::thread;

use crate::client::connect;
use crate::program::Program;
use crate::report::Report;

const GIGABYTE: usize = 1 << 30;
const PART: usize = 64 * 1024;
/// The memory of one connection, with what the allocator rounds up, in KB.
const MORE: u64 = 512;

pub(crate) fn run(path: &str, report: &mut Report) -> io::Result<()> {
    let program = Program::start(path, "--timeout-body-total 0")?;
    let mut writer = connect(program.address)?;
    let mut reader = writer.try_clone()?;
    write!(
        writer,
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {GIGABYTE}\r\n\r\n"
    )?;
    let before = program.process().status("VmHWM")?;
    let sending = thread::spawn(move || {
        let part = [b'x'; PART];
        (0..GIGABYTE / PART).try_for_each(|_| writer.write_all(&part))
    });
    let (mut memory, mut received) = (vec![0; PART], 0);
    loop {
        match reader.read(&mut memory)? {
            0 => break,
            count => received += count,
        }
    }
    let sent = sending.join().map_err(|_| io::Error::other("the sender has failed"))?.is_ok();
    let after = program.process().status("VmHWM")?;
    let measured = format!("sent: {sent}; {received} bytes came back; {before} KB, then at most {after} KB");
    // The received bytes include the head and the framing of the chunks.
    let ok = sent && received > GIGABYTE && after <= before + MORE;
    report.row("1 GB up and down, /echo", &format!("all of it; at most {MORE} KB more"), &measured, ok);
    Ok(())
}
