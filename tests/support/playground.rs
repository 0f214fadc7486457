//! What a person does in the playground: the words of the tests.

use serde_json::Value;

use crate::browser::wait_for;
use crate::page::{At, Page, key};

impl Page {
    /// An empty canvas, reached as a person would.
    pub fn start_empty(&self) {
        self.click("[data-testid=presets]");
        self.click("[data-testid=preset-empty]");
        self.until("an empty canvas", "document.querySelectorAll('[data-node-id]').length === 0");
    }

    /// A point of the canvas, as shares of its width and height.
    pub fn canvas(&self, across: f64, below: f64) -> At {
        let [x, y, width, height] = self.rect("[data-testid=canvas]");
        (x + width * across, y + height * below)
    }

    /// Selector of the only, or the n-th, component of a kind.
    pub fn node(&self, kind: &str, n: usize) -> String {
        wait_for(&format!("component {n} of kind {kind}"), || {
            let ids = self.get(&format!(
                "[...document.querySelectorAll('[data-kind={kind}][data-node-id]')].map(e => e.dataset.nodeId)"
            ));
            Some(format!("[data-node-id='{}']", ids.as_array()?.get(n)?.as_str()?))
        })
    }

    /// Drags a component out of the palette to a point.
    pub fn drag_in(&self, kind: &str, over: At) {
        let before = self.count("[data-node-id]");
        let item = format!("[data-testid=palette-item-{kind}]");
        // The palette may be longer than its place.
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", item.as_str().into());
        self.drag(self.middle(&item), over);
        self.until("the component", &format!("document.querySelectorAll('[data-node-id]').length === {}", before + 1));
    }

    /// Drags from the out port of a component to another.
    pub fn connect(&self, from: &str, onto: &str) {
        let before = self.count("[data-link-id]");
        // Ports show once the pointer is near; they are where they are all the same.
        let [x, y, width, height] = self.rect(from);
        self.drag((x + width, y + height / 2.0), self.middle(onto));
        self.until("the link", &format!("document.querySelectorAll('[data-link-id]').length === {}", before + 1));
    }

    /// Selects a component.
    pub fn select(&self, node: &str) {
        self.click_at(self.middle(node));
        self.until("the selection", &format!("document.querySelector(\"{node}\")?.classList.contains('is-selected')"));
    }

    /// Types the name of a kind if the page asks which component to create; if it just creates one, so be it.
    pub fn choose_kind_if_asked(&self, kind: &str) {
        std::thread::sleep(std::time::Duration::from_millis(200));
        if self.count("[data-testid=quick-add]") > 0 {
            self.type_text(kind);
            self.press(&[key::ENTER]);
        }
    }

    /// Presses play if the clock stands.
    pub fn play(&self) {
        self.click("[data-testid=play]");
        self.until("the run", "document.querySelector('[data-testid=play]').getAttribute('aria-label') === 'Pause'");
    }

    /// Presses pause if the clock runs.
    pub fn pause(&self) {
        self.click("[data-testid=play]");
        self.until("the pause", "document.querySelector('[data-testid=play]').getAttribute('aria-label') === 'Play'");
    }

    /// Moves the slider of the speed to its right end: as fast as possible.
    pub fn flat_out(&self) {
        self.click("[data-testid=speed]");
        self.press(&["\u{e010}"]); // End
        self.until("the speed", "document.querySelector('.speed-words').textContent.includes('Max')");
    }

    /// Moves the slider of the speed to a step from its left end (1/10,000; 3 is 1/1,000, 12 is real time).
    pub fn set_speed_step(&self, step: u32) {
        let script = "const slider = document.querySelector('[data-testid=speed]');
            slider.value = arguments[0]; slider.dispatchEvent(new Event('input', {bubbles: true}));";
        self.run(script, step.into());
    }

    /// Rows of the table of metrics at one instant, as numbers without their units; the table is opened for that.
    pub fn figures<const N: usize>(&self, rows: [&str; N]) -> [f64; N] {
        self.open_table();
        let script = "const rows = [...document.querySelectorAll('[data-testid=metrics-table] tr')];
            return arguments[0].map(name => rows.find(r => r.querySelector('th')?.textContent.startsWith(name))?.querySelector('td')?.textContent ?? '');";
        let texts = self.run(script, rows.to_vec().into());
        std::array::from_fn(|i| {
            let text = texts[i].as_str().unwrap_or_default();
            let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            number.parse().unwrap_or_default()
        })
    }

    /// One row of the table as a number.
    pub fn figure(&self, row: &str) -> f64 {
        self.figures([row])[0]
    }

    /// Shows the metrics as tables.
    pub fn open_table(&self) {
        if self.count("[data-testid=metrics-table]") == 0 {
            self.click("[data-testid=metrics-tab-table]");
        }
    }

    /// Waits until a row of the table is at least this.
    pub fn until_figure(&self, row: &str, least: f64) -> f64 {
        wait_for(&format!("{row} of at least {least}"), || Some(self.figure(row)).filter(|value| *value >= least))
    }

    /// The design edited last as this browser keeps it, once edits have settled.
    pub fn kept(&self) -> Value {
        std::thread::sleep(std::time::Duration::from_millis(900));
        let text = self.get(
            "localStorage.getItem('backpressure.design.' + JSON.parse(localStorage.getItem('backpressure.designs') ?? '[]')[0]?.id) ?? 'null'",
        );
        serde_json::from_str(text.as_str().unwrap_or_default()).unwrap_or_default()
    }

    /// Kinds of the components on the canvas, sorted.
    pub fn kinds(&self) -> Vec<String> {
        let kinds = self.get("[...document.querySelectorAll('[data-node-id]')].map(e => e.dataset.kind).sort()");
        kinds.as_array().into_iter().flatten().filter_map(|kind| kind.as_str().map(str::to_owned)).collect()
    }

    /// The share link of what is open.
    pub fn share_link(&self) -> String {
        self.click("[data-testid=share]");
        let link =
            wait_for("the share link", || Some(self.value("[data-testid=share-link]")).filter(|l| !l.is_empty()));
        self.press(&[key::ESCAPE]);
        link
    }
}
