//! Law: a device answers whatever is sent to it as `Blocking` does with buffers of the same size: with the same bytes.

use bantam_tests::malformed::named;
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};

use crate::NONE;
use crate::world::{INPUT, Lab, OUTPUT, run};

/// How many clients come to one device, one after another: those who have gone make each moment longer.
const CLIENTS: usize = 40;

#[test]
fn every_hostile_client_hears_the_bytes_that_it_would_hear_in_memory() {
    let cases = named();
    let mut wrong = Vec::new();
    for cases in cases.chunks(CLIENTS) {
        let mut next = 0;
        run(1, NONE, false, |moment| {
            let clients = &mut *moment.clients;
            let Some(last) = clients.all.len().checked_sub(1) else {
                clients.connect(cases[0].wire());
                clients.all[0].ends = true;
                return false;
            };
            if !clients.is_over(last) {
                return false;
            }
            let heard = without_continue(&clients.all[last].heard);
            // A device has no clock.
            let expected =
                without_continue(&serve_bytes::<_, INPUT, OUTPUT>(&Lab, &cases[next].wire(), WHOLE, None));
            if heard != expected {
                let [heard, expected] =
                    [heard, expected].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                wrong.push(format!("{}: {heard}\ninstead of {expected}", cases[next].name));
            }
            next += 1;
            if next < cases.len() {
                let client = clients.connect(cases[next].wire());
                clients.all[client].ends = true;
            }
            next == cases.len()
        });
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
