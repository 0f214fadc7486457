//! Which version of every object is the committed one: what stale reads and lost writes are counted against.

use super::table::Table;
use backpressure_pack::Pack;

/// The newest committed version of every key that was ever written, whichever store holds it.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct Truth {
    newest: Table<u32>,
    /// Versions that were committed and then lost: their numbers are not given out again, so that a copy which still holds
    /// one is not taken for the write that came later.
    lost: Table<u32>,
}

impl Truth {
    /// The newest committed version; 0 if there was never a write.
    #[inline]
    pub fn newest(&self, key: u64) -> u32 {
        if self.newest.is_empty() { 0 } else { self.newest.get(key).unwrap_or(0) }
    }

    /// The number of the next version.
    #[inline]
    pub fn next(&self, key: u64) -> u32 {
        let newest = self.newest(key);
        let taken = if self.lost.is_empty() { newest } else { self.lost.get(key).unwrap_or(0).max(newest) };
        taken.wrapping_add(1)
    }

    /// The next version is committed.
    #[inline]
    pub fn advance(&mut self, key: u64) -> u32 {
        let version = self.next(key);
        self.newest.set(key, version);
        if !self.lost.is_empty() {
            self.lost.remove(key);
        }
        version
    }

    /// This version is committed. An older one than the newest changes nothing.
    #[inline]
    pub fn publish(&mut self, key: u64, version: u32) {
        if version > self.newest(key) {
            self.newest.set(key, version);
            if !self.lost.is_empty() && self.lost.get(key).is_some_and(|lost| lost < version) {
                self.lost.remove(key);
            }
        }
    }

    /// What was committed after `version` is lost.
    pub fn roll_back(&mut self, key: u64, version: u32) {
        let newest = self.newest(key);
        if version < newest {
            self.newest.set(key, version);
            let lost = self.lost.get(key).unwrap_or(0).max(newest);
            self.lost.set(key, lost);
        }
    }

    /// Is it older than the newest, or one that was lost?
    #[inline]
    pub fn is_stale(&self, key: u64, version: u32) -> bool {
        let newest = self.newest(key);
        version < newest
            || (version > newest && !self.lost.is_empty() && self.lost.get(key).is_some_and(|lost| version <= lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_version_is_stale_and_its_number_is_not_used_again() {
        let mut truth = Truth::default();
        for version in 1..=5 {
            assert_eq!(truth.advance(7), version);
        }
        truth.roll_back(7, 3);
        assert_eq!(truth.newest(7), 3);
        assert!(!truth.is_stale(7, 3) && truth.is_stale(7, 2));
        assert!(truth.is_stale(7, 4) && truth.is_stale(7, 5), "whoever still holds them holds what is lost");
        assert_eq!(truth.next(7), 6);
        truth.publish(7, 6);
        assert!(truth.is_stale(7, 5) && truth.is_stale(7, 3) && !truth.is_stale(7, 6));
        assert_eq!(truth.next(8), 1);
    }

    #[test]
    fn a_version_seen_before_it_is_committed_is_not_stale() {
        let mut truth = Truth::default();
        truth.publish(1, 4);
        assert!(!truth.is_stale(1, 5));
        truth.publish(1, 2);
        assert_eq!(truth.newest(1), 4);
    }
}
