//! Tests of the panic and fault handlers, with the image `fault_injection`.
//! Invariant: a fault prints return addresses and ends the program with a failure.

use crate::board::Board;

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_panic_a_fault_and_a_stack_overflow_are_printed_and_end_the_program() {
    for (command, message) in
        [("p", "panicked, called from 0x"), ("u", "hard fault at 0x"), ("d", "hard fault at 0x")]
    {
        let board = Board::boot("fault_injection");
        let _line = board.send(command.as_bytes());
        let (output, success) = board.wait_with_output();
        assert!(output.contains(message) && !success, "{command}: {output}");
    }
}
