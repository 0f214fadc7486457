//! Which constants only the rest needs: sentences, tables of names, descriptions.
//!
//! The linker knows. Told to (`--emit-relocs` in `.cargo/config.toml`), it leaves in the module which constant lies where
//! (`linking`), and each place in a function or another constant that holds the address of one (`reloc.CODE`, `reloc.DATA`;
//! <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>). These places hold for the module as it was linked,
//! not for what wasm-bindgen and wasm-opt made of it; addresses are the same in both. So functions are told by name, and what is no
//! function of the rest by name (also what was folded into another) counts as needed at once, with all that it leads to.

use std::collections::HashSet;
use std::ops::Range;

use wasmparser::{
    Data, DataKind, KnownCustom, Linking, Operator, Parser, Payload, RelocAddendKind, RelocationEntry, RelocationType,
    SymbolInfo,
};

use crate::module::broken;
use crate::names::plain;

/// What the linker calls the segment of constants. The others change while the page runs: they stay where they are.
const CONSTANT: &str = ".rodata";
/// A gap this long, bytes, is left out of the first half; shorter ones are zeros there, shorter than the head of another segment.
const GAP: usize = 64;

/// What memory is filled with from the start, in two parts: addresses and bytes.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// What the first half fills in.
    pub stay: Vec<(u32, Vec<u8>)>,
    /// What the rest does, when it comes.
    pub go: Vec<(u32, &'a [u8])>,
}

/// A module as it was linked, as far as its constants go.
struct Linked<'a> {
    /// The name of each function that is not imported, and where its body lies in the file.
    functions: Vec<(String, Range<u64>)>,
    /// What each segment is called, its first address, its bytes, and where in the file they lie.
    segments: Vec<Segment<'a>>,
    /// Each symbol that is data.
    symbols: Vec<Option<Symbol>>,
    /// Places in the file that hold an address, and the symbol it is of.
    places: Vec<(u64, usize)>,
}

struct Segment<'a> {
    name: &'a str,
    address: u32,
    bytes: &'a [u8],
    file: u64,
}

struct Symbol {
    addresses: Range<u32>,
    segment: usize,
}

/// The addresses of constants that nothing refers to but the functions named, in order. Nothing if the linker left no notes.
///
/// # Errors
///
/// When the module cannot be read, has a kind of reference that is not known here, or other constants than `segments` has.
pub fn only_for(names: &HashSet<String>, linked: &[u8], segments: &[(u32, &[u8])]) -> Result<Vec<Range<u32>>, String> {
    let linked = Linked::read(linked)?;
    let Some((which, constants)) = linked.constants() else { return Ok(Vec::new()) };
    let same = |(address, bytes): &(u32, &[u8])| {
        let Some(from) = address.checked_sub(constants.address).map(|from| from as usize) else { return true };
        from >= constants.bytes.len() || constants.bytes[from..].starts_with(bytes)
    };
    if !segments.iter().all(same) {
        return Err("the module that was linked is another: its constants differ".to_owned());
    }
    let mut free = vec![false; constants.bytes.len()];
    let needed = linked.needed(names);
    // Constants may share bytes: what one needs is not free, whoever else has it.
    for wanted in [false, true] {
        for (number, symbol) in linked.symbols.iter().enumerate() {
            if let Some(symbol) = symbol.as_ref().filter(|symbol| symbol.segment == which && needed[number] == wanted) {
                let at = |address: u32| (address - constants.address) as usize;
                free[at(symbol.addresses.start)..at(symbol.addresses.end)].fill(!wanted);
            }
        }
    }
    let runs = free.chunk_by(|a, b| a == b).scan(constants.address, |next, run| {
        let start = *next;
        *next += u32::try_from(run.len()).ok()?;
        Some((run[0], start..*next))
    });
    Ok(runs.filter(|(free, _)| *free).map(|(_, run)| run).collect())
}

/// The segments without what lies at the addresses `gone`, and what lies there.
pub fn part<'a>(segments: &[(u32, &'a [u8])], gone: &[Range<u32>]) -> Parts<'a> {
    let mut parts = Parts::default();
    for (address, bytes) in segments {
        let within = |at: u32| (at.saturating_sub(*address) as usize).min(bytes.len());
        let (mut piece, mut start) = (Vec::new(), 0);
        for gap in gone {
            let (from, to) = (within(gap.start), within(gap.end));
            if from == to {
                continue;
            }
            parts.go.push((address + from as u32, &bytes[from..to]));
            piece.extend_from_slice(&bytes[start + piece.len()..from]);
            if to - from < GAP && to < bytes.len() {
                piece.resize(to - start, 0);
            } else {
                parts.stay.push((address + start as u32, std::mem::take(&mut piece)));
                start = to;
            }
        }
        piece.extend_from_slice(&bytes[start + piece.len()..]);
        parts.stay.push((address + start as u32, piece));
    }
    parts.stay.retain(|(_, piece)| !piece.is_empty());
    parts
}

/// A segment that is filled from the start: its first address and its bytes.
///
/// # Errors
///
/// When it is another kind of segment.
pub fn segment<'a>(data: &Data<'a>) -> Result<(u32, &'a [u8]), String> {
    let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else {
        return Err("a segment that is not filled from the start".to_owned());
    };
    match offset_expr.get_operators_reader().read().map_err(broken)? {
        Operator::I32Const { value } => Ok((value.cast_unsigned(), data.data)),
        _ => Err("a segment whose address is not a number".to_owned()),
    }
}

impl<'a> Linked<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut linked = Self { functions: Vec::new(), segments: Vec::new(), symbols: Vec::new(), places: Vec::new() };
        let names = crate::module::Module::read(bytes)?;
        let mut next = names.own();
        let (mut code, mut data) = (0, 0);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(broken)? {
                Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
                Payload::CodeSectionEntry(body) => {
                    let name = next.next().and_then(|function| names.names.get(&function)).copied().unwrap_or_default();
                    let name = plain(&rustc_demangle::demangle(name).to_string());
                    linked.functions.push((name, body.range()));
                }
                Payload::DataSection(section) => {
                    data = section.range().start;
                    for item in section {
                        let item = item.map_err(broken)?;
                        let (address, bytes) = segment(&item)?;
                        let file = item.range.end - bytes.len() as u64;
                        linked.segments.push(Segment { name: "", address, bytes, file });
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Linking(section) => {
                        for part in section.subsections() {
                            linked.notes(part.map_err(broken)?)?;
                        }
                    }
                    KnownCustom::Reloc(section) => {
                        let base = match custom.name() {
                            "reloc.CODE" => code,
                            "reloc.DATA" => data,
                            _ => continue,
                        };
                        for entry in section.entries() {
                            linked.place(base, entry.map_err(broken)?)?;
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(linked)
    }

    fn notes(&mut self, part: Linking<'a>) -> Result<(), String> {
        match part {
            Linking::SegmentInfo(names) => {
                for (segment, name) in self.segments.iter_mut().zip(names) {
                    segment.name = name.map_err(broken)?.name;
                }
            }
            Linking::SymbolTable(symbols) => {
                for symbol in symbols {
                    let symbol = match symbol.map_err(broken)? {
                        SymbolInfo::Data { symbol: Some(at), .. } => {
                            let segment = self.segments.get(at.index as usize).ok_or("a constant in no segment")?;
                            let end = at.offset.checked_add(at.size).filter(|end| *end as usize <= segment.bytes.len());
                            let end = segment.address + end.ok_or("a constant that reaches beyond its segment")?;
                            let addresses = segment.address + at.offset..end;
                            Some(Symbol { addresses, segment: at.index as usize })
                        }
                        _ => None,
                    };
                    self.symbols.push(symbol);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn place(&mut self, base: u64, entry: RelocationEntry) -> Result<(), String> {
        match entry.ty {
            RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb | RelocationType::MemoryAddrI32 => {
                self.places.push((base + u64::from(entry.offset), entry.index as usize));
                Ok(())
            }
            other if other.addend_kind() == RelocAddendKind::None => Ok(()),
            other => Err(format!("a reference of the kind {other:?}")),
        }
    }

    /// For each symbol, whether anything but the functions named leads to it.
    fn needed(&self, names: &HashSet<String>) -> Vec<bool> {
        let mut others: Vec<(u64, usize)> = Vec::new();
        let mut found: Vec<usize> = Vec::new();
        for (place, symbol) in &self.places {
            let function = self.functions.partition_point(|(_, body)| body.end <= *place);
            match self.functions.get(function).filter(|(_, body)| body.contains(place)) {
                Some((name, _)) if names.contains(name) => {}
                Some(_) => found.push(*symbol),
                None => others.push((*place, *symbol)),
            }
        }
        others.sort_unstable();
        let mut owned = vec![false; others.len()];
        let leads_to: Vec<Range<usize>> = (self.symbols.iter())
            .map(|symbol| {
                let file = symbol.as_ref().and_then(|symbol| self.file(symbol)).unwrap_or_default();
                let from = |end: u64| others.partition_point(|(place, _)| *place < end);
                let places = from(file.start)..from(file.end);
                owned[places.clone()].fill(true);
                places
            })
            .collect();
        // What a variable holds, or a constant without a name, may be asked for by anybody.
        found.extend(others.iter().zip(&owned).filter(|(_, owned)| !**owned).map(|((_, symbol), _)| *symbol));
        let mut needed = vec![false; self.symbols.len()];
        while let Some(symbol) = found.pop() {
            if let Some(needed) = needed.get_mut(symbol).filter(|needed| !**needed) {
                *needed = true;
                found.extend(others[leads_to[symbol].clone()].iter().map(|(_, symbol)| *symbol));
            }
        }
        needed
    }

    /// The segment of constants, if the linker left notes.
    fn constants(&self) -> Option<(usize, &Segment<'a>)> {
        self.segments.iter().enumerate().find(|(_, segment)| segment.name == CONSTANT)
    }

    /// Where in the file a constant lies.
    fn file(&self, symbol: &Symbol) -> Option<Range<u64>> {
        let (_, segment) = self.constants().filter(|(which, _)| symbol.segment == *which)?;
        let file = |address: u32| segment.file + u64::from(address - segment.address);
        Some(file(symbol.addresses.start)..file(symbol.addresses.end))
    }
}
