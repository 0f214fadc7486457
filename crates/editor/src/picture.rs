//! A design as an SVG document that stands by itself: no script, no style sheet, no font of its own, so that every
//! program that reads SVG shows it.

use crate::geometry::{self, NOTE_LINE, NOTE_PADDING, Rect, bounds, node_rect, note_rect};
use crate::{Editor, Point, zone_frames};
use backpressure_sim::Node;
use backpressure_sim::design::Link;
use std::fmt::Write;

/// Space around the diagram, world units.
const MARGIN: f64 = 40.0;
/// Length of a link's arrow, world units.
const ARROW: f64 = 9.0;
/// Where the figures of a card stand, from its left edge, world units.
const COLUMNS: [f64; 4] = [12.0, 52.0, 88.0, 136.0];
/// Letters of a component's name that its card has room for.
const NAME_LETTERS: usize = 18;

/// What the picture needs to know beyond the design.
pub trait Look {
    /// An opaque colour by what it is for: `bg`, `surface`, `line`, `line-strong`, `text`, `text-2`, `text-3`, `zone-line`,
    /// `note`, `note-line`.
    fn colour(&self, of: &str) -> String;
    /// What stands on a component's card.
    fn card(&self, node: &Node) -> Card;
    /// The live figure of a link; empty for none.
    fn figure(&self, link: &Link) -> String;
}

/// What stands on a component's card.
#[derive(Clone, Debug, Default)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// The colour of its kind.
    pub colour: String,
    /// Radius of its corners, world units.
    pub corner: f64,
    /// Its icon on a 24 × 24 grid as path data: what is stroked and what is filled.
    pub icon: [&'static str; 2],
    /// What stands beside the icon, under the name.
    pub status: Option<Status>,
    /// Live figures with their labels, at most four.
    pub figures: Vec<(&'static str, String)>,
}

/// How a component fares.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// In a word.
    pub word: String,
    /// As a shape on a 12 × 12 grid, path data filled by the even-odd rule.
    pub shape: &'static str,
    /// As a colour.
    pub colour: String,
    /// The arrival rate with its unit.
    pub rate: String,
}

/// The whole design as SVG, world units as pixels. Its size in px comes with it.
pub fn svg(editor: &Editor, look: &dyn Look) -> (String, Point) {
    let design = editor.design();
    let zones = zone_frames(design, |_, node| (node_rect(node), node.zone.as_deref()));
    let routes = editor.routes();
    let drawn = (0..design.links.len()).filter_map(|place| Some(routes.route(place)?.bounds));
    let parts = design.nodes.iter().map(node_rect).chain(design.notes.iter().map(note_rect));
    let all = bounds(parts.chain(zones.iter().map(|z| z.1)).chain(drawn))
        .unwrap_or(Rect { x: 0.0, y: 0.0, w: 400.0, h: 200.0 })
        .grown(MARGIN);
    let mut pen = Pen { out: String::new(), look };
    // Writing to a String cannot fail.
    let _ = write!(
        pen.out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{} {} {} {}\" width=\"{}\" height=\"{}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif\"><title>{}</title>",
        all.x,
        all.y,
        all.w,
        all.h,
        all.w,
        all.h,
        escaped(&design.name)
    );
    pen.rect(all, 0.0, "bg", "none");
    for &(place, frame) in &zones {
        pen.rect(frame, 18.0, "none", "zone-line");
        let name = design.zones.get(place).map_or("", |z| z.name.trim());
        let name = if name.is_empty() { "Zone" } else { name };
        pen.text(Point::new(frame.x + 14.0, frame.y + 20.0), 12, "text-2\" font-weight=\"600", name);
    }
    for (place, link) in design.links.iter().enumerate() {
        let Some(route) = routes.route(place) else { continue };
        let (ink, end) = (look.colour("line-strong"), route.end());
        pen.out.push_str("<path fill=\"none\" stroke-width=\"1.5\" stroke=\"");
        let _ = write!(pen.out, "{ink}\" d=\"");
        route.draw(&mut pen.out, ARROW * 0.6);
        let back = end.x - ARROW;
        let _ = write!(
            pen.out,
            "\"/><path fill=\"{ink}\" d=\"M{back} {}L{} {}L{back} {}Z\"/>",
            end.y - 4.5,
            end.x,
            end.y,
            end.y + 4.5
        );
        let at = route.label_at;
        let halo = format!(
            "text-2\" text-anchor=\"middle\" paint-order=\"stroke\" stroke-width=\"4\" stroke-linejoin=\"round\" stroke=\"{}",
            look.colour("bg")
        );
        pen.text(Point::new(at.x, at.y + 6.0), 12, &halo, &route.cut(link.name.trim()));
        let figure = look.figure(link);
        if route.fits(&figure) {
            pen.text(Point::new(at.x, at.y + 19.0), 11, &halo, &figure);
        }
    }
    for note in &design.notes {
        let frame = note_rect(note);
        pen.rect(frame, 8.0, "note", "note-line");
        let mut at = Point::new(frame.x + NOTE_PADDING, frame.y + NOTE_PADDING + 13.0);
        geometry::note_lines(&note.text, &mut |line| {
            pen.text(at, 13, "text", line);
            at.y += NOTE_LINE;
        });
    }
    for node in &design.nodes {
        pen.card(node_rect(node), &look.card(node));
    }
    pen.out.push_str("</svg>");
    (pen.out, Point::new(all.w, all.h))
}

struct Pen<'a> {
    out: String,
    look: &'a dyn Look,
}

impl Pen<'_> {
    fn colour(&self, name: &str) -> String {
        if name == "none" { name.to_owned() } else { self.look.colour(name) }
    }

    fn rect(&mut self, r: Rect, corner: f64, fill: &str, stroke: &str) {
        let (fill, stroke) = (self.colour(fill), self.colour(stroke));
        let _ = write!(
            self.out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{corner}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>",
            r.x, r.y, r.w, r.h
        );
    }

    /// A line of text. `ink` names its colour; more attributes may follow in it after a quotation mark.
    fn text(&mut self, at: Point, size: u32, ink: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let (name, more) = ink.split_once('"').unwrap_or((ink, ""));
        let quote = if more.is_empty() { "" } else { "\"" };
        let colour = if name.starts_with('#') { name.to_owned() } else { self.colour(name) };
        let _ = write!(
            self.out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" fill=\"{colour}\"{more}{quote}>{}</text>",
            at.x,
            at.y,
            escaped(text)
        );
    }

    fn card(&mut self, r: Rect, card: &Card) {
        self.rect(r, card.corner, "surface", "line-strong");
        let colour = &card.colour;
        let _ = write!(
            self.out,
            "<rect x=\"{}\" y=\"{}\" width=\"30\" height=\"30\" rx=\"8\" fill=\"{colour}\" fill-opacity=\"0.13\"/><g transform=\"translate({} {}) scale(0.8333)\"><path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/><path d=\"{}\" fill=\"{colour}\"/></g>",
            r.x + 12.0,
            r.y + 11.0,
            r.x + 17.0,
            r.y + 16.0,
            card.icon[0],
            card.icon[1]
        );
        let name: String = if card.name.chars().count() > NAME_LETTERS {
            card.name.chars().take(NAME_LETTERS - 1).chain(['…']).collect()
        } else {
            card.name.clone()
        };
        let Some(status) = &card.status else {
            return self.text(Point::new(r.x + 50.0, r.y + 31.0), 13, "text\" font-weight=\"600", &name);
        };
        self.text(Point::new(r.x + 50.0, r.y + 23.0), 13, "text\" font-weight=\"600", &name);
        let _ = write!(
            self.out,
            "<path transform=\"translate({} {}) scale(0.75)\" d=\"{}\" fill=\"{}\" fill-rule=\"evenodd\"/>",
            r.x + 50.0,
            r.y + 29.5,
            status.shape,
            status.colour
        );
        self.text(Point::new(r.x + 63.0, r.y + 38.0), 11, &status.colour, &status.word);
        self.text(Point::new(r.x + r.w - 12.0, r.y + 38.0), 12, "text-2\" text-anchor=\"end", &status.rate);
        for (column, (label, value)) in COLUMNS.iter().zip(&card.figures) {
            let x = r.x + column;
            self.text(Point::new(x, r.y + 71.0), 10, "text-3", label);
            self.text(Point::new(x, r.y + 86.0), 12, "text", value);
        }
    }
}

/// Text as it stands in XML; what XML has no place for is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
