//! A component's card on the canvas: built once, then only its changed texts and styles are written.

use super::dom::{self, Figure};
use super::inside_view::InsideView;
use crate::canvas::figures;
use crate::canvas::status;
use crate::icons::{drawing_of_kind, family, hue};
use backpressure_editor::{NODE_HEIGHT, NODE_WIDTH, Point, Rect};
use backpressure_sim::metrics::{Health, Inside, NodeSnapshot};
use web_sys::{Element, HtmlElement};

/// Most waiting requests drawn one by one; beyond, a count says how many.
const QUEUE_DOTS: u32 = 10;
/// Widths in the line of those who wait, world units: a dot, its ends, a count, the word "full".
const DOT: f64 = 8.0;
const ENDS: f64 = 14.0;
const COUNT: f64 = 42.0;
const FULL: f64 = 26.0;

/// What the editor says about a card, as bits.
pub mod mark {
    /// Selected.
    pub const SELECTED: u16 = 1;
    /// Under the pointer: its ports show.
    pub const HOVERED: u16 = 2;
    /// Has the keyboard focus.
    pub const FOCUSED: u16 = 4;
    /// The link being drawn may end here.
    pub const TARGET: u16 = 8;
    /// The link being drawn points here and may end here.
    pub const ALLOWED: u16 = 16;
    /// The link being drawn points here and may not end here.
    pub const REFUSED: u16 = 32;
    /// Being moved.
    pub const MOVING: u16 = 64;
    /// The link being drawn may not end here.
    pub const CLOSED: u16 = 128;
    /// The pointer is on its in port.
    pub const PORT_IN: u16 = 256;
    /// The pointer is on its out port.
    pub const PORT_OUT: u16 = 512;
    /// The link being drawn starts here.
    pub const ANCHOR: u16 = 1024;
    /// The pointer comes near: its ports show.
    pub const NEAR: u16 = 2048;

    const CLASSES: [(u16, &str); 12] = [
        (SELECTED, "is-selected"),
        (HOVERED, "is-hovered"),
        (FOCUSED, "is-focused"),
        (TARGET, "is-target"),
        (ALLOWED, "is-allowed"),
        (REFUSED, "is-refused"),
        (MOVING, "is-moving"),
        (CLOSED, "is-closed"),
        (PORT_IN, "is-port-in"),
        (PORT_OUT, "is-port-out"),
        (ANCHOR, "is-anchor"),
        (NEAR, "is-near"),
    ];

    /// Brings the classes of an element, which shows the marks `shown`, in line with `marks`.
    pub fn apply(element: &web_sys::HtmlElement, shown: &mut u16, marks: u16) {
        let changed = *shown ^ marks;
        if changed == 0 {
            return;
        }
        for (bit, class) in CLASSES {
            if changed & bit != 0 {
                super::dom::class(element, class, marks & bit != 0);
            }
        }
        if changed & CLOSED != 0 {
            super::dom::set(element, "aria-disabled", if marks & CLOSED != 0 { "true" } else { "false" });
        }
        *shown = marks;
    }
}

/// A component's card.
pub struct NodeView {
    /// Id in the design.
    pub id: String,
    /// Kind in the design.
    pub kind: String,
    /// Top left, world units, as drawn.
    pub at: Point,
    /// In view?
    pub visible: bool,
    /// Drawn as a card? (In view, and not from afar.)
    pub drawn: bool,
    /// Drawn with its name and status only?
    far: bool,
    /// Drawn with its name as a tag below it?
    afar: bool,
    /// How it fares.
    pub health: Health,
    /// Name of its colour.
    pub hue: &'static str,
    /// Requests inside, as the figures said last.
    pub inside: u32,
    /// The whole card.
    pub root: HtmlElement,
    marks: u16,
    shown_health: Option<Health>,
    name: Figure,
    status_shape: Element,
    status_word: Figure,
    rate: Figure,
    utilisation: Figure,
    queue: Figure,
    p99: Figure,
    errors: Figure,
    aside: Figure,
    meter: HtmlElement,
    meter_fill: HtmlElement,
    meter_width: u16,
    segments: u32,
    waiting: HtmlElement,
    waiting_dots: HtmlElement,
    waiting_more: Figure,
    waiting_shown: u32,
    waiting_full: bool,
    waiting_room: f64,
    /// Drawn whole (0), as a count (1), or not at all (2).
    waiting_cut: u8,
    failing: bool,
    inside_view: Option<InsideView>,
    label: String,
}

impl NodeView {
    /// Builds a card; `None` where the browser refuses (no document).
    pub fn new(id: &str, kind: &str) -> Option<Self> {
        let root = dom::build(CARD)?;
        let root: HtmlElement = wasm_bindgen::JsCast::dyn_into(root).ok()?;
        dom::set(&root, "data-node-id", id);
        dom::set(&root, "data-kind", kind);
        root.set_id(&dom_id(id));
        dom::set(&root, "data-family", family(kind));
        if let Some(kind) = backpressure_sim::components::kind(kind) {
            dom::class(&root, "calls-nobody", !kind.makes_calls);
            dom::class(&root, "is-never-called", !kind.accepts_calls);
        }
        dom::style(&root, "--kind", &format!("var({})", hue(kind)));
        let drawing = drawing_of_kind(kind);
        dom::set(&dom::find(&root, ".node-icon path:first-child")?, "d", drawing.stroke);
        dom::set(&dom::find(&root, ".node-icon path:last-child")?, "d", drawing.fill);
        let figure = |selector: &str| dom::find(&root, selector).map(Figure::new);
        Some(Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            at: Point { x: f64::NAN, y: f64::NAN },
            visible: true,
            inside: 0,
            marks: 0,
            drawn: true,
            far: false,
            afar: false,
            health: Health::Idle,
            hue: hue(kind),
            shown_health: None,
            name: figure(".node-name")?,
            status_shape: dom::find(&root, ".node-status path")?,
            status_word: figure(".node-status-word")?,
            rate: figure("[data-figure=rate]")?,
            utilisation: figure("[data-figure=utilisation]")?,
            queue: figure("[data-figure=queue]")?,
            p99: figure("[data-figure=p99]")?,
            errors: figure("[data-figure=errors]")?,
            aside: figure(".node-aside")?,
            meter: dom::find_html(&root, ".meter")?,
            meter_fill: dom::find_html(&root, ".meter-fill")?,
            meter_width: u16::MAX,
            segments: u32::MAX,
            waiting: dom::find_html(&root, ".node-waiting")?,
            waiting_dots: dom::find_html(&root, ".node-waiting-dots")?,
            waiting_more: figure(".node-waiting-more")?,
            waiting_shown: u32::MAX,
            waiting_full: false,
            waiting_room: f64::INFINITY,
            waiting_cut: 0,
            failing: false,
            inside_view: None,
            label: String::new(),
            root,
        })
    }

    /// The card's box, world units.
    pub fn rect(&self) -> Rect {
        Rect { x: self.at.x, y: self.at.y, w: NODE_WIDTH, h: NODE_HEIGHT }
    }

    /// The name as shown.
    pub fn name(&self) -> &str {
        self.name.text()
    }

    /// Shows the name.
    pub fn show_name(&mut self, name: &str) {
        if self.name.element().get_attribute("title").as_deref() != Some(name) {
            dom::set(self.name.element(), "title", name);
        }
        self.name.show(name);
    }

    /// Moves the card; true if it was elsewhere.
    pub fn place(&mut self, at: Point) -> bool {
        // Compared as a whole: the first place differs from NaN as well.
        if self.at == at {
            return false;
        }
        self.at = at;
        dom::style(&self.root, "transform", &format!("translate({}px,{}px)", at.x, at.y));
        true
    }

    /// So much room is there for the line of those who wait before it, world units. True if it has to be drawn anew.
    pub fn make_room(&mut self, room: f64) -> bool {
        std::mem::replace(&mut self.waiting_room, room) != room && self.waiting_shown > 0
    }

    /// Draws or hides the card; true if its figures have to be written anew, because they were not while it was hidden.
    pub fn show(&mut self, visible: bool, drawn: bool) -> bool {
        let came = visible && !self.visible || drawn && !self.drawn;
        self.visible = visible;
        if self.drawn != drawn {
            self.drawn = drawn;
            dom::style(&self.root, "display", if drawn { "" } else { "none" });
        }
        came
    }

    /// Would it have to be laid out anew to be drawn, with its name and status only (`far`) or all it has?
    pub fn differs(&self, far: bool) -> bool {
        !self.drawn || self.far != far
    }

    /// Shows its name and status only, or all it has.
    pub fn detail(&mut self, far: bool) {
        if self.far != far {
            self.far = far;
            dom::class(&self.root, "is-far", far);
        }
    }

    /// Does the editor say any of this about it?
    pub fn has_marks(&self, marks: u16) -> bool {
        self.marks & marks != 0
    }

    /// Shows what the editor says about it.
    pub fn mark(&mut self, marks: u16) {
        mark::apply(&self.root, &mut self.marks, marks);
    }

    /// What keeps its size on the screen from afar: its ports, its name as a tag.
    pub fn keep_sizes(&self, zoom: f64) {
        dom::style(&self.root, "--zoom", &zoom.max(0.01).to_string());
    }

    /// Has its name in it, or (`afar`) as a tag below it.
    pub fn tag(&mut self, afar: bool) {
        if self.afar != afar {
            self.afar = afar;
            dom::class(&self.root, "is-afar", afar);
        }
    }

    /// What a screen reader says of it.
    pub fn describe(&mut self, label: String) {
        if self.label != label {
            dom::set(&self.root, "aria-label", &label);
            self.label = label;
        }
    }

    /// Shows how it fares.
    pub fn show_status(&mut self, health: Health, word: &str) {
        self.health = health;
        if !self.drawn {
            return;
        }
        if self.shown_health != Some(health) {
            self.shown_health = Some(health);
            dom::set(&self.root, "data-health", status::name(health));
            dom::set(&self.status_shape, "d", status::shape(health));
        }
        self.status_word.show(if word.is_empty() { status::word(health) } else { word });
    }

    /// Shows the figures of one instant; `None` before anything ran. `text` is a buffer to write in.
    pub fn show_figures(&mut self, live: Option<&NodeSnapshot>, text: &mut String) {
        self.inside = live.map_or(0, |l| l.inside);
        if !self.drawn {
            return;
        }
        let Some(live) = live else {
            for figure in [&mut self.rate, &mut self.utilisation, &mut self.queue, &mut self.p99, &mut self.errors] {
                figure.show("–");
            }
            self.aside.show("");
            self.show_meter(0, 0, None);
            self.show_waiting(0, None, text);
            self.show_inside(None);
            return;
        };
        let mut write = |figure: &mut Figure, write: &dyn Fn(&mut String)| {
            text.clear();
            write(text);
            figure.show(text);
        };
        write(&mut self.rate, &|t| figures::rate(t, live.rate_in_per_s));
        match live.utilisation {
            Some(utilisation) => write(&mut self.utilisation, &|t| figures::percent(t, utilisation)),
            None => self.utilisation.show("–"),
        }
        write(&mut self.queue, &|t| figures::count(t, u64::from(live.queue)));
        if live.residence.count > 0 {
            write(&mut self.p99, &|t| figures::duration(t, live.residence.p99_ms));
        } else {
            self.p99.show("–");
        }
        let failed = live.failed_share();
        write(&mut self.errors, &|t| figures::percent(t, failed));
        // Without slots there is no meter: say instead what is worth knowing.
        match (live.hit_ratio, live.slots) {
            (Some(ratio), _) => write(&mut self.aside, &|t| {
                figures::percent(t, ratio);
                t.push_str(" hits");
            }),
            (None, 0) => write(&mut self.aside, &|t| {
                figures::count(t, u64::from(live.inside));
                t.push_str(" inside");
            }),
            (None, slots) => write(&mut self.aside, &|t| {
                figures::count(t, u64::from(live.busy));
                t.push('/');
                figures::count(t, u64::from(slots));
            }),
        }
        if (failed > 0.0) != self.failing {
            self.failing = failed > 0.0;
            dom::class(&self.root, "has-errors", self.failing);
        }
        self.show_meter(live.busy, live.slots, live.hit_ratio);
        self.show_waiting(live.queue, live.queue_limit, text);
        self.show_inside(live.made_of.as_ref());
    }

    /// What it is made of, in a tray under the card that is there only when needed.
    fn show_inside(&mut self, inside: Option<&Inside>) {
        match inside.filter(|inside| !inside.parts.is_empty()) {
            Some(inside) => {
                if self.inside_view.is_none() {
                    self.inside_view = InsideView::new(&self.root);
                }
                self.inside_view.iter_mut().for_each(|view| view.show(inside));
            }
            None => self.inside_view.take().iter().for_each(InsideView::remove),
        }
    }

    /// Busy slots of all slots; for a cache, hits of all lookups.
    fn show_meter(&mut self, busy: u32, slots: u32, hit_ratio: Option<f64>) {
        let share = match hit_ratio {
            Some(ratio) => ratio,
            None if slots > 0 => f64::from(busy) / f64::from(slots),
            None => 0.0,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
        let width = (share.clamp(0.0, 1.0) * 1000.0).round() as u16;
        if width != self.meter_width {
            self.meter_width = width;
            dom::style(&self.meter_fill, "transform", &format!("scaleX({})", f64::from(width) / 1000.0));
        }
        // Few slots are drawn one by one, many as a bar; hits are always a bar.
        let segments = if hit_ratio.is_some() {
            1
        } else if slots <= 16 {
            slots
        } else {
            1
        };
        if segments != self.segments {
            self.segments = segments;
            dom::class(&self.meter, "is-empty", segments == 0);
            dom::class(&self.meter, "is-hits", hit_ratio.is_some());
            dom::style(&self.meter, "--segments", &segments.max(1).to_string());
        }
    }

    /// The requests that wait, as a line in front of the in port.
    fn show_waiting(&mut self, queue: u32, limit: Option<u32>, text: &mut String) {
        let full = limit.is_some_and(|limit| limit > 0 && queue >= limit);
        let shown = queue.min(QUEUE_DOTS);
        if shown != self.waiting_shown {
            self.waiting_shown = shown;
            dom::class(&self.waiting, "is-empty", shown == 0);
            dom::style(&self.waiting_dots, "--waiting", &shown.to_string());
        }
        // A line that would lie on another component is a count; without room for that, the card's own figure says it.
        let ends = if full { ENDS + FULL } else { ENDS };
        let many = queue > QUEUE_DOTS;
        let line = f64::from(shown) * DOT + if many { COUNT } else { 0.0 };
        let cut = u8::from(ends + line > self.waiting_room) + u8::from(ends + line.min(COUNT) > self.waiting_room);
        if cut != self.waiting_cut {
            self.waiting_cut = cut;
            dom::class(&self.waiting, "is-count", cut == 1);
            dom::class(&self.waiting, "is-out", cut == 2);
        }
        text.clear();
        if many || cut == 1 {
            figures::count(text, u64::from(queue));
        }
        self.waiting_more.show(text);
        if full != self.waiting_full {
            self.waiting_full = full;
            dom::class(&self.waiting, "is-full", full);
        }
    }
}

/// DOM id of a card, for `aria-activedescendant`.
pub fn dom_id(node: &str) -> String {
    format!("node-{node}")
}

const CARD: &str = concat!(
    "<div class=\"node\" role=\"group\" aria-roledescription=\"component\">",
    "<div class=\"node-card\">",
    "<div class=\"node-head\">",
    "<span class=\"node-icon\"><svg class=\"icon\" width=\"20\" height=\"20\" viewBox=\"0 0 24 24\" fill=\"none\" aria-hidden=\"true\">",
    "<path stroke=\"currentColor\" stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
    "<path fill=\"currentColor\"/></svg></span>",
    "<span class=\"node-titles\"><span class=\"node-name\"></span>",
    "<span class=\"node-status\" data-figure=\"status\"><svg width=\"9\" height=\"9\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">",
    "<path fill=\"currentColor\" fill-rule=\"evenodd\"/></svg><span class=\"node-status-word\"></span></span></span>",
    "<span class=\"node-rate\" data-figure=\"rate\" title=\"Arrival rate, requests per simulated second\">–</span>",
    "</div>",
    "<div class=\"node-load\"><span class=\"meter is-empty\"><span class=\"meter-fill\"></span></span><span class=\"node-aside\"></span></div>",
    "<div class=\"node-figures\">",
    "<span class=\"figure\" title=\"Utilisation: share of the slots busy\"><span class=\"figure-label\">util</span>",
    "<span data-figure=\"utilisation\">–</span></span>",
    "<span class=\"figure figure-queue\" title=\"Requests waiting\"><span class=\"figure-label\">queue</span><span data-figure=\"queue\">–</span></span>",
    "<span class=\"figure\" title=\"99th percentile of the time spent here\"><span class=\"figure-label\">p99</span><span data-figure=\"p99\">–</span></span>",
    "<span class=\"figure figure-errors\" title=\"Share of calls that fail here\"><span class=\"figure-label\">err</span>",
    "<span data-figure=\"errors\">–</span></span>",
    "</div></div>",
    "<div class=\"node-waiting is-empty\" aria-hidden=\"true\"><span class=\"node-waiting-more\"></span><span class=\"node-waiting-dots\"></span></div>",
    "<span class=\"port port-in\" data-port=\"in\"></span><span class=\"port port-out\" data-port=\"out\"></span>",
    "</div>"
);
