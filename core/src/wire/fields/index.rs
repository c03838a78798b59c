//! Where the lines of a head begin, by a hash of their names: RFC 9110 section 5.1.
//!
//! Invariant: a look-up with an index finds what a scan of all lines finds.

use super::sketch::LineSketch;
use crate::wire::scan::VECTORS;

/// True on processors with room for an index of offsets for each head; the others have a sketch.
pub(crate) const INDEXED: bool = VECTORS;

/// The number of slots; a power of two.
const SLOTS: usize = 64;

/// The bit of a slot with more than one line; the other bits are the first line's offset and 1.
const SHARED: u16 = 0x8000;

/// The first line of each slot of names. A head of any number of fields has an index, but look-ups in more than 32 KB do not use it.
#[derive(Clone, Debug)]
pub(crate) struct FieldIndex([[u16; SLOTS]; INDEXED as usize], [LineSketch; !INDEXED as usize]);

impl FieldIndex {
    /// The index of a head without fields.
    pub(crate) const fn new() -> Self {
        Self([[0; SLOTS]; INDEXED as usize], [LineSketch::EMPTY; !INDEXED as usize])
    }

    /// Adds the line of a name at `offset` in the field lines.
    #[inline(always)]
    pub(crate) fn add(&mut self, name: &[u8], offset: usize) {
        if let Some(slot) = Slot::of(name) {
            self.add_to(slot, name, offset);
        }
    }

    /// The same of a name whose slot is known.
    #[inline(always)]
    pub(crate) fn add_to(&mut self, slot: Slot, name: &[u8], offset: usize) {
        if let [sketch] = &mut self.1[..] {
            sketch.add(name, offset);
        }
        let [slots] = &mut self.0[..] else { return };
        match &mut slots[slot.0 % SLOTS] {
            free @ 0 => *free = (offset as u16).wrapping_add(1),
            line => *line |= SHARED,
        }
    }

    /// A view that lives as long as the head.
    pub(crate) fn view(&self) -> IndexView<'_> {
        IndexView(self.0.each_ref().map(Some), self.1)
    }

    /// What outlives the parser: the sketch, if there is one.
    pub(crate) const fn sketch(&self) -> IndexView<'static> {
        IndexView([None; INDEXED as usize], self.1)
    }
}

/// The slot of a name. Names that differ only in the case of letters have the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot(usize);

impl Slot {
    /// The slot of a name by its first byte, its last and its length. The factors spread the fields that clients send.
    #[inline(always)]
    pub(crate) const fn new(first: u8, last: u8, length: usize) -> Self {
        // The factor 2 moves the bit in which the cases of a letter differ out of the slot.
        Self((2 * (first as usize + 3 * last as usize) + length % SLOTS) % SLOTS)
    }

    /// The slot of a name; `None` if it is empty.
    #[inline(always)]
    pub(crate) const fn of(name: &[u8]) -> Option<Self> {
        match (name, name) {
            ([first, ..], [.., last]) => Some(Self::new(*first, *last, name.len())),
            _ => None,
        }
    }

    /// The bit of this slot in a set of slots.
    pub(crate) const fn bit(self) -> u64 {
        1 << (self.0 % SLOTS)
    }

    /// Returns true if the bit of this slot is in `set`.
    #[inline(always)]
    pub(crate) const fn is_in(self, set: u64) -> bool {
        set >> (self.0 % SLOTS) & 1 != 0
    }
}

/// An index of the lines of a head, if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexView<'a>(
    [Option<&'a [u16; SLOTS]>; INDEXED as usize],
    [LineSketch; !INDEXED as usize],
);

/// Where a look-up of a name begins.
pub(crate) struct Start {
    /// The offset of the first line that may have the name. Where there is a sketch: an offset before the end of the line in front of
    /// that, unless it is 0.
    pub(crate) offset: usize,
    /// No line behind that one has the name.
    pub(crate) is_only: bool,
}

impl IndexView<'_> {
    /// No index: every look-up scans all lines.
    pub(crate) const NONE: Self = Self([None; INDEXED as usize], [LineSketch::UNKNOWN; !INDEXED as usize]);

    /// Where to look for a name in lines of `length` bytes; `None` if no line has it.
    #[inline(always)]
    pub(crate) fn start(&self, name: &[u8], length: usize) -> Option<Start> {
        if let [sketch] = self.1[..] {
            return Some(Start { offset: sketch.start(name)?, is_only: false });
        }
        let slot = Slot::of(name)?;
        match self.0[..] {
            [Some(slots)] if length < usize::from(SHARED) => {
                let line = slots[slot.0 % SLOTS];
                let offset = usize::from(line & !SHARED).checked_sub(1)?;
                Some(Start { offset, is_only: line & SHARED == 0 })
            }
            _ => Some(Start { offset: 0, is_only: false }),
        }
    }
}

impl Default for IndexView<'_> {
    fn default() -> Self {
        Self::NONE
    }
}
