//! The division of 64-bit numbers, by the name of the compiler's library, in a sixth of its flash.
//! Invariant: the quotient is that of long division, for every divisor but 0; the image `runtime` multiplies it
//! back.

use core::arch::global_asm;

global_asm!(
    // The assembler knows nothing of the target's extensions.
    ".option push",
    ".option arch, +m, +c",
    // a1:a0 by a3:a2, the result in a1:a0.
    ".section .text.__udivdi3, \"ax\"",
    ".global __udivdi3",
    "__udivdi3:",
    "  srli t0, a2, 16",
    "  or   t0, t0, a3",
    "  bnez t0, 1f",
    // A divisor of 16 bits, as 1000: three digits of the quotient, the first of 32 bits, two of 16.
    "  divu t1, a1, a2",
    "  remu a1, a1, a2",
    "  slli a1, a1, 16",
    "  srli t0, a0, 16",
    "  or   a1, a1, t0",
    "  divu t2, a1, a2",
    "  remu a1, a1, a2",
    "  slli a1, a1, 16",
    "  slli a0, a0, 16",
    "  srli a0, a0, 16",
    "  or   a0, a0, a1",
    "  divu a0, a0, a2",
    "  slli t2, t2, 16",
    "  or   a0, a0, t2",
    "  mv   a1, t1",
    "  ret",
    // Bit by bit: the remainder is t1:t0, and the quotient moves into the dividend.
    "1: li   t0, 0",
    "  li   t1, 0",
    "  li   t2, 64",
    "2: slli t1, t1, 1",
    "  srli t3, t0, 31",
    "  or   t1, t1, t3",
    "  slli t0, t0, 1",
    "  srli t3, a1, 31",
    "  or   t0, t0, t3",
    "  slli a1, a1, 1",
    "  srli t3, a0, 31",
    "  or   a1, a1, t3",
    "  slli a0, a0, 1",
    "  bltu t1, a3, 4f",
    "  bne  t1, a3, 3f",
    "  bltu t0, a2, 4f",
    "3: sltu t3, t0, a2",
    "  sub  t0, t0, a2",
    "  sub  t1, t1, a3",
    "  sub  t1, t1, t3",
    "  addi a0, a0, 1",
    "4: addi t2, t2, -1",
    "  bnez t2, 2b",
    "  ret",
    ".option pop",
);
