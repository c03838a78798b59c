//! `__aeabi_uldivmod`, the division of 64-bit numbers, for Thumb-2: run-time ABI for the Arm architecture, section 4.3.1.
//! Invariant: quotient times divisor and remainder are the dividend, and the remainder is less than the divisor; the image `runtime` tests it.
//!
//! The library's takes 0.9 KB. smoltcp divides durations, which mostly have 32 bits: those take one instruction of the processor, all
//! others a subtraction for each bit.

use core::arch::global_asm;

global_asm!(
    ".syntax unified",
    // r0, r1: dividend, then quotient; r2, r3: divisor, then remainder; the low word first.
    ".section .text.__aeabi_uldivmod, \"ax\", %progbits",
    ".global __aeabi_uldivmod",
    ".type __aeabi_uldivmod, %function",
    ".thumb_func",
    "__aeabi_uldivmod:",
    "  orrs  r12, r1, r3",
    "  bne   1f",
    "  mov   r12, r0",
    "  udiv  r0, r12, r2",
    "  mls   r2, r0, r2, r12",
    "  bx    lr",
    "1: push  {{r4, r5, r6}}",
    // r4, r5: what has been shifted out of the dividend, less the divisor where that fits; r6: the bits left.
    "  movs  r4, #0",
    "  movs  r5, #0",
    "  movs  r6, #64",
    "2: adds  r0, r0, r0",
    "  adcs  r1, r1",
    "  adcs  r4, r4",
    "  adcs  r5, r5",
    // A 65th bit: the divisor fits.
    "  bcs   3f",
    "  cmp   r4, r2",
    "  sbcs  r12, r5, r3",
    "  blo   4f",
    "3: subs  r4, r4, r2",
    "  sbc   r5, r5, r3",
    "  adds  r0, #1",
    "4: subs  r6, #1",
    "  bne   2b",
    "  mov   r2, r4",
    "  mov   r3, r5",
    "  pop   {{r4, r5, r6}}",
    "  bx    lr",
    ".text",
);
