//! The diagram as a picture to keep: SVG as it is, PNG drawn from it, and the page that is printed.

use super::stage::dom;
use super::{description, figures, status};
use crate::icons::{drawing_of_kind, family};
use crate::session::{Note, Notice, RunPhase, RunView, Session};
use crate::storage::file;
use crate::theme::{self, Theme};
use backpressure_editor::Point;
use backpressure_editor::picture::{Card, Look, Status, svg};
use backpressure_sim::Node;
use backpressure_sim::design::Link;
use backpressure_sim::metrics::Health;
use gloo::events::EventListener;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, CssStyleDeclaration, HtmlCanvasElement, HtmlImageElement};

/// Pixels of a PNG for a world unit, where the design is not too large for that.
const SHARP: f64 = 2.0;
/// Most pixels along a side of a PNG: browsers refuse larger canvases.
const MOST_PIXELS: f64 = 8192.0;

/// The page's look, with live figures or without.
struct Shown<'a> {
    tokens: CssStyleDeclaration,
    run: Option<&'a RunView>,
}

impl Look for Shown<'_> {
    fn colour(&self, of: &str) -> String {
        let value = self.tokens.get_property_value(&format!("--{of}")).unwrap_or_default();
        value.trim().to_owned()
    }

    fn card(&self, node: &Node) -> Card {
        let family = family(&node.kind);
        let drawing = drawing_of_kind(&node.kind);
        let mut card = Card {
            name: description::name_of(node).to_owned(),
            colour: self.colour(&format!("hue-{family}")),
            corner: match family {
                "traffic" => 26.0,
                "messaging" => 22.0,
                _ => 12.0,
            },
            icon: [drawing.stroke, drawing.fill],
            status: None,
            figures: Vec::new(),
        };
        let Some(run) = self.run else { return card };
        let Some(live) = run.snapshot.nodes.iter().find(|n| n.id == node.id) else { return card };
        let health = run.status_of(&node.id).map_or(Health::Idle, |s| s.health);
        card.status = Some(Status {
            word: status::word(health).to_owned(),
            shape: status::shape(health),
            colour: self.colour(status::name(health)),
            rate: figures::text(figures::rate, live.rate_in_per_s),
        });
        let none = || "–".to_owned();
        let p99 = (live.residence.count > 0).then(|| figures::text(figures::duration, live.residence.p99_ms));
        card.figures = vec![
            ("util", live.utilisation.map_or_else(none, |u| figures::text(figures::percent, u))),
            ("queue", figures::text(figures::count, u64::from(live.queue))),
            ("p99", p99.unwrap_or_else(none)),
            ("err", figures::text(figures::percent, live.failed_share())),
        ];
        card
    }

    fn figure(&self, link: &Link) -> String {
        let live = self.run.and_then(|run| run.snapshot.links.iter().find(|l| l.id == link.id));
        live.filter(|l| l.calls_per_s > 0.0).map_or(String::new(), |l| figures::text(figures::rate, l.calls_per_s))
    }
}

/// Is there a run whose figures a picture could hold?
pub fn has_figures(session: &Session) -> bool {
    session.run().phase != RunPhase::Stopped && !session.editor().design().nodes.is_empty()
}

/// The diagram as SVG with its size, px.
fn picture(session: &Session, live: bool) -> Option<(String, Point)> {
    let window = web_sys::window()?;
    let root = window.document()?.document_element()?;
    let tokens = window.get_computed_style(&root).ok()??;
    let run = session.run();
    Some(svg(&session.editor(), &Shown { tokens, run: live.then_some(&*run) }))
}

/// Downloads the diagram as SVG.
pub fn save_svg(session: &Session, live: bool) {
    let name = file::file_name(&session.editor().design().name, "svg");
    let done = picture(session, live).and_then(|(svg, _)| file::download(&svg, &name, "image/svg+xml"));
    tell(session, done);
}

/// Downloads the diagram as PNG.
pub fn save_png(session: &Session, live: bool) {
    let session = session.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let done = match picture(&session, live) {
            Some((svg, size)) => draw(&session, &svg, size).await,
            None => None,
        };
        tell(&session, done);
    });
}

async fn draw(session: &Session, svg: &str, size: Point) -> Option<()> {
    let address = file::address_of(svg, "image/svg+xml")?;
    let image = HtmlImageElement::new().ok()?;
    image.set_src(&address);
    let loaded = JsFuture::from(image.decode()).await;
    let _ = web_sys::Url::revoke_object_url(&address);
    loaded.ok()?;
    let canvas: HtmlCanvasElement = web_sys::window()?.document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    let scale = SHARP.min(MOST_PIXELS / size.x.max(size.y));
    let (width, height) = ((size.x * scale).ceil(), (size.y * scale).ceil());
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height).ok()?;
    let (own, name) = (session.clone(), file::file_name(&session.editor().design().name, "png"));
    let taken = Closure::once_into_js(move |blob: JsValue| {
        // Nothing comes where the picture was too large for the browser.
        tell(&own, blob.dyn_into::<Blob>().ok().and_then(|blob| file::download_blob(&blob, &name)));
    });
    canvas.to_blob(taken.unchecked_ref()).ok()
}

fn tell(session: &Session, done: Option<()>) {
    if done.is_none() {
        let words = "The browser could not make the picture. A smaller design, or the other format, may do.";
        session.notify(Note::Notice(Notice::problem(words)));
    }
}

/// Prints the page.
pub fn print(session: &Session) {
    if web_sys::window().is_none_or(|window| window.print().is_err()) {
        session.notify(Note::Notice(Notice::problem("The browser does not print here.")));
    }
}

/// Whenever the page is printed, by us or by the browser's own menu, the diagram stands alone on it, light on any theme.
pub fn print_well(session: &Session) -> impl Sized + use<> {
    let window = web_sys::window()?;
    let own = session.clone();
    let before = EventListener::new(&window, "beforeprint", move |_| {
        let _ = lay_out(&own);
    });
    let after = EventListener::new(&window, "afterprint", |_| {
        if let Some(sheet) = web_sys::window().and_then(|w| w.document()?.query_selector(".print-sheet").ok()?) {
            sheet.remove();
        }
    });
    Some((before, after))
}

fn lay_out(session: &Session) -> Option<()> {
    let live = has_figures(session);
    let (svg, _) = theme::seen_as(Theme::Light, || picture(session, live))?;
    let sheet = dom::build("<div class=\"print-sheet\"></div>")?;
    sheet.set_inner_html(&svg);
    web_sys::window()?.document()?.body()?.append_child(&sheet).ok()?;
    Some(())
}
