//! The image `captive_portal` in QEMU.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use crate::board::{Board, curl};

/// The board's address in QEMU's network.
const ADDRESS: [u8; 4] = [10, 0, 2, 15];

/// Asks the board for the address of `captive.apple.com`. A message may be lost while the board boots.
fn resolve(board: &Board) -> Vec<u8> {
    let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07captive\x05apple\x03com\0\0\x01\0\x01";
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.connect(board.address).expect("a route");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("SO_RCVTIMEO");
    let mut memory = [0; 512];
    for _ in 0..30 {
        socket.send(query).expect("QEMU receives");
        if let Ok(length) = socket.recv(&mut memory) {
            return memory[..length].to_vec();
        }
    }
    panic!("no response in a minute");
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_phone_that_joins_is_led_to_the_form_and_curl_fills_it_in() {
    let board = Board::boot("captive_portal");
    let response = resolve(&board);
    assert!(
        response.starts_with(b"\x12\x34\x85\x80\0\x01\0\x01") && response.ends_with(&ADDRESS),
        "{response:02x?}"
    );
    let curl = |arguments: &[&str]| {
        // Whatever the host, the connection is to the board.
        let to = format!("::{}", board.address);
        String::from_utf8(curl(&[&["--connect-to", &to], arguments].concat())).expect("UTF-8")
    };
    for probe in [
        "http://connectivitycheck.gstatic.com/generate_204",
        "http://captive.apple.com/hotspot-detect.html",
        "http://www.msftconnecttest.com/connecttest.txt",
        "http://detectportal.firefox.com/success.txt?ipv4",
    ] {
        let redirect = curl(&["--write-out", "%{http_code} %{redirect_url}", probe]);
        assert_eq!(redirect, "302 http://10.0.2.15/", "{probe}");
        assert!(curl(&["--location", probe]).contains("<form method=post>"), "{probe}");
    }
    let form = ["--location", "--data-urlencode", "network=My <b>home", "--data", "password=secret12"];
    let page = curl(&[&form[..], &["http://10.0.2.15/"]].concat());
    assert!(page.contains("My &lt;b&gt;home") && !page.contains("secret12"), "{page}");
}
