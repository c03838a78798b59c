//! [`read`]: the value of JSON that `is_json` has accepted.
//! Invariant: no text and no type of value panics; strings are borrowed from the body.

use core::str::FromStr;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::tokens::{OtherShape, Tokens};

/// Reads a value.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de mut [u8]) -> Result<T, OtherShape> {
    T::deserialize(Reader(&mut Tokens::new(json)))
}

/// Reads one value.
struct Reader<'t, 'de>(&'t mut Tokens<'de>);

impl<'de> Reader<'_, 'de> {
    fn parse<T: FromStr>(self) -> Result<T, OtherShape> {
        self.0.word().parse().map_err(|_| OtherShape)
    }

    fn seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.0.skip_byte(b'[')?;
        let value = visitor.visit_seq(Members { tokens: self.0, end: b']' })?;
        self.0.skip_byte(b']').map(|()| value)
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.0.skip_byte(b'{')?;
        let value = visitor.visit_map(Members { tokens: self.0, end: b'}' })?;
        self.0.skip_byte(b'}').map(|()| value)
    }
}

/// Reads a boolean, and a number of each type by its own width: 64 bits cost flash on a device.
macro_rules! scalars {
    ($($name:ident $visit:ident)+) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
            visitor.$visit(self.parse()?)
        }
    )+ };
    () => {
        scalars! {
            deserialize_bool visit_bool
            deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
            deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        }
    };
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = OtherShape;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        match self.0.first() {
            b'"' => self.deserialize_str(visitor),
            b'[' => self.seq(visitor),
            b'{' => self.map(visitor),
            b't' | b'f' => self.deserialize_bool(visitor),
            b'n' => self.deserialize_unit(visitor),
            _ => {
                let word = self.0.word();
                if let Ok(number) = word.parse() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = word.parse() {
                    visitor.visit_i64(number)
                } else {
                    visitor.visit_f64(word.parse().map_err(|_| OtherShape)?)
                }
            }
        }
    }

    scalars! {}

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        visitor.visit_f32(float(self.0.word())?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        visitor.visit_f64(float(self.0.word())?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        visitor.visit_borrowed_str(self.0.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.deserialize_str(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        if self.0.first() != b'n' {
            return visitor.visit_some(self);
        }
        self.0.word();
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        if self.0.first() != b'n' {
            return Err(OtherShape);
        }
        self.0.word();
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, OtherShape> {
        self.seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        self.seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        if self.0.first() != b'{' {
            return visitor.visit_enum(BorrowedStrDeserializer::new(self.0.string()?));
        }
        self.0.skip_byte(b'{')?;
        let value = visitor.visit_enum(Members { tokens: self.0, end: b'}' })?;
        self.0.skip_byte(b'}').map(|()| value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        self.0.skip();
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf }
}

/// A float; `null`, which one that is not finite is written as, is not a number.
fn float<T: FromStr + From<f32>>(word: &str) -> Result<T, OtherShape> {
    if word == "null" { Ok(f32::NAN.into()) } else { word.parse().map_err(|_| OtherShape) }
}

/// The members of an array or an object.
struct Members<'t, 'de> {
    tokens: &'t mut Tokens<'de>,
    end: u8,
}

impl Members<'_, '_> {
    /// Returns true if there is one more. The comma before it is taken.
    fn go_on(&mut self) -> bool {
        let _ = self.tokens.skip_byte(b',');
        self.tokens.first() != self.end
    }
}

impl<'de> SeqAccess<'de> for Members<'_, 'de> {
    type Error = OtherShape;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, OtherShape> {
        if self.go_on() { seed.deserialize(Reader(self.tokens)).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = OtherShape;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, OtherShape> {
        if self.go_on() { seed.deserialize(Name(self.tokens.string()?)).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, OtherShape> {
        self.tokens.skip_byte(b':')?;
        seed.deserialize(Reader(self.tokens))
    }
}

/// An object with one member is a variant with data.
impl<'de> EnumAccess<'de> for Members<'_, 'de> {
    type Error = OtherShape;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), OtherShape> {
        let name = seed.deserialize(Name(self.tokens.string()?))?;
        self.tokens.skip_byte(b':')?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Members<'_, 'de> {
    type Error = OtherShape;

    fn unit_variant(self) -> Result<(), OtherShape> {
        Deserialize::deserialize(Reader(self.tokens))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, OtherShape> {
        seed.deserialize(Reader(self.tokens))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, OtherShape> {
        Reader(self.tokens).seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        Reader(self.tokens).map(visitor)
    }
}

/// The name of a member, which is a string, or a number or boolean in one.
struct Name<'de>(&'de str);

impl Name<'_> {
    /// A number has the form that JSON gives it: no plus sign, and no zero before other digits.
    fn parse<T: FromStr>(&self) -> Result<T, OtherShape> {
        match self.0.strip_prefix('-').unwrap_or(self.0).as_bytes() {
            [b'+', ..] | [b'0', _, ..] => Err(OtherShape),
            _ => self.0.parse().map_err(|_| OtherShape),
        }
    }
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = OtherShape;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        visitor.visit_borrowed_str(self.0)
    }

    scalars! {}

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OtherShape> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, OtherShape> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
