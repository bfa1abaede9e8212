//! Encoding of the parts of a module: small pieces, and macros for structs and enums of them.

use pluto_core::codec::{CodecError, Decoded, Reader, put_bytes};
use pluto_core::policy::Gas;

use crate::limits::{CODE_NESTING_MAX, TEXT_BYTES_MAX};

/// Deepest nesting of lists and boxes: that of code, below the lists of a module.
const DEPTH_MAX: usize = CODE_NESTING_MAX + 8;

/// A part of a module. `depth` counts the lists and boxes around it.
pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self>;
}

pub(super) const fn deeper(depth: usize) -> Decoded<usize> {
    if depth < DEPTH_MAX {
        return Ok(depth + 1);
    }
    Err(CodecError::TooLarge { what: "nesting", found: depth + 1, max: DEPTH_MAX })
}

macro_rules! integers {
    ($($ty:ident),+) => {
        $(impl Wire for $ty {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn take(input: &mut Reader<'_>, _: usize) -> Decoded<Self> {
                input.$ty()
            }
        })+
    };
}
integers!(u16, u32, i64);

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }

    fn take(input: &mut Reader<'_>, _: usize) -> Decoded<Self> {
        Ok(input.text("text", usize::from(TEXT_BYTES_MAX))?.to_owned())
    }
}

impl Wire for Gas {
    fn put(&self, out: &mut Vec<u8>) {
        use pluto_core::codec::Canonical as _;
        self.encode_into(out);
    }

    fn take(input: &mut Reader<'_>, _: usize) -> Decoded<Self> {
        use pluto_core::codec::Canonical as _;
        Self::decode_from(input)
    }
}

/// A count of 16 bits, then the items.
impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        // Bounds of the language are far below; what passes them would not decode again.
        u16::try_from(self.len()).unwrap_or(u16::MAX).put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        let depth = deeper(depth)?;
        let count = input.u16()?;
        let mut items = Self::new();
        for _ in 0..count {
            items.push(T::take(input, depth)?);
        }
        Ok(items)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        input.flag("option")?.then(|| T::take(input, deeper(depth)?)).transpose()
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        T::take(input, deeper(depth)?).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        Ok((A::take(input, depth)?, B::take(input, depth)?))
    }
}

/// Fields in the order given.
macro_rules! fields {
    ($($name:ident { $($field:ident),+ })+) => {
        $(impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }
            fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
                $(let $field = Wire::take(input, depth)?;)+
                Ok(Self { $($field),+ })
            }
        })+
    };
}

/// A newtype is what it holds.
macro_rules! newtypes {
    ($($name:ident),+) => {
        $(impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
                Wire::take(input, depth).map($name)
            }
        })+
    };
}

/// A number of eight bits, then the fields of the variant.
macro_rules! variants {
    ($name:ident $what:literal { $($number:literal $variant:ident $(($($field:ident),+))? $({ $($named:ident),+ })?,)+ }) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($field),+))? $({ $($named),+ })? => {
                        out.push($number);
                        $($($field.put(out);)+)?
                        $($($named.put(out);)+)?
                    })+
                }
            }
            fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
                // A variant without fields has no use for it.
                let _ = depth;
                match input.u8()? {
                    $($number => {
                        $($(let $field = Wire::take(input, depth)?;)+)?
                        $($(let $named = Wire::take(input, depth)?;)+)?
                        Ok(Self::$variant $(($($field),+))? $({ $($named),+ })?)
                    })+
                    other => Err(CodecError::BadValue { what: $what, found: u64::from(other) }),
                }
            }
        }
    };
}

pub(super) use {fields, newtypes, variants};
