//! What can be pasted: the document's own JSON, also written by hand or cut off, and share links.

mod hands;

use backpressure_editor::Action;
use backpressure_sim::design::{read, share};
use hands::{Hands, SHOP};

#[test]
fn a_share_link_is_pasted_as_components() {
    let text = share::encode(&read(SHOP.as_bytes()).design);
    let mut h = Hands::of(r#"{"format":1,"nodes":[{"id":"u","kind":"users","x":0,"y":200}]}"#);
    h.act(Action::Paste { text: format!(" https://example.org/play/#d={text}\n") });
    assert_eq!((h.editor.design().nodes.len(), h.editor.design().links.len()), (5, 2));
    assert_eq!(h.steps(), ["clipboard.paste"]);
    assert_eq!(h.editor.selection().nodes.len(), 4, "what was pasted is selected");
    assert!(h.has_link("u-1", "s"), "ids that were taken are others now");
}

#[test]
fn a_damaged_link_is_refused_in_words() {
    let mut h = Hands::new();
    h.act(Action::Paste { text: "https://example.org/#d=1abc".into() });
    assert!(h.refusal().is_some_and(|why| why.contains("link")), "{:?}", h.refusal());
    assert!(h.steps().is_empty());
}

#[test]
fn json_that_is_cut_off_gives_what_came_before_and_says_so() {
    let mut h = Hands::of(r#"{"format":1}"#);
    let whole = SHOP.to_owned();
    h.act(Action::Paste { text: whole[..whole.find("\"d\"").expect("the database")].to_owned() });
    assert_eq!(h.editor.design().nodes.len(), 2);
    assert!(h.refusal().is_some_and(|why| why.starts_with("Pasted 2 components. ")), "{:?}", h.refusal());
}

#[test]
fn what_is_not_ours_is_refused_and_changes_nothing() {
    let mut h = Hands::new();
    for text in ["", "  ", "hello", "[1,2]", "{}", r#"{"a":1}"#, "https://example.org/"] {
        h.act(Action::Paste { text: text.into() });
        assert!(h.refusal().is_some_and(|why| why.contains("neither components")), "{text:?}: {:?}", h.refusal());
    }
    assert!(h.steps().is_empty());
}
