//! The memory of the program while more clients download than may have a compressor.

use std::io::Read as _;

use crate::common::send;
use crate::noise;
use crate::program::Program;

#[test]
#[cfg(target_os = "linux")]
fn clients_that_do_not_read_have_no_more_compressors_than_the_bound() {
    const CLIENTS: u64 = 64;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("huge.txt"), noise(24_000_000)).unwrap();
    for (coding, most) in [("br", 12), ("zstd", 32), ("gzip", 64)] {
        let root = dir.path().to_str().unwrap();
        // No client that does not read is cut off, whose compressor another would get.
        let flags = ["--quiet", "--timeout-reply", "600", "--root", root, "--compress", "files"];
        let program = Program::start(&flags);
        let request = format!("GET /huge.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n");
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| send(program.address, request.as_bytes())).collect();
        let mut coded = 0;
        for client in &mut clients {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") {
                client.read_exact(&mut byte).expect("a head");
                head.push(byte[0]);
            }
            coded += u64::from(String::from_utf8(head).unwrap().contains("Content-Encoding: "));
        }
        // Each has filled what the system buffers of it.
        let peak = program.status("VmHWM");
        println!("{coding}: {coded} of {CLIENTS} compressed; peak resident memory of the program: {peak}");
        assert_eq!(coded, most, "{coding}");
        let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
        // The compressors, for each client its buffers and a read, and the entry of the cache that is being filled in.
        assert!(kilobytes < 24 * 1024 + 64 * 1024 + CLIENTS * (28 + 36) + 2 * 4096, "{coding}: {peak}");
    }
}
