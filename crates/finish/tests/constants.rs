//! Constants that only the rest needs go with it; whatever else may need stays.

use std::borrow::Cow;
use std::collections::HashSet;

use backpressure_finish::constants::{Parts, only_for, part};
use wasm_encoder::{CustomSection, DataSymbolDefinition, Encode, LinkingSection, SymbolTable};
use wasmparser::{Parser, Payload};

/// Twelve constants' worth of memory, and a variable; the function names stand in the module as `opens` and `later`.
const PROGRAM: &str = r#"
(module
  (memory 1)
  (func $opens (result i32) (i32.const 1024))
  (func $later (result i32) (i32.const 1032))
  (data (i32.const 1024) "AAAAaaaaBBBBbbbbCCCCccccDDDDdddd")
  (data (i32.const 2048) "vvvv"))"#;

/// `R_WASM_MEMORY_ADDR_SLEB` and `R_WASM_MEMORY_ADDR_I32`.
const IN_CODE: u8 = 4;
const IN_DATA: u8 = 5;

/// A constant of eight bytes in the first segment, or the variable.
#[derive(Clone, Copy)]
enum Thing {
    A,
    B,
    C,
    D,
    Variable,
}

/// Who holds the address of what.
enum Holder {
    Function(usize),
    Constant(Thing),
}

/// The program as a linker would write it, told to keep its notes.
fn linked(references: &[(Holder, Thing)]) -> Vec<u8> {
    let mut module = wat::parse_str(PROGRAM).expect("a module");
    let (mut code, mut bodies, mut data, mut segments) = (0, Vec::new(), 0, Vec::new());
    for payload in Parser::new(0).parse_all(&module) {
        match payload.expect("valid") {
            Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
            Payload::CodeSectionEntry(body) => bodies.push(body.range().start - code),
            Payload::DataSection(section) => {
                data = section.range().start;
                segments = section
                    .into_iter()
                    .map(|data| data.expect("valid"))
                    .map(|d| d.range.end - d.data.len() as u64)
                    .collect();
            }
            _ => {}
        }
    }
    let mut symbols = SymbolTable::new();
    for (name, index, offset, size) in
        [("a", 0, 0, 8), ("b", 0, 8, 8), ("c", 0, 16, 8), ("d", 0, 24, 8), ("variable", 1, 0, 4)]
    {
        symbols.data(0, name, Some(DataSymbolDefinition { index, offset, size }));
    }
    let mut linking = LinkingSection::new();
    linking.symbol_table(&symbols);
    let mut notes = Vec::new();
    linking.encode(&mut notes);
    let tail = notes.windows(8).position(|bytes| bytes == b"\x07linking").expect("its name") + 8;
    notes.drain(..tail);
    // The names of the segments: subsection 5, which the encoder does not write. The linker too has the symbols first.
    let mut names = vec![2];
    for name in [".rodata", ".data"] {
        name.encode(&mut names);
        names.extend([0, 0]);
    }
    notes.push(5);
    names.encode(&mut notes);
    let mut custom = |name: &str, data: Vec<u8>| {
        module.push(0);
        CustomSection { name: Cow::Borrowed(name), data: Cow::Owned(data) }.encode(&mut module);
    };
    custom("linking", notes);
    for (name, of_code) in [("reloc.CODE", true), ("reloc.DATA", false)] {
        let entries = references.iter().filter(|(holder, _)| matches!(holder, Holder::Function(_)) == of_code);
        let mut bytes = vec![if of_code { 3 } else { 4 }];
        u32::try_from(entries.clone().count()).expect("few").encode(&mut bytes);
        for (holder, thing) in entries {
            let (kind, offset) = match holder {
                Holder::Function(number) => (IN_CODE, bodies[*number] + 2),
                Holder::Constant(Thing::Variable) => (IN_DATA, segments[1] - data),
                Holder::Constant(owner) => (IN_DATA, segments[0] - data + 8 * *owner as u64 + 4),
            };
            bytes.push(kind);
            u32::try_from(offset).expect("small").encode(&mut bytes);
            (*thing as u32).encode(&mut bytes);
            0_i32.encode(&mut bytes);
        }
        custom(name, bytes);
    }
    module
}

fn segments() -> Vec<(u32, &'static [u8])> {
    vec![(1024, b"AAAAaaaaBBBBbbbbCCCCccccDDDDdddd"), (2048, b"vvvv")]
}

/// The addresses that go when `later` does.
fn gone(references: &[(Holder, Thing)]) -> Vec<(u32, u32)> {
    let gone = only_for(&HashSet::from(["later".to_owned()]), &linked(references), &segments()).expect("notes");
    gone.into_iter().map(|run| (run.start, run.end)).collect()
}

#[test]
fn a_constant_goes_with_the_only_function_that_needs_it() {
    let references = [(Holder::Function(0), Thing::A), (Holder::Function(1), Thing::B)];
    // C and D nobody needs: they go too.
    assert_eq!(gone(&references), [(1032, 1056)]);
}

#[test]
fn what_both_need_stays() {
    let references =
        [(Holder::Function(0), Thing::A), (Holder::Function(1), Thing::A), (Holder::Function(1), Thing::D)];
    assert_eq!(gone(&references), [(1032, 1056)]);
}

#[test]
fn a_constant_stays_with_what_it_leads_to() {
    let references = [
        (Holder::Function(0), Thing::A),
        (Holder::Constant(Thing::A), Thing::C),
        (Holder::Constant(Thing::C), Thing::D),
        (Holder::Function(1), Thing::B),
        (Holder::Constant(Thing::B), Thing::D),
    ];
    assert_eq!(gone(&references), [(1032, 1040)]);
}

#[test]
fn what_a_variable_holds_stays() {
    let references = [(Holder::Function(1), Thing::B), (Holder::Constant(Thing::Variable), Thing::B)];
    assert_eq!(gone(&references), [(1024, 1032), (1040, 1056)]);
}

#[test]
fn a_linker_that_left_no_notes_takes_nothing_apart() {
    let plain = wat::parse_str(PROGRAM).expect("a module");
    assert_eq!(only_for(&HashSet::new(), &plain, &segments()), Ok(Vec::new()));
}

#[test]
fn notes_about_another_module_are_refused() {
    let other: Vec<(u32, &[u8])> = vec![(1024, b"AAAA")];
    assert!(only_for(&HashSet::new(), &linked(&[]), &other).is_ok(), "a segment may come in pieces");
    let other: Vec<(u32, &[u8])> = vec![(1024, b"ABAA")];
    assert!(only_for(&HashSet::new(), &linked(&[]), &other).is_err_and(|problem| problem.contains("another")));
}

#[test]
fn both_parts_together_fill_the_memory_as_the_whole_did() {
    let long: Vec<u8> = (0..=255).collect();
    let whole: Vec<(u32, &[u8])> = vec![(100, &long), (1000, b"kept"), (2000, b"gone")];
    let gone = [110..120, 150..300, 320..330, 340..356, 2000..2004];
    let Parts { stay, go } = part(&whole, &gone);
    let mut memory = vec![0; 3000];
    for (address, bytes) in &stay {
        memory[*address as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    for range in &gone {
        assert!(memory[range.start as usize..range.end as usize].iter().all(|byte| *byte == 0), "{range:?} has gone");
    }
    assert_eq!(stay.len(), 3, "a long gap parts a segment, short ones do not, and nothing empty is left: {stay:?}");
    for (address, bytes) in &go {
        memory[*address as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    for (address, bytes) in whole {
        assert_eq!(memory[address as usize..][..bytes.len()], *bytes);
    }
}
