//! The example designs lie tidily: nothing covers anything else.

use backpressure_editor::{Editor, node_rect, note_rect};
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
