//! What the page's address asks for: `?preset=`, `?src=`, `#d=` and the view parameters of an embed.

use web_sys::UrlSearchParams;

/// The first part of the fragment that holds a design.
pub const FRAGMENT: &str = "#d=";

/// What the address asks for. See docs/EMBEDDING.md for the meaning of each parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Text after `#d=`.
    pub design: Option<String>,
    /// Name of one of our designs.
    pub preset: Option<String>,
    /// Address of a JSON file.
    pub src: Option<String>,
    /// Part of somebody else's page.
    pub embed: bool,
    /// Start at once.
    pub running: bool,
    /// May the design be edited?
    pub editable: bool,
    /// Seed to run with instead of the design's.
    pub seed: Option<u64>,
    /// Simulated seconds per wall second.
    pub speed: Option<f64>,
    /// Simulated second to start at.
    pub at_s: Option<f64>,
    /// No palette.
    pub hide_palette: bool,
    /// No inspector.
    pub hide_inspector: bool,
    /// No metrics.
    pub hide_metrics: bool,
    /// Show the run's controls.
    pub controls: bool,
    /// A poster first, that loads the simulation when clicked.
    pub click_to_load: bool,
}

impl Options {
    /// Reads the address of the page.
    pub fn of_page() -> Self {
        let location = web_sys::window().map(|w| w.location());
        let part = |read: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
            location.as_ref().and_then(|l| read(l).ok()).unwrap_or_default()
        };
        Self::read(&part(web_sys::Location::search), &part(web_sys::Location::hash))
    }

    fn read(search: &str, fragment: &str) -> Self {
        let query = UrlSearchParams::new_with_str(search).ok();
        let text = |name: &str| query.as_ref().and_then(|q| q.get(name)).filter(|v| !v.trim().is_empty());
        let flag = |name: &str| text(name).and_then(|v| flag(&v));
        let embed = flag("embed").unwrap_or(false);
        let editable = flag("editable").unwrap_or(true);
        Self {
            design: design_in(fragment),
            preset: text("preset"),
            src: text("src"),
            embed,
            running: flag("running").unwrap_or(false),
            editable,
            seed: text("seed").and_then(|v| v.trim().parse().ok()),
            speed: text("speed").and_then(|v| speed(&v)),
            at_s: text("t").and_then(|v| v.trim().parse().ok()).filter(|t: &f64| t.is_finite() && *t > 0.0),
            hide_palette: flag("hidePalette").unwrap_or(embed || !editable),
            hide_inspector: flag("hideInspector").unwrap_or(embed),
            hide_metrics: flag("hideMetrics").unwrap_or(embed),
            controls: flag("controls").unwrap_or(true),
            click_to_load: flag("ctl").unwrap_or(false),
        }
    }
}

/// The text of a design in a fragment.
pub fn design_in(fragment: &str) -> Option<String> {
    fragment.strip_prefix(FRAGMENT).map(str::to_owned)
}

fn flag(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// A speed: a number, a fraction (`1/1000`), or `max`.
fn speed(value: &str) -> Option<f64> {
    let value = value.trim();
    let number = match value.split_once('/') {
        _ if value.eq_ignore_ascii_case("max") => crate::worker::FASTEST,
        Some((a, b)) => a.trim().parse::<f64>().ok()? / b.trim().parse::<f64>().ok()?,
        None => value.parse().ok()?,
    };
    (number.is_finite() && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{design_in, flag, speed};

    #[test]
    fn speeds_are_numbers_fractions_or_max() {
        assert_eq!(speed("0.5"), Some(0.5));
        assert_eq!(speed("1/1000"), Some(0.001));
        assert_eq!(speed("MAX"), Some(crate::worker::FASTEST));
        assert_eq!(["0", "-1", "1/0", "fast", "NaN", ""].map(speed), [None; 6]);
    }

    #[test]
    fn flags_are_true_false_one_or_zero() {
        assert_eq!(
            ["1", "true", "TRUE", "0", "false", "yes"].map(flag),
            [Some(true), Some(true), Some(true), Some(false), Some(false), None]
        );
    }

    #[test]
    fn a_design_follows_d() {
        assert_eq!(design_in("#d=1abc").as_deref(), Some("1abc"));
        assert_eq!(design_in("#top"), None);
    }
}
