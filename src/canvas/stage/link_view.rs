//! A link on the canvas: its path, its arrow at the callee, its figures in the middle.

use super::dom::{self, Figure};
use crate::canvas::figures;
use crate::canvas::path::Polyline;
use crate::faults::trouble_label;
use backpressure_editor::{LinkPath, Rect, Route};
use backpressure_sim::metrics::LinkSnapshot;
use std::borrow::Cow;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Length of the arrow, world units.
const ARROW: f64 = 9.0;

/// A link's drawing.
pub struct LinkView {
    /// Id in the design.
    pub id: String,
    /// Index of the calling node among the cards.
    pub from: usize,
    /// Index of the called node among the cards.
    pub to: usize,
    /// Its place in the design.
    pub place: usize,
    /// Mean latency one way, ms: decides whether single requests can be followed at the present speed.
    pub latency_ms: f64,
    /// Share of messages that its parameters lose.
    pub loss: f64,
    /// The path in equal steps.
    pub line: Polyline,
    /// Box around the path, world units.
    pub bounds: Rect,
    /// Counts the shapes the path has had; whoever caches something made from it compares this.
    pub shape: u32,
    /// In view?
    pub visible: bool,
    /// Drawn with all its parts? (In view, and not from afar.)
    pub drawn: bool,
    /// Are its figures drawn?
    labelled: bool,
    /// Does it carry traffic?
    pub active: bool,
    /// The whole drawing.
    pub root: Element,
    path: Element,
    arrow: Element,
    ends: [Element; 2],
    /// Its figures, on a layer over the traffic.
    pub label: HtmlElement,
    figure: Figure,
    name: Figure,
    /// All of its name.
    named: String,
    breaker: Figure,
    route: Option<Route>,
    /// Lies elsewhere than it is drawn.
    stale: bool,
    marks: [bool; 3],
    /// Is the state of a circuit breaker shown?
    broken: bool,
    described: String,
}

impl LinkView {
    /// Builds a link's drawing.
    pub fn new(id: &str) -> Option<Self> {
        let root = dom::build_svg(LINK)?;
        dom::set(&root, "data-link-id", id);
        root.set_id(&dom_id(id));
        let label: HtmlElement = dom::build(LABEL)?.dyn_into().ok()?;
        Some(Self {
            id: id.to_owned(),
            from: 0,
            to: 0,
            place: 0,
            latency_ms: 0.5,
            loss: 0.0,
            line: Polyline::default(),
            bounds: Rect::default(),
            shape: 0,
            visible: true,
            drawn: true,
            labelled: true,
            active: false,
            stale: false,
            path: dom::find(&root, ".link-line")?,
            arrow: dom::find(&root, ".link-arrow")?,
            ends: [dom::find(&root, ".link-end-out")?, dom::find(&root, ".link-end-in")?],
            figure: Figure::new(dom::find(&label, ".link-figure")?),
            name: Figure::new(dom::find(&label, ".link-name")?),
            named: String::new(),
            breaker: Figure::new(dom::find(&label, ".link-breaker")?),
            label,
            route: None,
            marks: [false; 3],
            broken: false,
            described: String::new(),
            root,
        })
    }

    /// Lays the link along another course; true if it lay elsewhere.
    pub fn lay(&mut self, route: &Route) -> bool {
        if self.route.as_ref() == Some(route) {
            return false;
        }
        // Often its words alone stand elsewhere.
        if self.pieces() != route.pieces {
            self.line = Polyline::of_curves(&route.pieces);
            self.bounds = route.bounds;
            self.shape = self.shape.wrapping_add(1);
        }
        self.route = Some(route.clone());
        self.stale = true;
        self.redraw();
        true
    }

    /// Draws it where it lies, if it is drawn at all.
    fn redraw(&mut self) {
        let Some(route) = self.route.as_ref().filter(|_| self.drawn && self.stale) else { return };
        self.stale = false;
        let (a, d) = (route.start(), route.end());
        // The line stops short of the port, so that the arrow's point is sharp.
        let mut data = String::new();
        route.draw(&mut data, ARROW * 0.6);
        dom::set(&self.path, "d", &data);
        let back = d.x - ARROW;
        dom::set(
            &self.arrow,
            "d",
            &format!("M{back:.1} {:.1}L{:.1} {:.1}L{back:.1} {:.1}Z", d.y - 4.5, d.x, d.y, d.y + 4.5),
        );
        for (end, at) in self.ends.iter().zip([a, d]) {
            dom::set(end, "cx", &format!("{:.1}", at.x));
            dom::set(end, "cy", &format!("{:.1}", at.y));
        }
        let at = route.label_at;
        dom::style(&self.label, "left", &format!("{:.1}px", at.x));
        dom::style(&self.label, "top", &format!("{:.1}px", at.y));
        self.name.show(&route.cut(&self.named));
    }

    /// How wide its words may be, world units.
    pub fn room(&self) -> f64 {
        self.route.as_ref().map_or(f64::INFINITY, |route| route.label_room)
    }

    /// Its course.
    pub fn pieces(&self) -> &[LinkPath] {
        self.route.as_ref().map_or(&[], |route| &route.pieces)
    }

    /// Is it selected, or under the pointer?
    pub fn is_marked(&self) -> bool {
        self.marks[0] || self.marks[1]
    }

    /// Shows the link's own label.
    pub fn show_name(&mut self, name: &str) {
        if self.named != name {
            name.clone_into(&mut self.named);
            let room = self.route.as_ref();
            self.name.show(&room.map_or(Cow::Borrowed(name), |route| route.cut(name)));
        }
    }

    /// Takes the link off the canvas.
    pub fn remove(&self) {
        self.root.remove();
        self.label.remove();
    }

    /// Draws or hides the link, from afar without its figures; true if these have to be written anew.
    pub fn show(&mut self, visible: bool, drawn: bool, far: bool) -> bool {
        let came = visible && !self.visible || drawn && !self.drawn;
        self.visible = visible;
        if self.drawn != drawn {
            self.drawn = drawn;
            dom::set(&self.root, "display", if drawn { "inline" } else { "none" });
            self.redraw();
        }
        if self.labelled != (drawn && !far) {
            self.labelled = drawn && !far;
            dom::show(&self.label, self.labelled);
        }
        came
    }

    /// Shows what the editor says about it.
    pub fn mark(&mut self, selected: bool, hovered: bool, replaced: bool) {
        let marks = [(selected, "is-selected"), (hovered, "is-hovered"), (replaced, "is-replaced")];
        for ((on, class), shown) in marks.into_iter().zip(&mut self.marks) {
            if *shown != on {
                *shown = on;
                dom::class(&self.root, class, on);
            }
        }
    }

    /// What a screen reader says of it.
    pub fn describe(&mut self, label: String) {
        if self.described != label {
            dom::set(&self.root, "aria-label", &label);
            self.described = label;
        }
    }

    /// Shows the figures of one instant. `text` is a buffer to write in.
    pub fn show_figures(&mut self, live: Option<&LinkSnapshot>, text: &mut String) {
        self.active = live.is_some_and(|l| l.calls_per_s > 0.0);
        if !self.drawn {
            return;
        }
        text.clear();
        let fits = |words: &str| self.route.as_ref().is_none_or(|route| route.fits(words));
        if let Some(live) = live.filter(|l| l.calls_per_s > 0.0) {
            figures::rate(text, live.calls_per_s);
            if live.failed_per_s > 0.0 {
                name_failures(text, live, &fits);
            }
        }
        if let Some(live) = live.filter(|l| !l.faults.is_empty()) {
            name_faults(text, &live.faults, &fits);
        }
        if !fits(text) {
            text.clear();
        }
        self.figure.show(text);
        let state = live.and_then(|l| l.breaker.as_deref());
        if state.is_some() || self.broken {
            self.show_breaker(state);
        }
    }

    /// Shows the state of its circuit breaker, in words and as a shape. Few links have one.
    #[inline(never)]
    fn show_breaker(&mut self, state: Option<&str>) {
        self.broken = state.is_some();
        let (class, [long, short]) = match state {
            Some("closed") => ("closed", ["breaker closed", "closed"]),
            Some("open") => ("open", ["breaker open", "open"]),
            Some(_) => ("half-open", ["breaker half open", "half open"]),
            None => ("", ["", ""]),
        };
        let fits = |words: &str| self.route.as_ref().is_none_or(|route| route.fits_badge(words));
        // The last thing to be left out: then the shape alone says it.
        let words = [long, short].into_iter().find(|words| fits(words)).unwrap_or(SHAPE);
        if self.breaker.text() != words {
            self.breaker.show(words);
            dom::set(&self.label, "data-breaker", class);
        }
    }
}

/// No words, but something: a badge without any is not drawn.
const SHAPE: &str = "\u{200b}";

/// Adds the share of calls that fail to the rate; where there is no room for both, it stands alone, and where there is none for
/// that, the rate does.
#[inline(never)]
fn name_failures(text: &mut String, live: &LinkSnapshot, fits: &dyn Fn(&str) -> bool) {
    let mut share = String::new();
    figures::percent(&mut share, live.failed_share());
    share.push_str(" failed");
    let both = [text, " · ", &share].concat();
    if fits(&both) {
        *text = both;
    } else if fits(&share) {
        *text = share;
    }
}

/// DOM id of a link, for `aria-activedescendant`.
pub fn dom_id(link: &str) -> String {
    ["link-", link].concat()
}

/// What befalls a link now: its calls go out as ever when nothing arrives. Where there is no room for figures as well, it stands
/// alone. Rare, so a function of its own.
#[inline(never)]
fn name_faults(text: &mut String, faults: &[String], fits: &dyn Fn(&str) -> bool) {
    let named = faults.iter().map(|fault| trouble_label(fault)).collect::<Vec<_>>().join(" · ");
    let both = if text.is_empty() { named.clone() } else { [text, " · ", &named].concat() };
    if fits(&both) {
        *text = both;
    } else if fits(&named) {
        *text = named;
    }
}

/// Not a `<g>`: what is in a group that is not displayed is laid out all the same.
const LINK: &str = concat!(
    "<svg class=\"link\" role=\"img\">",
    "<path class=\"link-line\" fill=\"none\"/><path class=\"link-arrow\"/>",
    "<circle class=\"link-end link-end-out\" r=\"5\"/><circle class=\"link-end link-end-in\" r=\"5\"/>",
    "</svg>"
);

/// Not SVG either: its texts are laid out anew at each zoom.
const LABEL: &str = "<div class=\"link-label\"><span class=\"link-name\"></span><span class=\"link-figure\"></span><span class=\"link-breaker\"></span></div>";
