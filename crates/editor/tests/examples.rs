//! The example designs lie tidily: nothing covers anything else.

use backpressure_editor::{Editor, Point, Rect, node_rect, note_rect};
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
