//! A design as a small picture.

use backpressure_editor::{Rect, bounds, link_path, node_rect};
use backpressure_sim::Design;
use yew::prelude::*;

/// The picture: boxes and links as they lie on the canvas.
pub fn miniature(design: &Design) -> Html {
    let all = bounds(design.nodes.iter().map(node_rect)).unwrap_or(Rect { x: 0.0, y: 0.0, w: 400.0, h: 200.0 });
    // Two boxes are not blown up to fill the picture.
    let all = Rect { x: all.x - (700.0 - all.w).max(0.0) / 2.0, y: all.y, w: all.w.max(700.0), h: all.h };
    let margin = 30.0;
    let view = format!("{} {} {} {}", all.x - margin, all.y - margin, all.w + 2.0 * margin, all.h + 2.0 * margin);
    let links = design.links.iter().filter_map(|link| {
        let (from, to) = (node_rect(design.node(&link.from)?), node_rect(design.node(&link.to)?));
        let [a, b, c, d] = link_path(from, to);
        let path = format!("M{} {}C{} {} {} {} {} {}", a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y);
        Some(html! { <path key={link.id.clone()} class="miniature-link" d={path} /> })
    });
    let nodes = design.nodes.iter().map(|node| {
        let r = node_rect(node);
        html! {
            <rect key={node.id.clone()} class="miniature-node" x={r.x.to_string()} y={r.y.to_string()} width={r.w.to_string()} height={r.h.to_string()}
                  rx="18" style={crate::icons::colour(&node.kind)} />
        }
    });
    html! {
        <svg class="miniature" viewBox={view} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
            <g>{ for links }</g>
            <g>{ for nodes }</g>
        </svg>
    }
}
