//! Updates over the air with the example `ota` of the core: every read, every failing call of the flash and of the stream, and every file
//! that is not right.
//!
//! Invariant: what a boot loader starts is the image before or the image after, whole, and the latter only if its form was.

#[path = "../../../core/examples/ota/page.rs"]
mod page;
#[path = "../../../core/examples/ota/ram_flash.rs"]
mod ram_flash;
mod refused;
#[path = "../../../core/examples/ota/slots.rs"]
mod slots;
#[path = "../../../core/examples/ota/update.rs"]
mod update;

use std::pin::pin;

use bantam::{Buffers, serve};
use bantam_tests::executor::{poll_once, poll_times, run};
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io::ErrorKind;
use page::Ota;
use ram_flash::RamFlash;
use sha2::{Digest, Sha256};

/// A program of so many bytes, and with others for each seed.
fn program(seed: u32, length: u32) -> Vec<u8> {
    (0..length).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// The image file of a program.
fn pack(program: &[u8]) -> Vec<u8> {
    let length = (program.len() as u32).to_le_bytes();
    [update::MAGIC, &length[..], &Sha256::digest(program), program].concat()
}

/// A request with a form that has this file.
fn request(file: &[u8]) -> Vec<u8> {
    let head = b"--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n";
    form(&[head, file, b"\r\n--xyz--\r\n"].concat())
}

fn form(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let fields = "Host: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=xyz\r\n";
    [format!("POST / HTTP/1.1\r\n{fields}Content-Length: {length}\r\n\r\n").as_bytes(), body].concat()
}

/// Serves one client. Returns the status of the answer; 0 if there is none.
fn upload(ota: &Ota<RamFlash>, mut peer: ScriptedPeer) -> (u16, ScriptedPeer) {
    let mut buffers = Buffers::<256, 512>::new();
    let _ = run(serve(&mut peer, &mut buffers.state(), ota));
    let status = peer.text().get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    (status, peer)
}

/// The program that a boot loader starts. The flash has to be in its place.
fn started(ota: &Ota<RamFlash>) -> Option<Vec<u8>> {
    ota.with_flash(|flash| {
        flash.fails_at = None;
        let (slot, image) = slots::newest(flash).expect("readable")?;
        let start = (slot * slots::slot_size(flash)) as usize + slots::BLOCK;
        Some(flash.bytes[start..start + image.length as usize].to_vec())
    })
    .expect("the flash is in its place")
}

/// A device with an image.
fn device() -> (Ota<RamFlash>, Vec<u8>) {
    let (ota, first) = (Ota::new(RamFlash::new()), program(1, 3000));
    assert_eq!(started(&ota), None);
    assert_eq!(upload(&ota, ScriptedPeer::sending(request(&pack(&first)))).0, 200);
    assert_eq!(started(&ota).as_ref(), Some(&first));
    (ota, first)
}

#[test]
fn images_of_every_length_are_installed_in_turn_at_every_size_of_reads() {
    let (ota, _) = device();
    let largest = RamFlash::SIZE as u32 / 2 - slots::BLOCK as u32;
    for (number, length) in
        [1, 2, 63, 64, 65, 959, 960, 961, 1984, 5000, largest - 1, largest].into_iter().enumerate()
    {
        let program = program(number as u32, length);
        for read in [1, 3, 64, 500, usize::MAX] {
            let peer = ScriptedPeer::sending(request(&pack(&program))).max_read(read);
            assert_eq!(upload(&ota, peer).0, 200, "{length} bytes by {read}");
            assert_eq!(started(&ota).as_ref(), Some(&program), "{length} bytes by {read}");
        }
    }
}

#[test]
fn whichever_call_of_the_flash_fails_the_image_before_is_started_and_the_next_update_succeeds() {
    let (ota, first) = device();
    let (second, third) = (program(2, 2500), program(3, 1000));
    for call in 0.. {
        ota.with_flash(|flash| (flash.calls, flash.fails_at) = (0, Some(call)));
        let (status, _) = upload(&ota, ScriptedPeer::sending(request(&pack(&second))).max_read(300));
        let calls = ota.with_flash(|flash| flash.calls).expect("there");
        if calls <= call {
            assert_eq!((status, started(&ota)), (200, Some(second)), "no call fails");
            assert!(call > 40, "{call} calls: pages, blocks and the header");
            return;
        }
        assert_eq!((status, started(&ota).as_ref()), (500, Some(&first)), "call {call}");
        // The slot that was left half-written takes the next image.
        let device = ota.with_flash(|flash| flash.clone()).map(Ota::new).expect("there");
        assert_eq!(
            upload(&device, ScriptedPeer::sending(request(&pack(&third)))).0,
            200,
            "after call {call}"
        );
        assert_eq!(started(&device).as_ref(), Some(&third), "after call {call}");
    }
}

#[test]
fn whichever_call_of_the_stream_fails_or_hangs_one_image_is_started_and_the_flash_comes_back() {
    let (second, faults) =
        (program(2, 2500), [IoFault::FailForever(ErrorKind::ConnectionReset), IoFault::Zero]);
    let peer = || ScriptedPeer::sending(request(&pack(&second))).max_read(150).max_write(50);
    let (plain, first) = device();
    let (_, whole) = upload(&plain, peer());
    let last_read = whole.calls - whole.writes().len() - 2;
    for call in 0..whole.calls {
        for fault in faults {
            let (ota, _) = device();
            upload(&ota, peer().with_fault(call, fault));
            let found = started(&ota);
            assert!(found.as_ref() == Some(&first) || found.as_ref() == Some(&second), "call {call}");
            assert!(
                call + 4 > last_read || found.as_ref() == Some(&first),
                "call {call}: not all had arrived"
            );
        }
        let (ota, _) = device();
        let mut hanging = peer().with_fault(call, IoFault::Hang);
        let mut buffers = Buffers::<256, 512>::new();
        assert!(poll_times(serve(&mut hanging, &mut buffers.state(), &ota), 100).is_none(), "call {call}");
        let found = started(&ota);
        assert!(found.as_ref() == Some(&first) || found.as_ref() == Some(&second), "call {call}");
    }
}

#[test]
fn a_second_update_at_the_same_time_is_refused() {
    let (ota, first) = device();
    let file = pack(&program(2, 2500));
    let mut slow = ScriptedPeer::sending(request(&file)).max_read(200).with_fault(5, IoFault::Hang);
    let mut buffers = Buffers::<256, 512>::new();
    let mut state = buffers.state();
    {
        let mut under_way = pin!(serve(&mut slow, &mut state, &ota));
        assert!(poll_once(under_way.as_mut()).is_pending());
        assert!(ota.with_flash(|_| ()).is_none(), "the page has the flash");
        assert_eq!(upload(&ota, ScriptedPeer::sending(request(&file))).0, 409);
    }
    assert_eq!(started(&ota), Some(first));
    assert_eq!(upload(&ota, ScriptedPeer::sending(request(&file))).0, 200);
}
