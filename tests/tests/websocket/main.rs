//! WebSocket, RFC 6455, and its compression, RFC 7692: the cases of the Autobahn suite as data, every split, every changed byte, the
//! handshake.

mod case;
mod compressed;
mod decoder;
mod deflate_client;
mod echo;
mod handshake;
mod offers;
mod reserved_bit;
mod section_6;
mod sections_12_and_13;
mod sections_1_to_5;
mod sections_7_to_10;
mod socket;

use case::{Case, Ending};

fn all() -> Vec<Case> {
    [sections_1_to_5::cases(), section_6::cases(), sections_7_to_10::cases()].concat()
}

#[test]
fn there_is_every_case_of_the_sections_1_to_7_and_9_and_10_once() {
    let cases = all();
    let count = |section: &str| cases.iter().filter(|case| case.number.starts_with(section)).count();
    let counts = ["1.", "2.", "3.", "4.", "5.", "6.", "7.", "9.", "10."].map(count);
    // "1." is at the front of no number of section 10.
    assert_eq!(counts, [16, 11, 7, 10, 20, 145, 37, 54, 1]);
    let mut numbers: Vec<_> = cases.iter().map(|case| &case.number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 301);
}

#[test]
fn an_echo_server_passes_every_case_at_every_size_of_reads() {
    let mut failed = Vec::new();
    for case in all() {
        let length = case.bytes.len();
        let sizes: &[usize] = match length {
            0..2_000 => &[1, 2, 3, 7, 64, 997, usize::MAX],
            2_000..200_000 => &[1, 97, 997, usize::MAX],
            _ => &[997, 65_536, usize::MAX],
        };
        for size in sizes {
            let (answers, ending) = echo::run(&case.bytes, *size);
            if answers != case.answers || !case.endings.contains(&ending) {
                failed.push(format!("{} by {size}: {} answers, {ending:?}", case.number, answers.len()));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_case_that_is_not_answered_as_expected_is_found() {
    let case = &sections_1_to_5::cases()[1];
    let (answers, ending) = echo::run(&case.bytes[..20], 5);
    assert!(answers != case.answers && ending == Ending::Open);
}
