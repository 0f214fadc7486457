//! A hash table from keys to small values, the same on every target.

use super::rng::mix;
use backpressure_pack::{Pack, Source};

/// No key: stands in empty places.
const EMPTY: u64 = u64::MAX;
/// More places than any table of a run has.
const MOST_ROOM: usize = 1 << 28;

/// A map from keys to values. Open addressing with linear probing and deletion by shifting back (Knuth, TAOCP 6.4):
/// every operation is O(1) expected, and its layout, which is part of a saved run, is the same on every target. The key
/// `u64::MAX` cannot be held.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<V> {
    keys: Vec<u64>,
    values: Vec<V>,
    len: usize,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { keys: Vec::new(), values: Vec::new(), len: 0 }
    }
}

/// Only what is held, each with the number of empty places before it: half of the places are empty, or more.
impl<V: Pack + Copy + Default> Pack for Table<V> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.keys.len().pack(out);
        self.len.pack(out);
        let mut empty = 0u32;
        for (key, value) in self.keys.iter().zip(&self.values) {
            if *key == EMPTY {
                empty += 1;
            } else {
                empty.pack(out);
                key.pack(out);
                value.pack(out);
                empty = 0;
            }
        }
    }

    fn unpack(from: &mut Source) -> Self {
        let room = usize::unpack(from);
        let len = usize::unpack(from);
        if room > MOST_ROOM || !(room == 0 || room.is_power_of_two()) || len > room / 2 {
            from.fail();
            return Self::default();
        }
        let mut table = Self { keys: vec![EMPTY; room], values: vec![V::default(); room], len };
        let mut at = 0;
        for _ in 0..len {
            at += u32::unpack(from) as usize;
            let (key, value) = (u64::unpack(from), V::unpack(from));
            match (table.keys.get_mut(at), table.values.get_mut(at)) {
                (Some(k), Some(v)) => (*k, *v) = (key, value),
                _ => {
                    from.fail();
                    return Self::default();
                }
            }
            at += 1;
        }
        table
    }
}

impl<V: Copy + Default> Table<V> {
    /// Entries held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if nothing is held.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: u64) -> Option<V> {
        self.find(key).map(|at| self.values[at])
    }

    /// Sets the value of `key`; returns the one before.
    pub fn set(&mut self, key: u64, value: V) -> Option<V> {
        if let Some(at) = self.find(key) {
            return Some(std::mem::replace(&mut self.values[at], value));
        }
        if (self.len + 1) * 2 > self.keys.len() {
            self.grow();
        }
        self.enter(key, value);
        self.len += 1;
        None
    }

    /// Forgets `key`; returns its value.
    pub fn remove(&mut self, key: u64) -> Option<V> {
        let mut at = self.find(key)?;
        let value = self.values[at];
        let mask = self.keys.len() - 1;
        let mut probe = at;
        loop {
            probe = (probe + 1) & mask;
            let candidate = self.keys[probe];
            if candidate == EMPTY {
                break;
            }
            // May the candidate move back to the hole? Only if its home is not between the hole and itself.
            let home = self.home(candidate);
            if (probe.wrapping_sub(home) & mask) >= (probe.wrapping_sub(at) & mask) {
                self.keys[at] = candidate;
                self.values[at] = self.values[probe];
                at = probe;
            }
        }
        self.keys[at] = EMPTY;
        self.len -= 1;
        Some(value)
    }

    /// Every key and its value, in an order that depends on nothing but what was done with the table.
    pub fn iter(&self) -> impl Iterator<Item = (u64, V)> + '_ {
        self.keys.iter().zip(&self.values).filter(|(k, _)| **k != EMPTY).map(|(k, v)| (*k, *v))
    }

    /// Forgets every entry whose value is not to be kept. O(room), and nothing is allocated.
    pub fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        let mut at = 0;
        while at < self.keys.len() {
            let key = self.keys[at];
            if key == EMPTY || keep(&self.values[at]) {
                at += 1;
            } else {
                // What stood behind may have moved here.
                self.remove(key);
            }
        }
    }

    /// Forgets everything, and keeps the room.
    pub fn clear(&mut self) {
        self.keys.fill(EMPTY);
        self.len = 0;
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        mix(key) as usize & (self.keys.len() - 1)
    }

    #[inline]
    fn find(&self, key: u64) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let mask = self.keys.len() - 1;
        let mut at = self.home(key);
        while self.keys[at] != EMPTY {
            if self.keys[at] == key {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
        None
    }

    fn enter(&mut self, key: u64, value: V) {
        let mask = self.keys.len() - 1;
        let mut at = self.home(key);
        while self.keys[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.keys[at] = key;
        self.values[at] = value;
    }

    fn grow(&mut self) {
        let room = (self.keys.len() * 2).max(16);
        let keys = std::mem::replace(&mut self.keys, vec![EMPTY; room]);
        let values = std::mem::replace(&mut self.values, vec![V::default(); room]);
        for (key, value) in keys.into_iter().zip(values) {
            if key != EMPTY {
                self.enter(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against the standard library's map.
        #[test]
        fn behaves_as_a_map(steps in prop::collection::vec((0u8..3, 0u64..60, any::<u32>()), 0..400)) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (what, key, value) in steps {
                match what {
                    0 if value % 10 == 0 => {
                        table.retain(|v| v % 3 != 0);
                        map.retain(|_, v| *v % 3 != 0);
                    }
                    0 => prop_assert_eq!(table.set(key, value), map.insert(key, value)),
                    1 => prop_assert_eq!(table.remove(key), map.remove(&key)),
                    _ => prop_assert_eq!(table.get(key), map.get(&key).copied()),
                }
                prop_assert_eq!(table.len(), map.len());
            }
            for key in 0..60 {
                prop_assert_eq!(table.get(key), map.get(&key).copied());
            }
            let bytes = backpressure_pack::to_bytes(&table);
            let read: Table<u32> = backpressure_pack::from_bytes(&bytes).unwrap();
            prop_assert_eq!(backpressure_pack::to_bytes(&read), bytes);
            prop_assert!(read.iter().eq(table.iter()), "the same places, not only the same entries");
        }
    }
}
