//! The example designs lie tidily: nothing covers anything else, links run between the cards, and all of it opens near enough to
//! be read.

use backpressure_editor::{Action, Editor, Input, Point, Rect, node_rect, note_rect};
use backpressure_sim::Design;
use std::path::Path;

fn examples() -> Vec<(String, Editor)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/presets");
    let files = std::fs::read_dir(folder).expect("the examples");
    let read = |path: &Path| {
        let design: Design = serde_json::from_slice(&std::fs::read(path).expect("an example")).expect("a design");
        (path.display().to_string(), Editor::new(design))
    };
    files.map(|f| read(&f.expect("an example").path())).collect()
}

#[test]
fn frames_of_zones_components_and_notes_do_not_cover_each_other() {
    let examples = examples();
    assert!(examples.len() > 50);
    for (name, editor) in &examples {
        let design = editor.design();
        let rects: Vec<_> = design.nodes.iter().map(node_rect).chain(design.notes.iter().map(note_rect)).collect();
        for (i, a) in rects.iter().enumerate() {
            assert!(rects[i + 1..].iter().all(|b| !a.overlaps(b)), "{name}: something covers another at {a:?}");
        }
        let zones = editor.scene().zones;
        for (i, zone) in zones.iter().enumerate() {
            assert!(zones[i + 1..].iter().all(|b| !zone.rect.overlaps(&b.rect)), "{name}: zones overlap");
            let strangers = design.nodes.iter().filter(|n| n.zone.as_deref() != Some(&zone.id));
            assert!(strangers.map(node_rect).all(|r| !r.overlaps(&zone.rect)), "{name}: a stranger in {}", zone.id);
        }
    }
}

/// What a link says of itself below its course: one line of figures, as wide as it may be.
fn words(editor: &Editor, link: usize) -> Option<Rect> {
    let route = editor.routes().route(link)?.clone();
    let (at, half) = (route.label_at, route.label_room / 2.0);
    (half > 0.0).then(|| Rect::between(at + Point::new(-half, 8.0), at + Point::new(half, 23.0)))
}

/// Where those who wait before a component are drawn, if there are many of them.
fn queue(editor: &Editor, node: usize) -> Rect {
    let (rect, wide) = (node_rect(&editor.design().nodes[node]), editor.routes().room_before(node));
    Rect { x: rect.x - 10.0 - wide, y: rect.y + 18.0, w: wide, h: 22.0 }
}

#[test]
fn words_of_links_meet_no_other_words_no_component_no_note_and_no_queue() {
    let (mut met, mut mute, mut all) = (Vec::new(), Vec::new(), 0);
    for (name, editor) in &examples() {
        let design = editor.design();
        let words: Vec<_> = (0..design.links.len()).map(|i| words(editor, i)).collect();
        let called = |id: &str| design.links.iter().any(|l| l.to == id);
        let queues = design.nodes.iter().enumerate().filter(|(_, n)| called(&n.id)).map(|(i, _)| queue(editor, i));
        let parts = design.nodes.iter().map(node_rect).chain(design.notes.iter().map(note_rect)).chain(queues);
        let parts: Vec<_> = parts.collect();
        for (i, (link, rect)) in design.links.iter().zip(&words).enumerate() {
            all += 1;
            let Some(rect) = rect else {
                mute.push(format!("{name}: {}", link.id));
                continue;
            };
            let others = words[i + 1..].iter().flatten();
            if let Some(other) = parts.iter().chain(others).find(|other| other.overlaps(rect)) {
                met.push(format!("{name}: {} at {rect:?} meets {other:?}", link.id));
            }
        }
    }
    assert!(all > 300);
    assert!(met.is_empty(), "{}", met.join("\n"));
    assert!(mute.is_empty(), "no room for the figures of\n{}", mute.join("\n"));
}

/// The canvas of a window of 1440 × 900 as the page opens, with palette, inspector and panel, and what its bars cover, CSS px.
const CANVAS: Point = Point { x: 962.0, y: 516.0 };
const BARS: f64 = 63.0;
/// How near an example opens at least, and those that have too many components for that.
const NEAR: f64 = 0.75;
const MANY: &[(&str, f64)] =
    &[("web-application", 0.65), ("scatter-gather", 0.7), ("three-tier", 0.7), ("slow-start", 0.7)];

#[test]
fn each_opens_near_enough_to_be_read() {
    for (name, mut editor) in examples() {
        editor.set_covered(BARS, Point::default());
        editor.handle(Input::Resize { width: CANVAS.x, height: CANVAS.y });
        editor.act(Action::FitAll);
        let least =
            MANY.iter().find(|(many, _)| name.ends_with(&format!("/{many}.json"))).map_or(NEAR, |(_, near)| *near);
        let zoom = editor.camera().zoom;
        assert!(zoom >= least, "{name} opens at {zoom:.2}");
    }
}

/// What a figure like "1800/s" takes on a link, world units.
const FIGURE: f64 = 36.0;

#[test]
fn links_run_over_no_component_and_have_room_for_figures() {
    for (name, editor) in examples() {
        let (design, routes) = (editor.design(), editor.routes());
        for (i, link) in design.links.iter().enumerate() {
            let route = routes.route(i).expect("a route");
            let cards = || design.nodes.iter().map(|n| node_rect(n).grown(-3.0));
            let over =
                (0..=100).map(|i| route.point_at(f64::from(i) / 100.0)).find(|p| cards().any(|r| r.contains(*p)));
            assert_eq!(over, None, "{name}: {} runs over a component", link.id);
            assert!(route.label_room >= FIGURE, "{name}: {} has no room for figures", link.id);
        }
    }
}
