//! Law: firmware that breaks says where, and ends with a failure; it never stands still in silence.

use crate::board::Board;

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_panic_a_fault_and_a_stack_that_is_too_deep_are_said_and_end_the_program() {
    for (order, said) in
        [("p", "panicked, called from 0x"), ("u", "hard fault at 0x"), ("d", "hard fault at 0x")]
    {
        let board = Board::boot("broken");
        let _line = board.say(order.as_bytes());
        let (last_words, success) = board.last_words();
        assert!(last_words.contains(said) && !success, "{order}: {last_words}");
    }
}
