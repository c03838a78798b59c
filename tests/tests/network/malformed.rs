//! Runs the malformed cases against a simulated device.
//! Invariant: the device sends the same bytes as [`bantam::Blocking`] with buffers of the same size.

use bantam_tests::malformed::named;
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};

use crate::sim_net::{INPUT, NO_FAULTS, OUTPUT, TestSite, run};

/// How many clients one simulation has: closed ones slow it down.
const CLIENTS: usize = 40;

#[test]
fn every_case_gets_the_bytes_of_the_in_memory_server() {
    let cases = named();
    let mut wrong = Vec::new();
    for cases in cases.chunks(CLIENTS) {
        let mut next = 0;
        run(1, NO_FAULTS, false, |sim| {
            let clients = &mut *sim.clients;
            let Some(last) = clients.all.len().checked_sub(1) else {
                clients.connect(cases[0].wire());
                clients.all[0].half_closes = true;
                return false;
            };
            if !clients.is_closed_by_device(last) {
                return false;
            }
            let received = without_continue(&clients.all[last].received);
            // The device has no clock, and so no Date.
            let expected = without_continue(&serve_bytes::<_, INPUT, OUTPUT>(
                &TestSite::default(),
                &cases[next].wire(),
                WHOLE,
                None,
            ));
            if received != expected {
                let [received, expected] =
                    [received, expected].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                wrong.push(format!("{}: {received}\ninstead of {expected}", cases[next].name));
            }
            next += 1;
            if next < cases.len() {
                let client = clients.connect(cases[next].wire());
                clients.all[client].half_closes = true;
            }
            next == cases.len()
        });
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
