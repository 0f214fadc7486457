//! The copies of a store's objects on its replicas: which version each holds while writes are on their way to it.

use super::context::Context;
use super::table::Table;
use backpressure_pack::Pack;

/// What a copy holds of a key that has writes coming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
struct Behind {
    held: u32,
    coming: u32,
}

/// Copies of everything a store holds. Only what is under way is kept: a copy to which no write of a key is coming holds
/// the latest version of that key. Every operation is O(1) expected.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub struct Copies {
    behind: Vec<Table<Behind>>,
    /// Latest version given to a write that is not committed yet, by key.
    under_way: Table<u32>,
}

impl Copies {
    /// At least so many copies; new ones hold everything.
    pub fn grow(&mut self, copies: usize) {
        if self.behind.len() < copies {
            self.behind.resize_with(copies, Table::default);
        }
    }

    /// The latest version of a key, committed or under way.
    #[inline]
    pub fn latest(&self, key: u64, cx: &Context) -> u32 {
        let newest = cx.newest(key);
        if self.under_way.is_empty() { newest } else { self.under_way.get(key).unwrap_or(0).max(newest) }
    }

    /// The number of a new write, which is under way from now on.
    pub fn begin(&mut self, key: u64, cx: &Context) -> u32 {
        let version = cx.next_version(key).max(self.under_way.get(key).unwrap_or(0).wrapping_add(1));
        self.under_way.set(key, version);
        version
    }

    /// A write is coming to this copy, where the latest version was `before`.
    pub fn expect(&mut self, copy: usize, key: u64, before: u32) {
        let behind = self.behind[copy].get(key).unwrap_or(Behind { held: before, coming: 0 });
        self.behind[copy].set(key, Behind { coming: behind.coming + 1, ..behind });
    }

    /// It is there. The later version stays, whatever the order they come in.
    pub fn arrive(&mut self, copy: usize, key: u64, version: u32) {
        if let Some(Behind { held, coming }) = self.behind[copy].get(key) {
            if coming <= 1 {
                self.behind[copy].remove(key);
            } else {
                self.behind[copy].set(key, Behind { held: held.max(version), coming: coming - 1 });
            }
        }
    }

    /// It will never be there.
    pub fn give_up(&mut self, copy: usize, key: u64) {
        self.arrive(copy, key, 0);
    }

    /// The copy is made anew from the latest: nothing is coming to it any more.
    pub fn renew(&mut self, copy: usize) {
        self.behind[copy].clear();
    }

    /// The version that a copy holds.
    pub fn held(&self, copy: usize, key: u64, cx: &Context) -> u32 {
        match self.behind[copy].get(key) {
            Some(behind) => behind.held,
            None => self.latest(key, cx),
        }
    }

    /// A write is committed.
    pub fn commit(&mut self, key: u64, version: u32, cx: &mut Context) {
        cx.publish(key, version);
        if !self.under_way.is_empty() && self.under_way.get(key).is_some_and(|latest| latest <= version) {
            self.under_way.remove(key);
        }
    }

    /// A write is undone: `before` is the latest version again. True if it had been committed.
    pub fn undo(&mut self, key: u64, version: u32, before: u32, cx: &mut Context) -> bool {
        if self.under_way.get(key).is_some_and(|latest| latest >= version) {
            self.under_way.remove(key);
        }
        let committed = cx.newest(key) >= version;
        if committed {
            cx.roll_back(key, before);
        }
        committed
    }

    /// Every write under way is committed.
    pub fn commit_all(&mut self, cx: &mut Context) {
        for (key, version) in self.under_way.iter() {
            cx.publish(key, version);
        }
        self.under_way.clear();
    }
}
