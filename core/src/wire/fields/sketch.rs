//! Where the lines of a head may begin, in 32 bits: the index of processors where RAM is short.
//!
//! Invariant: no line of a slot begins before the place that its sketch names.

/// The number of slots. A slot has two bits: 0 if no line of it is known, or 1 to 3 for the quarter that its first line begins in.
const SLOTS: u32 = 16;

/// The bytes of a quarter; the third has no end.
const QUARTER: usize = 256;

/// For each slot of names, the quarter of the head that its first line begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineSketch(u32);

impl LineSketch {
    /// The sketch of a head without lines.
    pub(crate) const EMPTY: Self = Self(0);
    /// The sketch of lines of which nothing is known: each slot may begin with the first.
    pub(crate) const UNKNOWN: Self = Self(0x5555_5555);

    /// Adds the line of a name that begins at `offset`.
    #[inline(always)]
    pub(crate) fn add(&mut self, name: &[u8], offset: usize) {
        let shift = shift(name);
        if self.0 >> shift & 3 == 0 {
            self.0 |= ((offset / QUARTER).min(2) as u32 + 1) << shift;
        }
    }

    /// Where to look for a name: at 0 begins a line, and at any other offset may be any byte before the LF in front of the first line of its slot.
    /// `None` if no line has the name.
    #[inline(always)]
    pub(crate) fn start(self, name: &[u8]) -> Option<usize> {
        let quarter = (self.0 >> shift(name) & 3) as usize;
        Some((quarter.checked_sub(1)? * QUARTER).saturating_sub(1))
    }
}

/// The place of the bits of a name's slot. No letter's case changes it. The factor keeps names apart from those of a browser that sites ask for and
/// that are mostly absent: Authorization, Content-Type, If-Modified-Since, If-None-Match and Range.
#[inline(always)]
fn shift(name: &[u8]) -> u32 {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    (u32::from(*first) + u32::from(*last) * 4 + name.len() as u32) % SLOTS * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_begins_before_the_first_line_of_a_name() {
        for offset in (0..1000).chain([65_535, 1 << 20]) {
            let mut sketch = LineSketch::EMPTY;
            sketch.add(b"Cookie", offset);
            sketch.add(b"cookie", offset + 900);
            let start = sketch.start(b"COOKIE").expect("known");
            // A line that does not begin the head has an LF before it.
            assert!(
                start <= offset.saturating_sub(1) && offset - start <= 257 || offset >= 768,
                "{offset}: {start}"
            );
            assert_eq!(start == 0, offset < 256, "{offset}: {start}");
            assert_eq!(sketch.start(b"range"), None);
        }
        assert_eq!(LineSketch::UNKNOWN.start(b"any"), Some(0));
    }

    #[test]
    fn names_of_a_slot_share_the_first_of_their_places() {
        let mut sketch = LineSketch::EMPTY;
        sketch.add(b"aa", 300);
        sketch.add(b"qa", 700);
        assert_eq!((sketch.start(b"aa"), sketch.start(b"qa")), (Some(255), Some(255)));
    }
}
