//! Properties of designs that nobody drew: how many are tried, and the smallest that breaks one is kept for a person to open.

use backpressure_sim::design::{Design, to_json};
use proptest::test_runner::{Config, TestCaseError, TestCaseResult};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many cases by default; `PROPTEST_CASES` asks for fewer or more, as for a night's run.
pub fn cases(by_default: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(by_default);
    Config { cases, max_global_rejects: 100 * cases, ..Config::default() }
}

/// Where the designs go that broke `property`, to be opened in the editor or run with `backpressure run`.
pub fn kept(property: &str, n: usize) -> String {
    format!("{}/broken/{property}-{n}.json", env!("CARGO_TARGET_TMPDIR"))
}

/// Checks a property of these designs. When it breaks, or panics, the designs are written down; as the last to break is the
/// smallest that does, that is what is there in the end, and the failure says where.
pub fn hold(property: &str, designs: &[&Design], check: impl FnOnce() -> TestCaseResult) -> TestCaseResult {
    let said = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        format!("panicked: {}", text.unwrap_or_default())
    };
    let result = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| Err(TestCaseError::fail(said(panic))));
    let Err(TestCaseError::Fail(why)) = result else { return result };
    let mut message = why.to_string();
    for (n, design) in designs.iter().enumerate() {
        let path = kept(property, n);
        let folder = std::path::Path::new(&path).parent().map(std::fs::create_dir_all);
        match folder.transpose().and_then(|_| std::fs::write(&path, to_json(design))) {
            Ok(()) => message += &format!("\nopen this design: {path}"),
            Err(e) => message += &format!("\nthe design could not be written to {path}: {e}\n{}", to_json(design)),
        }
    }
    Err(TestCaseError::fail(message))
}
