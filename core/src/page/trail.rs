//! [`Trail`]: the sites below each other that a request was passed to.
//! Invariant: it is read as it was written; of what does not fit nothing is read.

/// The choices that led from the outermost site to the innermost, in one word: [`Site::fields`](super::Site::fields) and
/// [`Site::refused`](super::Site::refused) are called along them. Each choice is stored as its number plus one, the first in the lowest
/// bits. The highest bit that is set is behind the last.
#[derive(Clone, Copy, Debug)]
pub struct Trail(u32);

/// How many bits hold the choice of a route.
pub const ROUTE: u32 = 7;
/// How many bits hold the choice between two sites.
pub(crate) const SIDE: u32 = 2;

impl Trail {
    pub(crate) const NONE: Self = Self(1);

    /// Appends a choice. A trail that is full ends here.
    pub fn push(&mut self, bits: u32, choice: u8) {
        let end = self.0.leading_zeros() ^ 31;
        let choices = self.0 ^ 1 << end;
        self.0 = if end + bits < 32 {
            choices | (u32::from(choice) + 1) << end | 1 << (end + bits)
        } else {
            choices | 1 << 31
        };
    }

    /// The first choice, and the trail behind it; `None` at the end.
    #[must_use]
    pub const fn next(self, bits: u32) -> (Option<u8>, Self) {
        let stored = if self.0 >> bits == 0 { 0 } else { self.0 & ((1 << bits) - 1) };
        (if stored == 0 { None } else { Some((stored - 1) as u8) }, Self(self.0 >> bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_were_written() {
        let mut trail = Trail::NONE;
        assert_eq!(trail.next(ROUTE).0, None);
        trail.push(ROUTE, 63);
        trail.push(SIDE, 1);
        trail.push(ROUTE, 0);
        trail.push(SIDE, 0);
        let mut read = std::vec::Vec::new();
        for bits in [ROUTE, SIDE, ROUTE, SIDE, ROUTE, SIDE] {
            let (choice, rest) = trail.next(bits);
            read.push(choice);
            trail = rest;
        }
        assert_eq!(read, [Some(63), Some(1), Some(0), Some(0), None, None]);
    }

    #[test]
    fn a_trail_that_is_full_ends() {
        for side in 0..16 {
            let mut trail = Trail::NONE;
            (0..side).for_each(|_| trail.push(SIDE, 1));
            (0..6).for_each(|_| trail.push(ROUTE, 64));
            trail.push(SIDE, 1);
            for _ in 0..side.min(15) {
                let (choice, rest) = trail.next(SIDE);
                assert_eq!(choice, Some(1));
                trail = rest;
            }
            let mut routes = 0;
            while let (Some(choice), rest) = trail.next(ROUTE) {
                assert_eq!(choice, 64);
                (routes, trail) = (routes + 1, rest);
            }
            assert_eq!(routes, (31 - 2 * side.min(15)) / 7, "{side}");
        }
    }
}
