//! [`ByteCount`]: a number of bytes as decimal digits, without a division of 64 bits.

/// A number of bytes, counted in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ByteCount {
    /// Below a thousand million.
    low: u32,
    /// Thousands of millions.
    high: u32,
}

const LIMIT: u32 = 1_000_000_000;

impl ByteCount {
    /// Adds the length of a buffer, which is less than a thousand million.
    pub(crate) fn add(&mut self, count: usize) {
        self.low += count as u32;
        if self.low >= LIMIT {
            self.low -= LIMIT;
            self.high = self.high.wrapping_add(1);
        }
    }

    /// Writes the digits to the front of `memory`, as many as fit. Returns how many.
    pub(crate) fn write(self, memory: &mut [u8]) -> usize {
        let mut digits = [b'0'; 19];
        let (high, low) = digits.split_at_mut(10);
        for (places, mut number) in [(high, self.high), (low, self.low)] {
            for place in places.iter_mut().rev() {
                *place = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        let zeros = digits.iter().take(18).take_while(|digit| **digit == b'0').count();
        let rest = digits.get(zeros..).unwrap_or(&[]);
        memory.iter_mut().zip(rest).for_each(|(place, digit)| *place = *digit);
        rest.len().min(memory.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn text(count: ByteCount) -> String {
        let mut memory = [0; 32];
        let length = count.write(&mut memory);
        String::from_utf8_lossy(&memory[..length]).into_owned()
    }

    #[test]
    fn a_count_of_any_size_is_decimal() {
        let mut count = ByteCount::default();
        assert_eq!(text(count), "0");
        count.add(90);
        assert_eq!(text(count), "90");
        count.add(LIMIT as usize - 91);
        assert_eq!(text(count), "999999999");
        count.add(1);
        assert_eq!(text(count), "1000000000");
        for _ in 0..20 {
            count.add(LIMIT as usize - 1);
        }
        assert_eq!(text(count), "20999999980");
        assert_eq!(text(ByteCount { low: LIMIT - 1, high: u32::MAX }), "4294967295999999999");
    }

    #[test]
    fn what_does_not_fit_is_cut_off() {
        assert_eq!(ByteCount { low: 123, high: 0 }.write(&mut [0; 2]), 2);
    }
}
