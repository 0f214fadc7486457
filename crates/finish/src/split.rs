//! Takes a module apart: what opening the page runs, and the rest.
//!
//! Both halves share memory, tables and globals. A function of the rest that the first half may call stays there as a stub: it
//! makes sure that the rest has come (`ensure`, which asks the page's script once), then calls through the table. As
//! binaryen's wasm-split does it, with one import in the place of a placeholder for each function.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, Module as Encoded, TableSection,
    TableType, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

use crate::constants;
use crate::module::{Module, broken, number};
use crate::names::plain;
use crate::order::alike;

/// The module that the rest imports the first half from, and the prefix of what is exported for it.
pub const FIRST: &str = "first";
/// The module, and the function in it, by which the first half asks the page's script for the rest.
pub const LOAD: (&str, &str) = ("rest", "load");
/// A function with a body this small, bytes, is no larger than its stub: if it needed one, it stays.
const SMALL: usize = 24;

/// The two halves, as modules.
pub struct Halves {
    /// What opening the page runs.
    pub first: Vec<u8>,
    /// Everything else; empty when nothing else is left.
    pub rest: Vec<u8>,
}

/// Takes the module apart. `opening` has the plain names of the functions that opening runs; `short`, for some of the imported
/// functions, the names to import them by from now on.
///
/// # Errors
///
/// When the module has something that the method does not know.
/// `linked` is the module as it was linked, which tells whose its constants are.
pub fn split(
    module: &Module,
    opening: &HashSet<&str>,
    short: &HashMap<String, String>,
    linked: &[u8],
) -> Result<Halves, String> {
    let plan = Plan::new(module, opening)?;
    let gone = constants::only_for(&plan.names(module), linked, &module.data)?;
    let parts = constants::part(&module.data, &gone);
    Ok(Halves { first: first(module, &plan, short, &parts.stay)?, rest: rest(module, &plan, &parts.go)? })
}

/// Which function goes where.
struct Plan {
    /// The functions that stay, in the order in which they will stand.
    stay: Vec<u32>,
    /// The functions that go, likewise.
    go: Vec<u32>,
    /// Those of them that what stays may call, or that a table holds: each leaves a stub, and has a place in the table.
    stubs: Vec<u32>,
    /// The functions that stay or are imported, and that what goes calls.
    shared: Vec<u32>,
    /// The first place in the table beyond those of the whole module.
    place: u32,
}

impl Plan {
    fn new(module: &Module, opening: &HashSet<&str>) -> Result<Self, String> {
        let kept: HashSet<u32> = module.exported_functions().collect();
        let unused = |function: &u32| {
            !kept.contains(function)
                && module.names.get(function).is_some_and(|name| !opening.contains(plain(name).as_str()))
        };
        let (mut go, mut stay): (Vec<u32>, Vec<u32>) = module.own().partition(unused);
        let in_tables: BTreeSet<u32> = module.in_tables.iter().copied().collect();
        let called = |stay: &[u32]| -> Result<BTreeSet<u32>, String> {
            let mut called = in_tables.clone();
            for function in stay {
                called.extend(module.named_by(*function)?);
            }
            Ok(called)
        };
        let known = called(&stay)?;
        let small = |function: &u32| known.contains(function) && module.body(*function).as_bytes().len() <= SMALL;
        stay.extend(go.extract_if(.., |function| small(function)));
        stay.sort_unstable();
        let going: HashSet<u32> = go.iter().copied().collect();
        let stubs: Vec<u32> = called(&stay)?.into_iter().filter(|f| going.contains(f)).collect();
        let mut shared = BTreeSet::new();
        for function in &go {
            shared.extend(module.named_by(*function)?.into_iter().filter(|f| !going.contains(f)));
        }
        let side_by_side = |functions: &[u32]| -> Vec<u32> {
            let bodies: Vec<&[u8]> = functions.iter().map(|f| module.body(*f).as_bytes()).collect();
            alike(&bodies).into_iter().map(|at| functions[at]).collect()
        };
        (stay, go) = (side_by_side(&stay), side_by_side(&go));
        let place = module.tables.first().ok_or("no table")?.ty.initial;
        let place = u32::try_from(place).map_err(|e| e.to_string())?;
        Ok(Self { stay, go, stubs, shared: shared.into_iter().collect(), place })
    }

    /// What goes, by plain names: those that nothing that stays has too.
    fn names(&self, module: &Module) -> HashSet<String> {
        let names = |functions: &[u32]| -> HashSet<String> {
            functions.iter().filter_map(|function| module.names.get(function)).map(|name| plain(name)).collect()
        };
        &names(&self.go) - &names(&self.stay)
    }
}

/// Copies what it is told to, with functions numbered anew.
struct Copy(HashMap<u32, u32>);

impl Reencode for Copy {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        self.0.get(&function).copied().ok_or(Error::UnexpectedNonCoreModuleSection)
    }
}

fn first(
    module: &Module,
    plan: &Plan,
    short: &HashMap<String, String>,
    constants: &[(u32, Vec<u8>)],
) -> Result<Vec<u8>, String> {
    let load = number(module.imported);
    let ensure = load + 1 + number(plan.stay.len());
    let there = number(module.globals.len());
    let nothing = number(module.parameters.len());
    let kept = (0..load).map(|f| (f, f));
    let stay = plan.stay.iter().zip(load + 1..).map(|(f, new)| (*f, new));
    let stubs = plan.stubs.iter().zip(ensure + 1..).map(|(f, new)| (*f, new));
    let mut copy = Copy(kept.chain(stay).chain(stubs).collect());

    let mut out = Encoded::new();
    for payload in Parser::new(0).parse_all(module.bytes) {
        match payload.map_err(broken)? {
            Payload::TypeSection(section) => {
                let mut types = TypeSection::new();
                copy.parse_type_section(&mut types, section).map_err(broken)?;
                types.ty().function([], []);
                out.section(&types);
            }
            Payload::ImportSection(_) => {
                let mut imports = ImportSection::new();
                for (import, ty) in module.imports.iter().zip(&module.functions) {
                    let name = short.get(import.name).map_or(import.name, String::as_str);
                    imports.import(import.module, name, EntityType::Function(*ty));
                }
                imports.import(LOAD.0, LOAD.1, EntityType::Function(nothing));
                out.section(&imports);
            }
            Payload::FunctionSection(_) => {
                let mut functions = FunctionSection::new();
                for function in &plan.stay {
                    functions.function(module.functions[*function as usize]);
                }
                functions.function(nothing);
                for function in &plan.stubs {
                    functions.function(module.functions[*function as usize]);
                }
                out.section(&functions);
            }
            Payload::TableSection(_) => {
                let mut tables = TableSection::new();
                for index in 0..module.tables.len() {
                    tables.table(table(module, plan, index)?);
                }
                out.section(&tables);
            }
            Payload::MemorySection(section) => {
                let mut memories = wasm_encoder::MemorySection::new();
                copy.parse_memory_section(&mut memories, section).map_err(broken)?;
                out.section(&memories);
            }
            Payload::GlobalSection(section) => {
                let mut globals = GlobalSection::new();
                copy.parse_global_section(&mut globals, section).map_err(broken)?;
                let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
                globals.global(ty, &ConstExpr::i32_const(0));
                out.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                copy.parse_export_section(&mut exports, section).map_err(broken)?;
                for (name, kind, index) in shared_things(module) {
                    exports.export(&name, kind, index);
                }
                for (place, function) in plan.shared.iter().enumerate() {
                    exports.export(&shared_name(place), ExportKind::Func, copy.0[function]);
                }
                out.section(&exports);
            }
            Payload::ElementSection(section) => {
                let mut elements = ElementSection::new();
                copy.parse_element_section(&mut elements, section).map_err(broken)?;
                out.section(&elements);
            }
            Payload::CodeSectionStart { .. } => {
                let mut code = CodeSection::new();
                for function in &plan.stay {
                    copy.parse_function_body(&mut code, module.body(*function).clone()).map_err(broken)?;
                }
                code.function(&ensure_body(load, there));
                for (place, function) in plan.stubs.iter().enumerate() {
                    let ty = module.functions[*function as usize];
                    code.function(&stub(ensure, ty, module.parameters[ty as usize], plan.place + number(place)));
                }
                out.section(&code);
            }
            Payload::DataSection(_) => {
                out.section(&filled(constants.iter().map(|(address, bytes)| (*address, bytes.as_slice()))));
            }
            _ => {}
        }
    }
    Ok(out.finish())
}

fn rest(module: &Module, plan: &Plan, constants: &[(u32, &[u8])]) -> Result<Vec<u8>, String> {
    let shared = plan.shared.iter().zip(0..).map(|(f, new)| (*f, new));
    let go = plan.go.iter().zip(number(plan.shared.len())..).map(|(f, new)| (*f, new));
    let mut copy = Copy(shared.chain(go).collect());

    let mut out = Encoded::new();
    for payload in Parser::new(0).parse_all(module.bytes) {
        if let Payload::TypeSection(section) = payload.map_err(broken)? {
            let mut types = TypeSection::new();
            copy.parse_type_section(&mut types, section).map_err(broken)?;
            out.section(&types);
        }
    }
    let mut imports = ImportSection::new();
    for (place, function) in plan.shared.iter().enumerate() {
        let ty = module.functions[*function as usize];
        imports.import(FIRST, &shared_name(place), EntityType::Function(ty));
    }
    for (name, kind, index) in shared_things(module) {
        let index = index as usize;
        let entity = match kind {
            ExportKind::Table => EntityType::Table(table(module, plan, index)?),
            ExportKind::Memory => EntityType::Memory(copy.memory_type(module.memories[index]).map_err(broken)?),
            _ => EntityType::Global(copy.global_type(module.globals[index].ty).map_err(broken)?),
        };
        imports.import(FIRST, &name, entity);
    }
    out.section(&imports);
    let mut functions = FunctionSection::new();
    for function in &plan.go {
        functions.function(module.functions[*function as usize]);
    }
    out.section(&functions);
    let mut elements = ElementSection::new();
    let stubs: Vec<u32> = plan.stubs.iter().map(|f| copy.0[f]).collect();
    let place = ConstExpr::i32_const(plan.place.cast_signed());
    elements.active(None, &place, Elements::Functions(stubs.into()));
    out.section(&elements);
    let mut code = CodeSection::new();
    for function in &plan.go {
        copy.parse_function_body(&mut code, module.body(*function).clone()).map_err(broken)?;
    }
    out.section(&code);
    out.section(&filled(constants.iter().copied()));
    Ok(out.finish())
}

/// Segments that fill the memory from the start.
fn filled<'a>(segments: impl Iterator<Item = (u32, &'a [u8])>) -> DataSection {
    let mut data = DataSection::new();
    for (address, bytes) in segments {
        data.active(0, &ConstExpr::i32_const(address.cast_signed()), bytes.iter().copied());
    }
    data
}

/// A table as both halves have it: the one that calls go through has a place more for each stub.
fn table(module: &Module, plan: &Plan, index: usize) -> Result<TableType, String> {
    let mut ty = Copy(HashMap::new()).table_type(module.tables[index].ty).map_err(broken)?;
    if index == 0 {
        ty.minimum += plan.stubs.len() as u64;
        ty.maximum = ty.maximum.map(|most| most.max(ty.minimum));
    }
    Ok(ty)
}

/// Tables, memories and globals, which both halves have, in order: names, kinds, indices.
fn shared_things(module: &Module) -> impl Iterator<Item = (String, ExportKind, u32)> {
    let all = |kind: ExportKind, letter: char, count: usize| {
        (0..number(count)).map(move |index| (format!(".{letter}{index}"), kind, index))
    };
    all(ExportKind::Table, 't', module.tables.len())
        .chain(all(ExportKind::Memory, 'm', module.memories.len()))
        .chain(all(ExportKind::Global, 'g', module.globals.len()))
}

/// What the function at this place among the shared ones is called between the halves.
fn shared_name(place: usize) -> String {
    format!(".{place:x}")
}

/// `if !there { load(); there = true }`.
fn ensure_body(load: u32, there: u32) -> Function {
    let mut body = Function::new([]);
    body.instructions()
        .global_get(there)
        .i32_eqz()
        .if_(BlockType::Empty)
        .call(load)
        .i32_const(1)
        .global_set(there)
        .end()
        .end();
    body
}

/// `ensure(); table[place](its parameters)`.
fn stub(ensure: u32, ty: u32, parameters: u32, place: u32) -> Function {
    let mut body = Function::new([]);
    body.instruction(&Instruction::Call(ensure));
    for parameter in 0..parameters {
        body.instruction(&Instruction::LocalGet(parameter));
    }
    body.instructions().i32_const(place.cast_signed()).call_indirect(0, ty).end();
    body
}
