//! A module that writes down which of its functions ran.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, Instruction, MemArg, MemArgTarget, MemoryType, Module as Encoded};
use wasmparser::{FunctionBody, Parser};

use crate::module::{Module, broken, number};
use crate::names::plain;

/// Bytes of a page of memory.
const PAGE: u64 = 65_536;

/// A module that records, and how to read it.
pub struct Recording {
    /// The module: as before, but each function sets a byte of its own, in memory that nothing else uses.
    pub wasm: Vec<u8>,
    /// Where the bytes begin.
    pub at: u64,
    /// The plain names of the functions, one for each byte.
    pub names: Vec<String>,
}

/// Makes a module record.
///
/// # Errors
///
/// When it cannot be read, or has no memory.
pub fn recording(bytes: &[u8]) -> Result<Recording, String> {
    let module = Module::read(bytes)?;
    let names = module.own().map(|f| module.names.get(&f).map(|name| plain(name)).unwrap_or_default()).collect();
    let initial = module.memories.first().ok_or("no memory")?.initial;
    let mut recorder = Recorder { at: initial * PAGE, pages: module.bodies.len() as u64 / PAGE + 1, next: 0 };
    let mut out = Encoded::new();
    recorder.parse_core_module(&mut out, Parser::new(0), bytes).map_err(broken)?;
    Ok(Recording { wasm: out.finish(), at: recorder.at, names })
}

struct Recorder {
    at: u64,
    pages: u64,
    next: usize,
}

impl Reencode for Recorder {
    type Error = Infallible;

    fn memory_type(&mut self, memory: wasmparser::MemoryType) -> Result<MemoryType, Error> {
        let minimum = memory.initial + self.pages;
        let maximum = memory.maximum.map(|most| most.max(minimum));
        Ok(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None })
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut out = self.new_function_with_parsed_locals(&body)?;
        out.instruction(&Instruction::I32Const(0));
        out.instruction(&Instruction::I32Const(1));
        let offset = self.at + u64::from(number(self.next));
        out.instruction(&Instruction::I32Store8(MemArg {
            offset,
            align: 0,
            target: MemArgTarget::Memory(0),
            ordering: None,
        }));
        self.next += 1;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = self.parse_instruction(&mut operators)?;
            out.instruction(&instruction);
        }
        code.function(&out);
        Ok(())
    }
}
