//! The little of the DOM the stage needs, in forms that cannot fail: an element that is missing is skipped.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement};

/// The page's document.
pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Builds elements from markup of our own (never from a person's text) and returns the first.
pub fn build(markup: &str) -> Option<Element> {
    let template = document()?.create_element("template").ok()?.dyn_into::<web_sys::HtmlTemplateElement>().ok()?;
    template.set_inner_html(markup);
    template.content().first_element_child()
}

/// Builds an element in the SVG namespace from markup of our own.
pub fn build_svg(markup: &str) -> Option<Element> {
    build(&format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{markup}</svg>"))?.first_element_child()
}

/// The first descendant that matches.
pub fn find(root: &Element, selector: &str) -> Option<Element> {
    root.query_selector(selector).ok().flatten()
}

/// The first descendant that matches, as an HTML element.
pub fn find_html(root: &Element, selector: &str) -> Option<HtmlElement> {
    find(root, selector)?.dyn_into().ok()
}

/// Sets an attribute.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Sets a style property.
pub fn style(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

/// Adds or removes a class.
pub fn class(element: &Element, name: &str, on: bool) {
    let _ = element.class_list().toggle_with_force(name, on);
}

/// Draws or hides an element.
pub fn show(element: &HtmlElement, visible: bool) {
    if element.hidden() == visible {
        element.set_hidden(!visible);
    }
}

/// An element whose text is written often: the DOM is touched only when the text is another one.
#[derive(Debug)]
pub struct Figure {
    element: Element,
    shown: String,
}

impl Figure {
    /// Takes over the text of `element`.
    pub fn new(element: Element) -> Self {
        let shown = element.text_content().unwrap_or_default();
        Self { element, shown }
    }

    /// Shows `text`.
    pub fn show(&mut self, text: &str) {
        if self.shown != text {
            self.element.set_text_content(Some(text));
            self.shown.clear();
            self.shown.push_str(text);
        }
    }

    /// The text as shown.
    pub fn text(&self) -> &str {
        &self.shown
    }

    /// The element.
    pub fn element(&self) -> &Element {
        &self.element
    }
}
