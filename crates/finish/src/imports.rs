//! Short names for what the module imports. wasm-bindgen's say what they are and end in a hash: 40 bytes, twice, for each of
//! hundreds.

use std::collections::HashMap;

use crate::module::Module;

/// Gives each imported function that the script defines in a line of its own (`        NAME: function(…`) a short name, in the
/// script too.
pub fn shorten(module: &Module, glue: &mut String) -> HashMap<String, String> {
    let mut short = HashMap::new();
    for import in &module.imports {
        let line = format!("\n        {}: ", import.name);
        if glue.matches(&line).count() == 1 {
            let name = format!("i{:x}", short.len());
            *glue = glue.replacen(&line, &format!("\n        {name}: "), 1);
            short.insert(import.name.to_owned(), name);
        }
    }
    short
}
