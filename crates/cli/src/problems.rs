//! Problems with a design, for people and for programs.

use backpressure_sim::design::check as check_design;
use backpressure_sim::{Design, Problem, Severity};

use crate::{Failure, Format, input, print, print_json};

/// The design that `source` names, if it can run; what is wrong with it goes to standard error.
pub fn ready(source: &str) -> Result<Design, Failure> {
    let (design, problems) = design_with_problems(source)?;
    for problem in &problems {
        eprintln!("{}", line(source, problem));
    }
    if has_errors(&problems) { Err(Failure::BadDesign) } else { Ok(design) }
}

/// The design that `source` names, with everything wrong with its text and with itself.
pub fn design_with_problems(source: &str) -> Result<(Design, Vec<Problem>), Failure> {
    let reading = input::reading(source)?;
    let mut problems = reading.problems;
    // A document without a single readable component has been complained about; "empty" would add nothing.
    if !(reading.design.nodes.is_empty() && has_errors(&problems)) {
        problems.extend(check_design(&reading.design));
    }
    Ok((reading.design, problems))
}

/// Is there anything that keeps the design from running?
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}

/// Prints what is wrong with the design that `source` names.
pub fn check(source: &str, format: Format) -> Result<(), Failure> {
    let (design, problems) = design_with_problems(source)?;
    match format {
        Format::Json => print_json(&serde_json::json!({"format": 1, "problems": problems}))?,
        Format::Table if problems.is_empty() => {
            let (nodes, links) = (design.nodes.len(), design.links.len());
            print(&format!("No problems: {}, {}.\n", count(nodes, "component"), count(links, "link")))?;
        }
        Format::Table => print(&problems.iter().map(|p| line(source, p) + "\n").collect::<String>())?,
    }
    if has_errors(&problems) { Err(Failure::BadDesign) } else { Ok(()) }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// One problem as a line that begins with where the design is from: `shop.json: error: node web, /slots: …`.
pub fn line(source: &str, problem: &Problem) -> String {
    let source = if source == "-" { "standard input" } else { source };
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut place = Vec::new();
    place.extend(problem.node.as_ref().map(|id| format!("node {id}")));
    place.extend(problem.link.as_ref().map(|id| format!("link {id}")));
    place.extend(problem.field.clone());
    if place.is_empty() {
        format!("{source}: {severity}: {}", problem.message)
    } else {
        format!("{source}: {severity}: {}: {}", place.join(", "), problem.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_place() {
        let mut problem = Problem::new(Severity::Error, "Bad.");
        assert_eq!(line("a.json", &problem), "a.json: error: Bad.");
        problem.node = Some("web".into());
        problem.field = Some("/slots".into());
        problem.severity = Severity::Warning;
        assert_eq!(line("-", &problem), "standard input: warning: node web, /slots: Bad.");
    }
}
