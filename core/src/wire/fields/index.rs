//! Where the lines of a head begin, by a hash of their names: RFC 9110 section 5.1.
//!
//! Invariant: a look-up with an index finds what a scan of all lines finds.

/// True on processors with room for an index for each head.
pub(crate) const INDEXED: bool = cfg!(target_pointer_width = "64");

/// The number of slots; a power of two.
const SLOTS: usize = 64;

/// The bit of a slot with more than one line; the other bits are the first line's offset and 1.
const SHARED: u16 = 0x8000;

/// The first line of each slot of names. A head of any number of fields has an index, but look-ups in more than 32 KB do not use it.
#[derive(Clone, Debug)]
pub(crate) struct FieldIndex([[u16; SLOTS]; INDEXED as usize]);

impl FieldIndex {
    /// The index of a head without fields.
    pub(crate) const fn new() -> Self {
        Self([[0; SLOTS]; INDEXED as usize])
    }

    /// Adds the line at `offset` in the field lines.
    #[inline(always)]
    pub(crate) fn add(&mut self, slot: Slot, offset: usize) {
        let [slots] = &mut self.0[..] else { return };
        match &mut slots[slot.0 % SLOTS] {
            free @ 0 => *free = (offset as u16).wrapping_add(1),
            line => *line |= SHARED,
        }
    }

    /// A view that lives as long as the head.
    pub(crate) fn view(&self) -> IndexView<'_> {
        IndexView(self.0.each_ref().map(Some))
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
pub(crate) struct IndexView<'a>([Option<&'a [u16; SLOTS]>; INDEXED as usize]);

/// Where a look-up of a name begins.
pub(crate) struct Start {
    /// The offset of the first line that may have the name.
    pub(crate) offset: usize,
    /// No line behind that one has the name.
    pub(crate) is_only: bool,
}

impl IndexView<'_> {
    /// No index: every look-up scans all lines.
    pub(crate) const NONE: Self = Self([None; INDEXED as usize]);

    /// Where to look for a name in lines of `length` bytes; `None` if no line has it.
    #[inline(always)]
    pub(crate) fn start(&self, name: &[u8], length: usize) -> Option<Start> {
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
