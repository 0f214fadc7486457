use super::*;
use proptest::prelude::*;

const ALL: [Eviction; 7] = [
    Eviction::Lru,
    Eviction::Lfu,
    Eviction::Fifo,
    Eviction::Random,
    Eviction::Clock,
    Eviction::Sieve,
    Eviction::WTinyLfu,
];

fn of(version: u32, size: u32) -> Item {
    Item { version, size, expires_ns: u64::MAX, cost_us: 0 }
}

fn directory(eviction: Eviction, items: u64) -> Directory {
    Directory::new(eviction, Capacity::Items(items), Stream::new(1, "t", "eviction"))
}

/// Asks for each key in turn and puts in what is missing; returns the keys asked for that were hits.
fn ask(d: &mut Directory, keys: &[u64]) -> Vec<u64> {
    let mut hits = Vec::new();
    for &key in keys {
        match d.touch(key, 0) {
            Lookup::Hit(_) => hits.push(key),
            _ => drop(d.insert(key, of(0, 1))),
        }
    }
    hits
}

fn held(d: &Directory, among: std::ops::Range<u64>) -> Vec<u64> {
    among.filter(|&key| d.peek(key).is_some()).collect()
}

#[test]
fn lru_gives_up_what_was_not_used_for_longest() {
    let mut d = directory(Eviction::Lru, 3);
    ask(&mut d, &[1, 2, 3, 1, 4]);
    assert_eq!(held(&d, 0..9), [1, 3, 4]);
}

#[test]
fn fifo_gives_up_what_came_first_however_much_it_is_used() {
    let mut d = directory(Eviction::Fifo, 3);
    ask(&mut d, &[1, 2, 3, 1, 1, 4]);
    assert_eq!(held(&d, 0..9), [2, 3, 4]);
}

#[test]
fn lfu_gives_up_what_was_used_least_and_of_equals_the_longest_unused() {
    let mut d = directory(Eviction::Lfu, 3);
    ask(&mut d, &[1, 1, 1, 2, 2, 3, 3, 2, 4]);
    // Uses: 1 three times, 2 three times, 3 twice. 3 goes, then 4 that came for it, which was used once.
    assert_eq!(held(&d, 0..9), [1, 2, 4]);
    ask(&mut d, &[5]);
    assert_eq!(held(&d, 0..9), [1, 2, 5]);
    ask(&mut d, &[5, 5, 6]);
    // All three were used three times; 1 was used last before the others.
    assert_eq!(held(&d, 0..9), [2, 5, 6]);
}

#[test]
fn clock_gives_a_second_chance() {
    let mut d = directory(Eviction::Clock, 3);
    ask(&mut d, &[1, 2, 3, 1, 4]);
    // The hand finds 1 used, passes it, and takes 2.
    assert_eq!(held(&d, 0..9), [1, 3, 4]);
    ask(&mut d, &[5]);
    // It goes on from there: 3 is next, unused.
    assert_eq!(held(&d, 0..9), [1, 4, 5]);
}

/// The cache holds G to A, newest first, of which A, B and G were visited. H takes the place of C, as the hand passes over A
/// and B and leaves them where they are; D is visited meanwhile, so I takes the place of E, and J that of F.
#[test]
fn sieve_leaves_what_was_visited_where_it_is() {
    let key = |c: char| c as u64;
    let mut d = directory(Eviction::Sieve, 7);
    ask(&mut d, &"ABCDEFG".chars().map(key).collect::<Vec<_>>());
    ask(&mut d, &[key('A'), key('B'), key('G')]);
    ask(&mut d, &[key('H')]);
    assert_eq!(held(&d, key('A')..key('Z')), "ABDEFGH".chars().map(key).collect::<Vec<_>>());
    assert_eq!(ask(&mut d, &[key('A'), key('D')]), [key('A'), key('D')]);
    // D was visited since: the hand passes it and takes E.
    ask(&mut d, &[key('I')]);
    assert_eq!(held(&d, key('A')..key('Z')), "ABDFGHI".chars().map(key).collect::<Vec<_>>());
    assert_eq!(ask(&mut d, &[key('B')]), [key('B')]);
    ask(&mut d, &[key('J')]);
    assert_eq!(held(&d, key('A')..key('Z')), "ABDGHIJ".chars().map(key).collect::<Vec<_>>());
}

#[test]
fn random_gives_up_each_alike() {
    let mut gone = [0u32; 4];
    let mut d = directory(Eviction::Random, 4);
    ask(&mut d, &[0, 1, 2, 3]);
    for _ in 0..8000 {
        d.insert(9, of(0, 1));
        let out = (0..4).find(|&k| d.peek(k).is_none());
        // The one put in is itself never given up at once: it comes when there is room.
        let Some(out) = out else { panic!("nobody went") };
        gone[out as usize] += 1;
        d.remove(9);
        d.insert(out, of(0, 1));
    }
    // 2,000 each; the standard deviation is √(8000 · ¼ · ¾) = 39.
    assert!(gone.iter().all(|&n| n.abs_diff(2000) < 160), "{gone:?}");
}

#[test]
fn a_scan_empties_lru_and_leaves_w_tinylfu_alone() {
    let popular: Vec<u64> = (0..80).collect();
    let left = |eviction| {
        let mut d = directory(eviction, 100);
        for _ in 0..10 {
            ask(&mut d, &popular);
        }
        ask(&mut d, &(1000..3000).collect::<Vec<_>>());
        held(&d, 0..80).len()
    };
    assert_eq!(left(Eviction::Lru), 0);
    assert_eq!(left(Eviction::Fifo), 0);
    // A key of the scan that shares its counters with others may pass for more popular than it is.
    assert!(left(Eviction::WTinyLfu) >= 72, "{}", left(Eviction::WTinyLfu));
    // SIEVE passes over what was used once, and one visit is all that it remembers.
    assert!(left(Eviction::Sieve) >= 79, "{}", left(Eviction::Sieve));
}

#[test]
fn what_has_expired_is_a_miss_and_gone() {
    for eviction in ALL {
        let mut d = directory(eviction, 2);
        d.insert(1, Item { expires_ns: 100, ..of(7, 1) });
        assert_eq!(d.touch(1, 99), Lookup::Hit(Item { expires_ns: 100, ..of(7, 1) }));
        d.set_expires(1, 200);
        assert!(matches!(d.touch(1, 199), Lookup::Hit(_)));
        assert_eq!((d.touch(1, 200), d.touch(1, 200)), (Lookup::Expired, Lookup::Absent));
        assert!(d.is_empty());
    }
}

#[test]
fn capacity_in_bytes_makes_room_for_what_comes() {
    for eviction in ALL {
        let mut d = Directory::new(eviction, Capacity::Bytes(1000), Stream::new(1, "t", "eviction"));
        for key in 0..10 {
            assert_eq!(d.insert(key, of(0, 100)), 0, "{}", eviction.name());
        }
        assert_eq!((d.weight(), d.len()), (1000, 10));
        // A value of 250 bytes takes the room of three of 100, unless it is the newcomer that is not let in.
        let evicted = d.insert(50, of(0, 250));
        assert!(evicted >= 1 && d.weight() <= 1000, "{}", eviction.name());
        assert_eq!(d.len() as u64, 11 - evicted);
        // A larger version of what is there, and one that does not fit at all.
        d.insert(9, of(1, 900));
        assert!(d.weight() <= 1000);
        d.insert(9, of(2, 1001));
        assert_eq!(d.peek(9), None);
    }
}

#[test]
fn policy_and_capacity_change_under_what_is_held() {
    for from in ALL {
        for to in ALL {
            let mut d = directory(from, 100);
            ask(&mut d, &(0..100).collect::<Vec<_>>());
            ask(&mut d, &(0..30).collect::<Vec<_>>());
            assert_eq!(d.set(to, Capacity::Items(100)), 0);
            assert_eq!(d.len(), 100);
            assert_eq!(d.set(to, Capacity::Items(40)), 60);
            assert_eq!(d.set(to, Capacity::Bytes(30)), 10);
            assert_eq!((d.len(), d.weight()), (30, 30));
        }
    }
}

fn any_eviction() -> impl Strategy<Value = Eviction> {
    prop::sample::select(ALL.to_vec())
}

proptest! {
    /// Whatever the policy: it holds what was put in last of each key, never more than it may, and a saved one goes on as
    /// the one it was saved from.
    #[test]
    fn holds_what_it_says(
        eviction in any_eviction(),
        by_size in any::<bool>(),
        capacity in 1u64..60,
        steps in prop::collection::vec((0u8..5, 0u64..40, 1u32..9), 0..400),
    ) {
        let room = if by_size { Capacity::Bytes(capacity) } else { Capacity::Items(capacity) };
        let mut d = Directory::new(eviction, room, Stream::new(1, "t", "eviction"));
        let mut last = std::collections::BTreeMap::new();
        let mut held = 0;
        for (i, (what, key, size)) in steps.into_iter().enumerate() {
            let before = d.peek(key).is_some();
            match what {
                0 | 1 => prop_assert_eq!(matches!(d.touch(key, 0), Lookup::Hit(_)), before),
                2 | 3 => {
                    last.insert(key, i as u32);
                    held += usize::from(!before);
                    held -= d.insert(key, of(i as u32, size)) as usize;
                    if d.len() < held {
                        // Larger than the whole cache, or let in and sent out again as another item of the same key.
                        held = d.len();
                    }
                }
                _ => {
                    prop_assert_eq!(d.remove(key), before);
                    held -= usize::from(before);
                }
            }
            prop_assert_eq!(d.len(), held);
            prop_assert!(d.weight() <= capacity);
            if let Some(item) = d.peek(key) {
                prop_assert_eq!(Some(&item.version), last.get(&key));
            }
        }
        let weight: u64 = (0..40).filter_map(|k| d.peek(k)).map(|i| if by_size { u64::from(i.size) } else { 1 }).sum();
        prop_assert_eq!(weight, d.weight());
        let saved = backpressure_pack::to_bytes(&d);
        let mut other: Directory = backpressure_pack::from_bytes(&saved).unwrap();
        for key in (0..40).chain(0..40).chain(20..60) {
            prop_assert_eq!(d.touch(key, 0), other.touch(key, 0));
            prop_assert_eq!(d.insert(key, of(0, 1)), other.insert(key, of(0, 1)));
        }
        prop_assert_eq!(backpressure_pack::to_bytes(&d), backpressure_pack::to_bytes(&other));
    }

    /// LRU against a plain list in order of use.
    #[test]
    fn lru_is_a_list_in_order_of_use(capacity in 1usize..20, steps in prop::collection::vec((0u8..4, 0u64..40), 0..500)) {
        let mut d = directory(Eviction::Lru, capacity as u64);
        let mut list: Vec<u64> = Vec::new();
        for (what, key) in steps {
            let at = list.iter().position(|&k| k == key);
            match what {
                0 => {
                    prop_assert_eq!(matches!(d.touch(key, 0), Lookup::Hit(_)), at.is_some());
                    if let Some(at) = at { list.remove(at); list.push(key); }
                }
                1 | 2 => {
                    let full = at.is_none() && list.len() == capacity;
                    prop_assert_eq!(d.insert(key, of(7, 1)), u64::from(full));
                    if let Some(at) = at { list.remove(at); } else if full { list.remove(0); }
                    list.push(key);
                }
                _ => {
                    prop_assert_eq!(d.remove(key), at.is_some());
                    if let Some(at) = at { list.remove(at); }
                }
            }
            let mut sorted = list.clone();
            sorted.sort_unstable();
            prop_assert_eq!(held(&d, 0..40), sorted);
        }
    }

    /// LFU against a list of (uses, last use).
    #[test]
    fn lfu_is_a_list_in_order_of_uses(capacity in 1usize..20, keys in prop::collection::vec(0u64..40, 0..500)) {
        let mut d = directory(Eviction::Lfu, capacity as u64);
        let mut list: Vec<(u32, usize, u64)> = Vec::new();
        for (now, key) in keys.into_iter().enumerate() {
            ask(&mut d, &[key]);
            if let Some(entry) = list.iter_mut().find(|e| e.2 == key) {
                *entry = (entry.0 + 1, now, key);
            } else {
                if list.len() == capacity {
                    let least = list.iter().min().copied();
                    list.retain(|e| Some(*e) != least);
                }
                list.push((1, now, key));
            }
            let mut sorted: Vec<u64> = list.iter().map(|e| e.2).collect();
            sorted.sort_unstable();
            prop_assert_eq!(held(&d, 0..40), sorted);
        }
    }
}
