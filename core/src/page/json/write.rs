//! [`JsonWriter`]: the JSON of a value (RFC 8259), written in passes.
//! Invariant: the text depends on the value alone; no value panics.

use core::fmt::{self, Write as _};
use core::mem::replace;

use serde::ser::{self, Serialize, Serializer};

use super::string::{Escaped, string};
use crate::page::pass::Pass;
use crate::wire::decimal_digits;

/// A value has not been written: the pass is full, or its `Serialize` has failed.
#[derive(Debug)]
pub(super) struct NotWritten;

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON cannot express")
    }
}

impl ser::StdError for NotWritten {}

impl ser::Error for NotWritten {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<fmt::Error> for NotWritten {
    fn from(_: fmt::Error) -> Self {
        Self
    }
}

type Written = Result<(), NotWritten>;

/// Writes one value.
pub(super) struct JsonWriter<'w, 'b> {
    out: &'w mut Pass<'b>,
    /// The value is the name of a member: a string, or a number or boolean that becomes one.
    is_name: bool,
}

/// Writes the members of an array or an object.
pub(super) struct Members<'w, 'b> {
    out: &'w mut Pass<'b>,
    before: &'static str,
    end: &'static str,
}

impl<'w, 'b> JsonWriter<'w, 'b> {
    pub(super) const fn new(out: &'w mut Pass<'b>) -> Self {
        Self { out, is_name: false }
    }

    /// Writes what is no string, in quotes if it is a name.
    fn plain(self, text: &str) {
        let quote: &[u8] = if self.is_name { b"\"" } else { b"" };
        self.out.put(quote);
        self.out.put(text.as_bytes());
        self.out.put(quote);
    }

    #[inline(never)]
    fn integer(self, is_negative: bool, value: u64) {
        let quote: &[u8] = if self.is_name { b"\"" } else { b"" };
        self.out.put(quote);
        self.out.put(if is_negative { b"-" } else { b"" });
        self.out.put(decimal_digits(&mut [b'0'; 20], value));
        self.out.put(quote);
    }

    fn float(self, is_finite: bool, value: fmt::Arguments<'_>) -> Written {
        if self.is_name {
            return Err(NotWritten);
        }
        if is_finite {
            return Ok(self.out.write_fmt(value)?);
        }
        self.plain("null");
        Ok(())
    }

    /// Begins an array or an object, as the value of a variant if that has a name.
    fn begin(
        self,
        variant: Option<&str>,
        start: &'static str,
        end: &'static str,
    ) -> Result<Members<'w, 'b>, NotWritten> {
        if self.is_name {
            return Err(NotWritten);
        }
        if let Some(variant) = variant {
            self.out.put(b"{");
            string(self.out, variant);
            self.out.put(b":");
        }
        self.out.put(start.as_bytes());
        Ok(Members { out: self.out, before: "", end })
    }
}

impl Members<'_, '_> {
    /// Begins a member. Fails where the pass is full, so that what cannot be taken is not written.
    fn separate(&mut self) -> Written {
        let before = replace(&mut self.before, ",");
        self.out.put(before.as_bytes());
        Ok(self.out.result()?)
    }

    /// Begins a member of a known name. It cannot fail: such members are few.
    #[inline(never)]
    fn name(&mut self, name: &str) {
        let before = replace(&mut self.before, ",");
        self.out.put(before.as_bytes());
        string(self.out, name);
        self.out.put(b":");
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(JsonWriter::new(self.out))
    }

    fn finish(self) -> Written {
        self.out.put(self.end.as_bytes());
        Ok(())
    }
}

impl<'w, 'b> Serializer for JsonWriter<'w, 'b> {
    type Ok = ();
    type Error = NotWritten;
    type SerializeSeq = Members<'w, 'b>;
    type SerializeTuple = Members<'w, 'b>;
    type SerializeTupleStruct = Members<'w, 'b>;
    type SerializeTupleVariant = Members<'w, 'b>;
    type SerializeMap = Members<'w, 'b>;
    type SerializeStruct = Members<'w, 'b>;
    type SerializeStructVariant = Members<'w, 'b>;

    fn serialize_bool(self, value: bool) -> Written {
        self.plain(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Written {
        self.integer(value < 0, value.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        self.integer(false, value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Written {
        self.float(value.is_finite(), format_args!("{value:?}"))
    }

    fn serialize_f64(self, value: f64) -> Written {
        self.float(value.is_finite(), format_args!("{value:?}"))
    }

    fn serialize_char(self, value: char) -> Written {
        string(self.out, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Written {
        string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        let mut members = self.begin(None, "[", "]")?;
        for byte in value {
            members.separate()?;
            members.value(byte)?;
        }
        members.finish()
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        if self.is_name {
            return Err(NotWritten);
        }
        self.plain("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        string(self.out, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let mut members = self.begin(Some(variant), "", "}")?;
        members.value(value)?;
        members.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, NotWritten> {
        self.begin(None, "[", "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotWritten> {
        self.begin(None, "[", "]")
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NotWritten> {
        self.begin(None, "[", "]")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotWritten> {
        self.begin(Some(variant), "[", "]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NotWritten> {
        self.begin(None, "{", "}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, NotWritten> {
        self.begin(None, "{", "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotWritten> {
        self.begin(Some(variant), "{", "}}")
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Written {
        self.out.put(b"\"");
        write!(Escaped(self.out), "{value}")?;
        self.out.put(b"\"");
        Ok(())
    }
}

/// Arrays, whose members have no names.
macro_rules! arrays {
    ($($kind:ident $call:ident),*) => {
        $(impl ser::$kind for Members<'_, '_> {
            type Ok = ();
            type Error = NotWritten;

            fn $call<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.separate()?;
                self.value(value)
            }

            fn end(self) -> Written {
                self.finish()
            }
        })*
    };
}

arrays! {
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
}

impl ser::SerializeMap for Members<'_, '_> {
    type Ok = ();
    type Error = NotWritten;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.separate()?;
        key.serialize(JsonWriter { out: self.out, is_name: true })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.out.put(b":");
        self.value(value)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

/// Objects of known members.
macro_rules! objects {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Members<'_, '_> {
            type Ok = ();
            type Error = NotWritten;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                self.name(name);
                self.value(value)
            }

            fn end(self) -> Written {
                self.finish()
            }
        })*
    };
}

objects! { SerializeStruct, SerializeStructVariant }
