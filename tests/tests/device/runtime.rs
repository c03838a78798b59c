//! The test of what the firmware has in place of the compiler's run-time library, which the image `runtime` runs on the board.

use crate::board::Board;

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn memory_is_copied_and_numbers_are_divided_as_by_the_library() {
    for image in ["runtime", "riscv_runtime"] {
        let (output, success) = Board::boot(image).wait_with_output();
        assert!(success && output == "all exact", "{image}: {output}");
    }
}
