//! Components that were removed with requests inside: for a moment it is seen that these failed.

use super::dom;
use super::layers::Layers;
use super::node_view::NodeView;
use crate::canvas::figures::{count, text};
use web_sys::{Element, HtmlElement};

/// How long it is seen, wall ms; the styles fade it out within that time.
const STAYS_MS: f64 = 3000.0;

/// What is left of removed components.
#[derive(Default)]
pub struct Gone {
    shown: Vec<(Element, f64)>,
}

impl Gone {
    /// Shows what was inside a card that has just been taken off.
    pub fn show(&mut self, layers: &Layers, view: &NodeView, now_ms: f64) {
        let Some(element) = dom::build("<div class=\"node-gone\" aria-hidden=\"true\"></div>") else { return };
        let words = format!("{} failed with {}", text(count, u64::from(view.inside)), view.name());
        element.set_text_content(Some(&words));
        if let Some(html) = wasm_bindgen::JsCast::dyn_ref::<HtmlElement>(&element) {
            dom::style(html, "transform", &format!("translate({}px,{}px)", view.at.x, view.at.y));
        }
        let _ = layers.notes.append_child(&element);
        self.shown.push((element, now_ms + STAYS_MS));
    }

    /// Is there something to be seen?
    pub fn is_shown(&self) -> bool {
        !self.shown.is_empty()
    }

    /// Takes away what has been seen long enough.
    pub fn clear(&mut self, now_ms: f64) {
        self.shown.retain(|(element, until_ms)| {
            let stays = now_ms < *until_ms;
            if !stays {
                element.remove();
            }
            stays
        });
    }
}
