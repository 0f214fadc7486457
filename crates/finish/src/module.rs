//! A module of wasm, read as far as taking it apart needs.

use std::collections::HashMap;

use wasmparser::{
    ElementItems, ElementKind, Export, ExternalKind, FunctionBody, Global, Import, KnownCustom, MemoryType, Name,
    Operator, Parser, Payload, Table, TypeRef,
};

use crate::constants;

/// The parts of a module. Functions are counted as wasm does: imported ones first.
pub struct Module<'a> {
    /// The whole.
    pub bytes: &'a [u8],
    /// What is imported, in order.
    pub imports: Vec<Import<'a>>,
    /// The type of each function, imported ones first, as an index into the types.
    pub functions: Vec<u32>,
    /// How many of them are imported.
    pub imported: usize,
    /// How many values each function type takes.
    pub parameters: Vec<u32>,
    /// The tables; the first is the one that calls go through.
    pub tables: Vec<Table<'a>>,
    /// The memories.
    pub memories: Vec<MemoryType>,
    /// The globals.
    pub globals: Vec<Global<'a>>,
    /// What is exported.
    pub exports: Vec<Export<'a>>,
    /// The functions that tables hold from the start.
    pub in_tables: Vec<u32>,
    /// The bodies of the functions that are not imported, in order.
    pub bodies: Vec<FunctionBody<'a>>,
    /// What memory is filled with from the start: addresses and bytes.
    pub data: Vec<(u32, &'a [u8])>,
    /// What the functions are called, as far as is known.
    pub names: HashMap<u32, &'a str>,
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    ///
    /// When it is not valid, or has something in it that taking apart does not know (imported tables, a start function).
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut module = Self {
            bytes,
            imports: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            parameters: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            in_tables: Vec::new(),
            bodies: Vec::new(),
            data: Vec::new(),
            names: HashMap::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            module.section(payload.map_err(broken)?)?;
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), String> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    let count = ty.map_err(broken)?.params().len();
                    self.parameters.push(u32::try_from(count).map_err(|e| e.to_string())?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(broken)?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(format!("{} is imported and not a function", import.name));
                    };
                    self.functions.push(ty);
                    self.imports.push(import);
                }
                self.imported = self.functions.len();
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty.map_err(broken)?);
                }
            }
            Payload::TableSection(tables) => {
                self.tables = tables.into_iter().collect::<Result<_, _>>().map_err(broken)?
            }
            Payload::MemorySection(memories) => {
                self.memories = memories.into_iter().collect::<Result<_, _>>().map_err(broken)?;
            }
            Payload::GlobalSection(globals) => {
                self.globals = globals.into_iter().collect::<Result<_, _>>().map_err(broken)?;
            }
            Payload::ExportSection(exports) => {
                self.exports = exports.into_iter().collect::<Result<_, _>>().map_err(broken)?;
            }
            Payload::StartSection { .. } => return Err("a start function".to_owned()),
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element.map_err(broken)?;
                    match element.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                self.in_tables.push(function.map_err(broken)?);
                            }
                        }
                        ElementItems::Expressions(..) => {
                            if !matches!(element.kind, ElementKind::Active { table_index: Some(1..), .. }) {
                                return Err("a table filled by expressions".to_owned());
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(segments) => {
                for data in segments {
                    self.data.push(constants::segment(&data.map_err(broken)?)?);
                }
            }
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(names) = custom.as_known() {
                    for name in names {
                        if let Name::Function(functions) = name.map_err(broken)? {
                            for function in functions {
                                let function = function.map_err(broken)?;
                                self.names.insert(function.index, function.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The functions that are not imported.
    pub fn own(&self) -> std::ops::Range<u32> {
        number(self.imported)..number(self.functions.len())
    }

    /// The body of a function that is not imported.
    pub fn body(&self, function: u32) -> &FunctionBody<'a> {
        &self.bodies[function as usize - self.imported]
    }

    /// The functions that a function's body names: it calls them, or takes their address.
    ///
    /// # Errors
    ///
    /// When the body is not valid.
    pub fn named_by(&self, function: u32) -> Result<Vec<u32>, String> {
        let mut found = Vec::new();
        for operator in self.body(function).get_operators_reader().map_err(broken)? {
            match operator.map_err(broken)? {
                Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } => found.push(function_index),
                Operator::MemoryInit { .. } | Operator::DataDrop { .. } | Operator::TableInit { .. } => {
                    return Err("a function that unpacks a passive segment".to_owned());
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The functions that other programs call by name.
    pub fn exported_functions(&self) -> impl Iterator<Item = u32> {
        self.exports.iter().filter(|e| e.kind == ExternalKind::Func).map(|e| e.index)
    }
}

/// What is wrong with a module that cannot be read.
pub fn broken(problem: impl std::fmt::Display) -> String {
    format!("the module cannot be read: {problem}")
}

/// A count as wasm writes it.
pub fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
