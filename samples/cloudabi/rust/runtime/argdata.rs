// SPDX-License-Identifier: GPL-2.0 OR MIT
//! Reading argument data.
//!
//! `cloudabi/argdata.h` describes the encoding. The functions neither read beyond the bytes,
//! nor panic, nor recurse, even if the bytes are invalid.

use cloudabi::fd as Fd;

/// The bytes are no field of a map or a sequence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed;

#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Fd = 3,
    Int = 5,
    Map = 6,
    Seq = 7,
    Str = 8,
}

/// An encoded value.
#[derive(Clone, Copy)]
pub struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// Makes a value of bytes, which may be invalid.
    pub fn new(bytes: &'a [u8]) -> Self {
        Value(bytes)
    }

    fn payload(self, tag: Tag) -> Option<&'a [u8]> {
        match self.0.split_first() {
            Some((&first, payload)) if first == tag as u8 => Some(payload),
            _ => None,
        }
    }

    /// Returns the number of a descriptor, which need not be open.
    pub fn fd(self) -> Option<Fd> {
        let bytes = <[u8; 4]>::try_from(self.payload(Tag::Fd)?).ok()?;
        Some(Fd(u32::from_be_bytes(bytes))).filter(|fd| i32::try_from(fd.0).is_ok())
    }

    /// Returns a signed integer of 64 bits.
    pub fn int(self) -> Option<i64> {
        let payload = self.payload(Tag::Int)?;
        let negative = payload.first().map_or(false, |&first| first & 0x80 != 0);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        let start = bytes.len().checked_sub(payload.len())?;

        bytes[start..].copy_from_slice(payload);
        Some(i64::from_be_bytes(bytes))
    }

    /// Returns a string.
    pub fn str(self) -> Option<&'a str> {
        let (&nul, text) = self.payload(Tag::Str)?.split_last()?;
        core::str::from_utf8(text).ok().filter(|_| nul == 0)
    }

    /// Returns the elements of a sequence.
    pub fn seq(self) -> Option<Fields<'a>> {
        self.payload(Tag::Seq).map(Fields)
    }

    /// Returns the elements of a map: keys and values alternate.
    pub fn map(self) -> Option<Fields<'a>> {
        self.payload(Tag::Map).map(Fields)
    }

    /// Returns the value of a string key in a map. A value that is no map has no keys.
    pub fn find(self, name: &str) -> Result<Option<Value<'a>>, Malformed> {
        let mut fields = self.map().unwrap_or(Fields(&[]));

        while let Some(key) = fields.next() {
            let key = key?;
            let value = fields.next().ok_or(Malformed)??;

            if key.str() == Some(name) {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// An iterator over the elements of a map or a sequence. It ends after an invalid one.
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Takes the length of the next field: seven bits in each byte, the highest bit marks the last.
    fn length(&mut self) -> Option<usize> {
        let mut len = 0_usize;

        // A leading zero digit is invalid.
        if self.0.first() == Some(&0) {
            return None;
        }
        loop {
            let (&digit, rest) = self.0.split_first()?;

            len = len.checked_mul(128)? | usize::from(digit & 0x7f);
            self.0 = rest;
            if digit & 0x80 != 0 {
                return Some(len);
            }
        }
    }

    fn field(&mut self) -> Option<Value<'a>> {
        let len = self.length()?;
        let field = self.0.get(..len)?;

        self.0 = &self.0[len..];
        Some(Value(field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Value<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Malformed);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
