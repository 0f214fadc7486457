//! How the standard library's types are written.

use crate::{Pack, Source, put_number};
use std::collections::{BTreeMap, VecDeque};

macro_rules! whole {
    ($($type:ty),+) => {$(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                put_number(out, *self as u64);
            }

            fn unpack(from: &mut Source) -> Self {
                // A number that does not fit was not written by us.
                <$type>::try_from(from.number()).unwrap_or_else(|_| {
                    from.fail();
                    0
                })
            }
        }
    )+};
}

whole!(u16, u32, u64, usize);

macro_rules! signed {
    ($($type:ty),+) => {$(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                // Zigzag: small negative numbers are short as well.
                let wide = i64::from(*self);
                put_number(out, ((wide << 1) ^ (wide >> 63)) as u64);
            }

            fn unpack(from: &mut Source) -> Self {
                let folded = from.number();
                <$type>::try_from((folded >> 1) as i64 ^ -((folded & 1) as i64)).unwrap_or_else(|_| {
                    from.fail();
                    0
                })
            }
        }
    )+};
}

signed!(i16, i32, i64);

impl Pack for u8 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn unpack(from: &mut Source) -> Self {
        from.byte()
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn unpack(from: &mut Source) -> Self {
        from.byte() != 0
    }
}

impl Pack for u128 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut Source) -> Self {
        from.bytes(16).try_into().map_or(0, u128::from_le_bytes)
    }
}

impl Pack for f64 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut Source) -> Self {
        from.bytes(8).try_into().map_or(0.0, f64::from_le_bytes)
    }
}

impl Pack for f32 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut Source) -> Self {
        from.bytes(4).try_into().map_or(0.0, f32::from_le_bytes)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        out.extend_from_slice(self.as_bytes());
    }

    fn unpack(from: &mut Source) -> Self {
        let n = from.length();
        String::from_utf8(from.bytes(n).to_vec()).unwrap_or_else(|_| {
            from.fail();
            String::new()
        })
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        for item in self {
            item.pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        let n = from.length();
        let mut list = Vec::with_capacity(n);
        for _ in 0..n {
            list.push(T::unpack(from));
        }
        list
    }
}

impl<T: Pack> Pack for VecDeque<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        for item in self {
            item.pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        Vec::unpack(from).into()
    }
}

impl<K: Pack + Ord, V: Pack> Pack for BTreeMap<K, V> {
    fn pack(&self, out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        for (key, value) in self {
            key.pack(out);
            value.pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        let mut map = BTreeMap::new();
        for _ in 0..from.length() {
            let key = K::unpack(from);
            map.insert(key, V::unpack(from));
        }
        map
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        (from.byte() != 0).then(|| T::unpack(from))
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        (**self).pack(out);
    }

    fn unpack(from: &mut Source) -> Self {
        Box::new(T::unpack(from))
    }
}

impl<T: Pack, const N: usize> Pack for [T; N] {
    fn pack(&self, out: &mut Vec<u8>) {
        for item in self {
            item.pack(out);
        }
    }

    fn unpack(from: &mut Source) -> Self {
        std::array::from_fn(|_| T::unpack(from))
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),+) => {
        impl<$($name: Pack),+> Pack for ($($name,)+) {
            fn pack(&self, out: &mut Vec<u8>) {
                $(self.$at.pack(out);)+
            }

            fn unpack(from: &mut Source) -> Self {
                ($($name::unpack(from),)+)
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
