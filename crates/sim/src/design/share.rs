//! A whole design in a web address: `1` and base64url(zlib(JSON)).
//!
//! "Deflate" as HTTP and the browsers' `CompressionStream("deflate")` understand it, that is with zlib's checksum: a
//! link with a letter changed is noticed instead of opening as another design.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::Design;
use super::read::{MAX_BYTES, Reading, read, to_value};
use super::reader::number;

/// Longest text decoded, bytes.
pub const MAX_TEXT: usize = 64_000;
/// First letter of the text: version of the encoding.
const VERSION: char = '1';

/// The design as text of letters, digits, `-` and `_`.
pub fn encode(design: &Design) -> String {
    let packed = compress_to_vec_zlib(to_value(design).to_string().as_bytes(), 9);
    let mut text = String::from(VERSION);
    URL_SAFE_NO_PAD.encode_string(packed, &mut text);
    text
}

/// The design in a text. The sentence says why there is none.
pub fn decode(text: &str) -> Result<Reading, String> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        let (length, most) = (number(text.len() as f64), number(MAX_TEXT as f64));
        return Err(format!("The link holds {length} characters; accepted: at most {most}. Use a file instead."));
    }
    let Some(first) = text.chars().next() else {
        return Err("The link holds no design: nothing follows `#d=`.".to_owned());
    };
    let Some(body) = text.strip_prefix(VERSION) else {
        return Err(if first.is_ascii_digit() {
            format!("The link is of version {first}, later than this build, which knows version {VERSION}.")
        } else {
            "The link holds no design: its text does not start with a version.".to_owned()
        });
    };
    // Padding is not written, but some mailers and encoders add it.
    let packed = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).map_err(|error| match error {
        base64::DecodeError::InvalidByte(at, byte) => {
            // Offsets count from the start of the text, as a person would.
            let shown = char::from(byte);
            format!("The link is damaged: {shown:?} at character {} cannot be part of it.", at + 2)
        }
        _ => CUT_OFF.to_owned(),
    })?;
    let json = decompress_to_vec_zlib_with_limit(&packed, MAX_BYTES).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => {
            format!("The link unpacks to more than {:.0} MB, which no design does.", MAX_BYTES as f64 / 1e6)
        }
        TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => CUT_OFF.to_owned(),
        _ => "The link is damaged: what it holds cannot be unpacked.".to_owned(),
    })?;
    Ok(read(&json))
}

const CUT_OFF: &str = "The link is cut off: its end is missing. Copy the whole of it.";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn design() -> Design {
        let document = json!({"format": 1, "name": "Ä design", "nodes": [
            {"id": "u", "kind": "users", "x": 20, "params": {"retries": 2}, "tag": [1, 2.5, null]},
            {"id": "s", "kind": "app_server", "x": 300}
        ], "links": [{"id": "l", "from": "u", "to": "s"}], "theme": {"dark": true}});
        read(document.to_string().as_bytes()).design
    }

    #[test]
    fn a_link_opens_as_it_was_made() {
        let text = encode(&design());
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text}");
        assert_eq!(decode(&text).map(|r| r.design), Ok(design()));
        assert_eq!(decode(&format!(" {text}==\n")).map(|r| r.design), Ok(design()));
    }

    #[test]
    fn every_cut_and_every_changed_letter_is_noticed() {
        let text = encode(&design());
        for at in 0..text.len() {
            assert!(decode(&text[..at]).is_err(), "cut at {at}");
            let mut letters = text.clone().into_bytes();
            letters[at] = if letters[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(letters).unwrap_or_default();
            // The last letter may hold spare bits; every other change must be noticed.
            assert!(decode(&changed).is_err() || at + 1 == text.len(), "changed at {at}");
        }
    }

    #[test]
    fn hostile_texts_are_refused_in_words() {
        let bomb = {
            let packed = compress_to_vec_zlib(&vec![b' '; 40_000_000], 9);
            format!("1{}", URL_SAFE_NO_PAD.encode(packed))
        };
        for (text, why) in [
            ("".to_owned(), "holds no design"),
            ("1".to_owned(), "cut off"),
            ("2abc".to_owned(), "version 2, later"),
            ("hello".to_owned(), "does not start with a version"),
            ("1ab cd".to_owned(), "' ' at character 4"),
            ("1AAAAAAAA".to_owned(), "damaged"),
            (format!("1{}", "A".repeat(70_000)), "70,001 characters; accepted: at most 64,000"),
            (bomb, "more than 2 MB"),
        ] {
            let refused = decode(&text).err().unwrap_or_default();
            assert!(refused.contains(why), "{}: {refused}", &text[..text.len().min(20)]);
        }
    }
}
