//! The simulation against theory, case by case.

use crate::process::{cargo, run};

/// Prints the table and writes docs/TRUTH.md; with a word, only prints the cases with that word in their name.
pub fn truth(arguments: &[String]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--package", "backpressure-sim", "--test", "truth", "--", "--nocapture"]);
    match arguments {
        [] => command.env("TRUTH", "write"),
        [word] => command.env("TRUTH_ONLY", word),
        _ => return Err("truth takes one word at most: part of the names of the cases to run".to_owned()),
    };
    run(&mut command)
}
