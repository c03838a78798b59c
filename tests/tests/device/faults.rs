//! Tests of the panic and fault handlers, with the image `fault_injection`.
//! Invariant: a fault prints return addresses and ends the program with a failure.

use crate::board::Board;

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_panic_a_fault_and_a_stack_overflow_are_printed_and_end_the_program() {
    for (image, command, message) in [
        ("fault_injection", "p", "panicked, called from 0x"),
        ("fault_injection", "u", "hard fault at 0x"),
        ("fault_injection", "d", "hard fault at 0x"),
        ("riscv_fault_injection", "p", "panicked, called from 0x"),
        ("riscv_fault_injection", "u", "trap of cause 0x00000002, value "),
        // A store that the PMP refuses.
        ("riscv_fault_injection", "d", "trap of cause 0x00000007, value 0x8004"),
    ] {
        let board = Board::boot(image);
        let _line = board.send(command.as_bytes());
        let (output, success) = board.wait_with_output();
        assert!(output.contains(message) && !success, "{image}, {command}: {output}");
    }
}
