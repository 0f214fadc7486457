//! What functions are called, independently of the machine that compiled them.

/// A function's name without the marks of one compilation: the hashes of crates (`core[75d57169]::…`), the numbers that tell copies
/// of a function apart (`….1407`), and the places in a table that wasm-bindgen names its closures by (`shim_idx: 391`).
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = match name.rsplit_once('.') {
        Some((function, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => function,
        _ => name,
    };
    while let Some(open) = rest.find('[') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        match after.find(']') {
            Some(close) if is_hash(&after[1..close]) => rest = &after[close + 1..],
            _ => {
                out.push('[');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    if let Some((before, after)) = out.split_once(PLACE) {
        out = [before, after.trim_start_matches(|sign: char| sign.is_ascii_digit())].join(PLACE);
    }
    out
}

const PLACE: &str = "shim_idx: ";

/// Whether this is what stands in the brackets behind the name of a crate.
fn is_hash(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_whoever_compiled_it_and_whichever_copy_it_is() {
        let name = "<alloc[75d57169a0b1c2d3]::string::String>::push.2954";
        assert_eq!(plain(name), "<alloc::string::String>::push");
        let closure = |place: u32| format!("Closure(arguments: [F64], shim_idx: {place}, ret: Unit) -> shim");
        assert_eq!(plain(&closure(391)), plain(&closure(22)));
        assert_ne!(plain(&closure(391)), plain(&closure(391).replace("F64", "Event")));
        assert_eq!(plain("core::slice::sort::<[u8; 16]>.llvm"), "core::slice::sort::<[u8; 16]>.llvm");
    }
}
