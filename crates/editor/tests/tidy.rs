//! Tidying up: layers from left to right, nothing on top of anything, zones kept together, one step.

mod hands;

use backpressure_editor::{Action, Editor, Effect, Rect, node_rect, note_rect};
use backpressure_sim::design::{Design, read};
use hands::{Hands, SHIFT};
use proptest::prelude::*;
use std::fmt::Write;

/// A design from `a>b` words; components stand on each other, in the order they are named. `a:zone` puts `a` into a zone.
fn design(words: &str) -> Design {
    let (mut names, mut links, mut zones) = (Vec::new(), String::new(), Vec::<(String, String)>::new());
    let mut node = |word: &str| {
        let (name, zone) = word.split_once(':').map_or((word, None), |(name, zone)| (name, Some(zone)));
        if !names.contains(&name.to_owned()) {
            names.push(name.to_owned());
        }
        zones.extend(zone.map(|zone| (name.to_owned(), zone.to_owned())));
        name.to_owned()
    };
    for (i, word) in words.split_whitespace().enumerate() {
        if let Some((from, to)) = word.split_once('>') {
            let (from, to) = (node(from), node(to));
            let comma = if links.is_empty() { "" } else { "," };
            let _ = write!(links, r#"{comma}{{"id":"l{i}","from":"{from}","to":"{to}"}}"#);
        } else {
            node(word);
        }
    }
    let zone_of = |name: &str| {
        let zone = zones.iter().find(|(n, _)| n == name);
        zone.map_or(String::new(), |(_, z)| format!(r#","zone":"{z}""#))
    };
    let nodes: Vec<_> =
        names.iter().map(|n| format!(r#"{{"id":"{n}","kind":"app_server","x":3,"y":7{}}}"#, zone_of(n))).collect();
    let mut ids: Vec<_> = zones.iter().map(|(_, z)| z.clone()).collect();
    ids.sort();
    ids.dedup();
    let zones: Vec<_> = ids.iter().map(|z| format!(r#"{{"id":"{z}"}}"#)).collect();
    let text =
        format!(r#"{{"format":1,"nodes":[{}],"links":[{links}],"zones":[{}]}}"#, nodes.join(","), zones.join(","));
    read(text.as_bytes()).design
}

fn tidied(design: Design) -> Editor {
    let mut editor = Editor::new(design);
    editor.act(Action::TidyUp);
    editor
}

fn at(editor: &Editor, node: &str) -> (f64, f64) {
    let n = editor.node(node).expect("the node");
    (n.x, n.y)
}

fn rects(editor: &Editor) -> Vec<Rect> {
    editor.design().nodes.iter().map(node_rect).collect()
}

#[test]
fn a_chain_becomes_a_straight_line() {
    let editor = tidied(design("u>b b>s s>d"));
    let (x, y) = at(&editor, "u");
    for (i, node) in ["b", "s", "d"].into_iter().enumerate() {
        assert_eq!(at(&editor, node), (x + 280.0 * (i + 1) as f64, y), "{node}");
    }
}

#[test]
fn what_fans_out_is_centred_on_what_it_comes_from() {
    let editor = tidied(design("u>b b>s1 b>s2 b>s3 s1>d s2>d s3>d"));
    let heights: Vec<f64> = ["s1", "s2", "s3"].map(|s| at(&editor, s).1).into();
    assert_eq!((heights[1] - heights[0], heights[2] - heights[1]), (140.0, 140.0));
    for node in ["u", "b", "d"] {
        assert_eq!(at(&editor, node).1, heights[1], "{node}");
    }
    assert_eq!(at(&editor, "s1").0, at(&editor, "s3").0);
}

#[test]
fn links_cross_as_little_as_they_have_to() {
    // Named so that the first order crosses everywhere.
    let editor = tidied(design("r>c r>b r>a a>x c>z b>y x>p y>q z>s"));
    let below = |a: &str, b: &str| at(&editor, a).1 < at(&editor, b).1;
    assert_eq!(below("a", "b"), below("x", "y"));
    assert_eq!(below("a", "c"), below("x", "z"));
    assert_eq!(below("x", "y"), below("p", "q"));
    assert_eq!(below("y", "z"), below("q", "s"));
}

#[test]
fn a_long_link_has_room_to_pass() {
    let editor = tidied(design("u>a a>b b>d u>d"));
    let route = editor.route_of("l3").expect("a route");
    let boxes = rects(&editor);
    for i in 0..=100 {
        let p = route.point_at(f64::from(i) / 100.0);
        assert!(boxes.iter().all(|r| !r.grown(-3.0).contains(p)), "{p:?}");
    }
}

#[test]
fn a_source_stands_right_before_what_it_calls() {
    let editor = tidied(design("u>a a>b b>c late>c"));
    assert_eq!(at(&editor, "late").0, at(&editor, "b").0);
}

#[test]
fn it_is_one_step_and_undo_puts_everything_back() {
    let mut h = Hands::new();
    let before = h.editor.design().clone();
    h.with(SHIFT).key("T");
    assert!(h.effects.contains(&Effect::Rearranged), "the screen shows how");
    assert_eq!(h.steps(), ["design.tidy"]);
    assert_ne!(*h.editor.design(), before);
    h.act(Action::Undo);
    assert_eq!(*h.editor.design(), before);
    assert!(h.effects.contains(&Effect::Rearranged));
}

#[test]
fn what_is_tidy_stays_as_it_is() {
    for words in ["u>b b>s s>d", "u>b b>s1 b>s2 s1>d s2>d", "u>a:z a>b:z b>c u>c", "a b c d e f g"] {
        let mut editor = tidied(design(words));
        let first = editor.design().clone();
        editor.act(Action::TidyUp);
        assert_eq!(*editor.design(), first, "{words}");
        assert_eq!(editor.steps().count(), 1, "nothing changed: no step");
    }
}

#[test]
fn zones_are_kept_together_and_hold_nobody_else() {
    let editor =
        tidied(design("u>b b>s1:east b>s2:east b>t1:west b>t2:west s1>c:east s2>c t1>e:west t2>e c>d e>d s1>e u>d"));
    let zones = editor.scene().zones;
    assert_eq!(zones.len(), 2);
    assert!(!zones[0].rect.overlaps(&zones[1].rect));
    for node in &editor.design().nodes {
        for zone in &zones {
            let member = node.zone.as_deref() == Some(zone.id.as_str());
            assert_eq!(node_rect(node).overlaps(&zone.rect), member, "{} in {}", node.id, zone.id);
        }
    }
}

#[test]
fn a_zone_of_equals_is_a_column() {
    let editor = tidied(design("u>b b>s1:z b>s2:z b>s3:z"));
    assert_eq!(at(&editor, "s1").0, at(&editor, "s3").0);
    assert_eq!(at(&editor, "b").1, at(&editor, "s2").1, "what calls them stands before their middle");
}

#[test]
fn notes_go_along_with_what_they_stand_beside() {
    let mut document = design("u>b b>s s>d");
    document.nodes[3].x = 2000.0;
    let note = r#"[{"id":"n","text":"Slow on purpose","x":2000,"y":130}]"#;
    document.notes = serde_json::from_str(note).expect("notes");
    let editor = tidied(document);
    let (x, y) = at(&editor, "d");
    let note = note_rect(&editor.design().notes[0]);
    assert!((note.x - x).abs() < 200.0 && (note.y - y).abs() < 300.0, "{note:?} beside {x}, {y}");
    assert!(rects(&editor).iter().all(|r| !r.overlaps(&note)));
}

#[test]
fn everything_stays_around_where_it_was_and_comes_into_view() {
    let mut h = Hands::new();
    let middle = |h: &Hands| h.editor.bounds().expect("components").center();
    let before = middle(&h);
    h.act(Action::TidyUp);
    assert!(middle(&h).distance(before) <= 20.0);
    let seen = h.editor.camera().visible(h.editor.view());
    assert!(rects(&h.editor).iter().all(|r| seen.touches(r)));
}

#[test]
fn a_circle_of_calls_is_laid_out_all_the_same() {
    let editor = tidied(design("a>b b>c c>a a>a c>d"));
    assert_eq!(overlapping(&editor), 0);
    assert!(at(&editor, "d").0 > at(&editor, "c").0);
}

fn overlapping(editor: &Editor) -> usize {
    let all = rects(editor);
    let pairs = all.iter().enumerate().flat_map(|(i, a)| all[i + 1..].iter().map(move |b| (a, b)));
    pairs.filter(|(a, b)| a.grown(9.0).overlaps(&b.grown(9.0))).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_design_comes_out_apart_and_from_left_to_right(
        links in prop::collection::vec((0usize..24, 0usize..24), 0..60),
        zoned in any::<bool>(),
        zones in prop::collection::vec(prop::option::of(0usize..4), 24),
    ) {
        let zones: Vec<_> = zones.into_iter().map(|z| z.filter(|_| zoned)).collect();
        let mut words = String::new();
        for (i, zone) in zones.iter().enumerate() {
            let _ = match zone {
                Some(zone) => write!(words, "n{i}:z{zone} "),
                None => write!(words, "n{i} "),
            };
        }
        for (a, b) in links.iter().filter(|(a, b)| a != b) {
            let _ = write!(words, "n{}>n{} ", a.min(b), a.max(b));
        }
        let editor = tidied(design(&words));
        prop_assert_eq!(overlapping(&editor), 0);
        for n in &editor.design().nodes {
            prop_assert_eq!((n.x % 20.0, n.y % 20.0), (editor.design().nodes[0].x % 20.0, editor.design().nodes[0].y % 20.0));
        }
        // Between zones calls may go both ways, and then one of them has to go back.
        for link in editor.design().links.iter().filter(|_| !zoned) {
            prop_assert!(at(&editor, &link.from).0 < at(&editor, &link.to).0, "{} to {}", link.from, link.to);
        }
        let frames = editor.scene().zones;
        for (i, a) in frames.iter().enumerate() {
            prop_assert!(frames[i + 1..].iter().all(|b| !a.rect.overlaps(&b.rect)));
            let strangers = editor.design().nodes.iter().filter(|n| n.zone.as_deref() != Some(a.id.as_str()));
            prop_assert!(strangers.map(node_rect).all(|r| !r.overlaps(&a.rect)));
        }
    }
}
