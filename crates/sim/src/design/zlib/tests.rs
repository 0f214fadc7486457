//! Both directions against another implementation, and against bytes that are nothing of the kind.

use super::{Broken, deflate, inflate};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;

/// Texts with repetitions, near and far, of a few letters or of many.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 1usize..30, 1u8..=255), 0..20);
    pieces.prop_map(|pieces| {
        let piece = |(bytes, times, letters): (Vec<u8>, usize, u8)| {
            let bytes: Vec<u8> = bytes.into_iter().map(|b| b % letters).collect();
            bytes.repeat(times)
        };
        pieces.into_iter().flat_map(piece).collect()
    })
}

proptest! {
    #[test]
    fn what_we_pack_others_unpack(text in texts()) {
        let packed = deflate(&text);
        prop_assert_eq!(&decompress_to_vec_zlib(&packed).expect("zlib"), &text);
        prop_assert_eq!(inflate(&packed, text.len()), Ok(text));
    }

    #[test]
    fn what_others_pack_we_unpack(text in texts(), level in 0u8..=10) {
        let packed = compress_to_vec_zlib(&text, level);
        prop_assert_eq!(inflate(&packed, text.len()), Ok(text.clone()));
        if !text.is_empty() {
            prop_assert_eq!(inflate(&packed, text.len() - 1), Err(Broken::TooLong));
        }
    }

    #[test]
    fn every_cut_and_every_changed_bit_is_noticed(text in texts(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let packed = deflate(&text);
        let cut = at.index(packed.len());
        prop_assert_eq!(inflate(&packed[..cut], text.len()), Err(Broken::CutOff));
        let mut changed = packed;
        changed[cut] ^= 1u8 << bit;
        // The bits that fill the last byte before the checksum mean nothing, nor does the level in the header.
        let result = inflate(&changed, text.len());
        prop_assert!(result.is_err() || result == Ok(text));
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = inflate(&bytes, 10_000);
        let _ = inflate(&[&[0x78, 0xda][..], &bytes].concat(), 10_000);
    }
}

#[test]
fn far_repetitions_and_long_texts_are_packed_as_well_as_by_others() {
    // As a design is: much the same again and again, numbers between.
    let text: String = (0..2000)
        .map(|i| format!("{{\"id\":\"server-{i}\",\"kind\":\"app_server\",\"x\":{}}},", i * 37 % 911))
        .collect();
    let (ours, theirs) = (deflate(text.as_bytes()), compress_to_vec_zlib(text.as_bytes(), 9));
    assert_eq!(inflate(&ours, text.len()).as_deref(), Ok(text.as_bytes()));
    assert!(ours.len() as f64 <= theirs.len() as f64 * 1.03, "{} bytes instead of {}", ours.len(), theirs.len());
}

#[test]
fn a_code_longer_than_fifteen_bits_is_avoided() {
    // Counts like Fibonacci's numbers make Huffman's code as deep as can be.
    let (mut a, mut b, mut text) = (1usize, 1usize, Vec::new());
    for letter in 0..24u8 {
        // Different neighbours, so that no string repeats for long.
        text.extend((0..a).flat_map(|i| [letter, 100 + (i * i % 149) as u8]));
        (a, b) = (b, a + b);
    }
    assert_eq!(decompress_to_vec_zlib(&deflate(&text)).expect("zlib"), text);
}
