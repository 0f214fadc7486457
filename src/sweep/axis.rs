//! What can be swept, and over which values a curve says most.

use backpressure_sim::Design;
use backpressure_sim::design::{Setting, SettingKind};

/// A parameter with numbers to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// As the command line names it too.
    pub path: String,
    /// For people: the component's name, and the parameter.
    pub label: String,
    /// The parameter's own name, without what it belongs to.
    pub name: String,
    /// Its unit; empty if it has none.
    pub unit: &'static str,
    /// Values to begin with, around the present one.
    pub suggested: String,
}

impl Axis {
    /// `text` with the unit behind it, after `between`.
    pub fn with_unit(&self, text: &str, between: &str) -> String {
        if self.unit.is_empty() { text.to_owned() } else { [text, between, self.unit].concat() }
    }
}

/// Every number of the design that can be swept; rates of traffic first, which is what people ask for first.
pub fn axes(design: &Design) -> Vec<Axis> {
    let mut found: Vec<Axis> = design
        .nodes
        .iter()
        .flat_map(|node| Setting::of_node(design, &node.id).into_iter().map(move |s| (node, s)))
        .filter_map(|(node, setting)| {
            let (unit, whole) = match setting.kind() {
                SettingKind::Number(unit) => (*unit, false),
                SettingKind::Integer(unit) => (*unit, true),
                _ => return None,
            };
            let path = setting.path();
            let name = if node.name.is_empty() { &node.id } else { &node.name };
            let suggested = suggested(setting.number(design)?, whole);
            let label = setting.label();
            let own = label.rsplit(" › ").next().unwrap_or_default().to_owned();
            Some(Axis { label: [name, " · ", &label].concat(), name: own, unit, path, suggested })
        })
        .collect();
    found.sort_by_key(|a| !a.path.ends_with("rate_rps"));
    found
}

/// From a tenth of a number to twice as much; whole numbers one by one as long as they are few.
fn suggested(now: f64, whole: bool) -> String {
    let most = if now > 0.0 { now * 2.0 } else { 10.0 };
    if whole {
        let most = most.max(8.0);
        format!("1..{most:.0}x{:.0}", most.min(20.0))
    } else {
        format!("{}..{}x20", most / 20.0, most)
    }
}
