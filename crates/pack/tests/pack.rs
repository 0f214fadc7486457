//! What is written is read back; what is not such a value is refused, whatever it is.

use backpressure_pack::{Pack, from_bytes, put_number, to_bytes};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

#[derive(Clone, Debug, Default, PartialEq, Pack)]
struct Unit;

#[derive(Clone, Debug, Default, PartialEq, Pack)]
struct Pair(u32, Option<String>);

#[derive(Clone, Debug, PartialEq, Pack)]
struct Holder<T> {
    items: Vec<T>,
    pub(crate) map: BTreeMap<String, (u8, i32)>,
    #[pack(skip)]
    scratch: Vec<T>,
    array: [f64; 3],
}

#[derive(Clone, Debug, PartialEq, Pack)]
enum Choice {
    Nothing,
    #[allow(dead_code)]
    Some(u64, Box<Pair>),
    Named {
        deque: VecDeque<bool>,
        wide: u128,
    },
}

fn comes_back<T: Pack + PartialEq + Debug>(value: T) {
    let bytes = to_bytes(&value);
    assert_eq!(from_bytes::<T>(&bytes).as_ref(), Some(&value), "{bytes:?}");
    for cut in 0..bytes.len() {
        assert_eq!(from_bytes::<T>(&bytes[..cut]), None, "cut at {cut} of {bytes:?}");
    }
    let mut more = bytes;
    more.push(0);
    assert_eq!(from_bytes::<T>(&more), None, "with a byte too many");
}

#[test]
fn what_is_written_is_read_back_and_a_part_of_it_is_refused() {
    for n in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
        comes_back(n);
    }
    for n in [0, 1, -1, i64::MIN, i64::MAX] {
        comes_back(n);
    }
    comes_back(-0.0_f64);
    comes_back(f64::INFINITY);
    comes_back("Größe".to_owned());
    comes_back(vec![Pair(7, None), Pair(u32::MAX, Some(String::new()))]);
    comes_back(Choice::Nothing);
    comes_back(Choice::Some(9, Box::new(Pair(1, Some("x".to_owned())))));
    comes_back(Choice::Named { deque: [true, false].into(), wide: u128::MAX });
    comes_back((1u8, 2u16, 3i32, 4usize));
}

#[test]
fn what_is_skipped_comes_back_as_its_default() {
    let map = BTreeMap::from([("a".to_owned(), (1, -1))]);
    let held = Holder { items: vec![1u32, 2], map, scratch: vec![3], array: [0.5, f64::MIN, 1e300] };
    let back: Holder<u32> = from_bytes(&to_bytes(&held)).expect("what was written");
    assert_eq!(back, Holder { scratch: Vec::new(), ..held });
}

#[test]
fn a_unit_takes_no_room() {
    assert!(to_bytes(&Unit).is_empty());
    assert_eq!(from_bytes(&[]), Some(Unit));
}

#[test]
fn numbers_that_do_not_fit_and_cases_that_do_not_exist_are_refused() {
    let mut big = Vec::new();
    put_number(&mut big, 1 << 40);
    assert_eq!(from_bytes::<u32>(&big), None);
    assert_eq!(from_bytes::<u64>(&[0xff; 11]), None, "more bits than 64");
    assert_eq!(from_bytes::<Choice>(&[3]), None);
    assert_eq!(from_bytes::<String>(&[2, 0xff, 0xfe]), None, "no UTF-8");
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    let mut bytes = Vec::new();
    put_number(&mut bytes, u64::MAX);
    assert_eq!(from_bytes::<Vec<u64>>(&bytes), None);
    assert_eq!(from_bytes::<String>(&bytes), None);
    assert_eq!(from_bytes::<BTreeMap<u64, u64>>(&bytes), None);
}
