//! Adding components, connected in the way that makes sense.

use super::connect::link;
use super::named;
use crate::geometry::{NODE_HEIGHT, NODE_WIDTH, WORLD_LIMIT, node_corner};
use crate::history::Origin;
use crate::ops::Piece;
use crate::placement::{Namer, ROW, Space, beside};
use crate::rules::{self, MAX_NODES, title, unused};
use crate::transaction::Transaction;
use crate::{Editor, Point, Selection, Side, node_rect, zone_frames};
use backpressure_sim::Node;

impl Editor {
    /// A component at a point, or near the selection and connected if that may be.
    pub(super) fn add_node(&mut self, kind: &str, at: Option<Point>) {
        let corner = at.map(|p| self.on_grid(centred(p.within(WORLD_LIMIT))));
        let near = match corner {
            None => self.lone_node(),
            Some(_) => None,
        };
        let middle = centred(self.camera.to_world(self.free_middle())).snapped();
        let mut said = String::new();
        self.change(Origin::Add, None, |tx| {
            let Some(near) = near else {
                let at = corner.unwrap_or_else(|| Space::new(tx.doc()).near(middle));
                let id = insert(tx, kind, at)?;
                join_zone(tx, &id);
                said = format!("Added {}", named(tx.doc(), &id));
                return Ok(Some(Selection::of_node(id)));
            };
            let (id, words) = add_beside(tx, kind, near)?;
            said = words;
            Ok(Some(Selection::of_node(id)))
        });
        self.after_add(said);
    }

    /// A component and a link between it and `anchor`: from the anchor for `Out`, to it for `In`.
    pub(super) fn add_linked(&mut self, kind: &str, anchor: &str, side: Side, at: Option<Point>) {
        // The port is where the link was dropped.
        let corner = at.map(|p| p.within(WORLD_LIMIT)).map(|p| {
            let left = if side == Side::Out { p.x } else { p.x - NODE_WIDTH };
            self.on_grid(Point::new(left, p.y - NODE_HEIGHT / 2.0))
        });
        let mut said = String::new();
        self.change(Origin::Add, None, |tx| {
            let near = tx.doc().node_at(anchor).ok_or("The component to connect is gone")?;
            let corner = match corner {
                Some(corner) => Space::new(tx.doc()).below(corner),
                None => beside(tx.doc(), near, side),
            };
            let id = insert(tx, kind, corner)?;
            join_zone(tx, &id);
            let (from, to) = if side == Side::Out { (anchor, id.as_str()) } else { (id.as_str(), anchor) };
            link(tx, from, to)?;
            let word = if side == Side::Out { "from" } else { "to" };
            said = format!("Added {}, connected {word} {}", named(tx.doc(), &id), named(tx.doc(), anchor));
            Ok(Some(Selection::of_node(id)))
        });
        self.after_add(said);
    }

    fn after_add(&mut self, said: String) {
        if said.is_empty() {
            return;
        }
        self.focused = None;
        let added = self.selection.nodes.first().and_then(|id| self.doc().node(id)).map(crate::node_rect);
        if let Some(rect) = added {
            self.show_added(rect);
        }
        self.announce(said);
    }

    /// The one node that new things refer to: the only one selected, else the focused one.
    pub(crate) fn lone_node(&self) -> Option<usize> {
        match &self.selection.nodes[..] {
            [one] => self.doc().node_at(one),
            [] => self.doc().node_at(self.focused.as_ref()?.node()?),
            _ => None,
        }
    }
}

/// Top left of a node with its centre here.
fn centred(p: Point) -> Point {
    Point::new(p.x - NODE_WIDTH / 2.0, p.y - NODE_HEIGHT / 2.0)
}

/// Append a component of this kind, with a free id and a name that tells it from others of its kind.
fn insert(tx: &mut Transaction, kind: &str, at: Point) -> Result<String, String> {
    let design = tx.doc().design();
    if design.nodes.len() >= MAX_NODES {
        return Err(format!("A design holds at most {MAX_NODES} components"));
    }
    let name = unused(&rules::label(kind), design.nodes.iter().filter(|n| n.kind == kind).map(|n| n.name.as_str()));
    let id = Namer::new(tx.doc()).node(kind);
    let at = at.within(WORLD_LIMIT);
    tx.add_nodes(vec![Node { id: id.clone(), kind: kind.to_owned(), name, x: at.x, y: at.y, ..Node::default() }]);
    Ok(id)
}

/// What is put down inside the frame of a zone belongs to it.
fn join_zone(tx: &mut Transaction, id: &str) {
    let (doc, design) = (tx.doc(), tx.doc().design());
    let Some(place) = doc.node_at(id) else { return };
    let middle = node_rect(&design.nodes[place]).center();
    let frames = zone_frames(design, |_, n| (node_rect(n), n.zone.as_deref()));
    let inside = frames.into_iter().find(|(_, frame)| frame.contains(middle));
    if let Some(zone) = inside.and_then(|(i, _)| design.zones.get(i)).map(|z| z.id.clone()) {
        tx.set_zone(&[place], Some(&zone));
    }
}

/// Add a component beside the node at `near`, connected in the way that makes sense; returns its id and the words.
fn add_beside(tx: &mut Transaction, kind: &str, near: usize) -> Result<(String, String), String> {
    let home = tx.doc().design().nodes[near].clone();
    // Another of a balanced kind is its sibling, not its servant.
    let balancer = (home.kind == kind)
        .then(|| {
            let mut callers = tx.doc().ends().iter().filter(|[_, to]| *to == near).map(|[from, _]| *from);
            callers.find(|&i| tx.doc().design().nodes.get(i).is_some_and(|n| n.kind == "load_balancer"))
        })
        .flatten();
    if let Some(balancer) = balancer {
        let caller = tx.doc().design().nodes[balancer].id.clone();
        let at = Space::new(tx.doc()).below(node_corner(&home) + Point::new(0.0, ROW));
        let id = insert(tx, kind, at)?;
        // Where the one is, the other is as well.
        if let (Some(zone), Some(place)) = (&home.zone, tx.doc().node_at(&id)) {
            tx.set_zone(&[place], Some(zone));
        }
        link(tx, &caller, &id)?;
        let words = format!("Added {}, connected from {}", named(tx.doc(), &id), named(tx.doc(), &caller));
        return Ok((id, words));
    }
    let (right, left) = (beside(tx.doc(), near, Side::Out), beside(tx.doc(), near, Side::In));
    let below = Space::new(tx.doc()).below(node_corner(&home) + Point::new(0.0, ROW));
    let id = insert(tx, kind, right)?;
    if link(tx, &home.id, &id).is_ok() {
        let words = format!("Added {}, connected from {}", named(tx.doc(), &id), title(&home));
        return Ok((id, words));
    }
    let place = tx.doc().node_at(&id).unwrap_or(near);
    if link(tx, &id, &home.id).is_ok() {
        tx.move_to([(Piece::Node(place), left)]);
        let words = format!("Added {}, connected to {}", named(tx.doc(), &id), title(&home));
        return Ok((id, words));
    }
    tx.move_to([(Piece::Node(place), below)]);
    let words = format!("Added {}", named(tx.doc(), &id));
    Ok((id, words))
}
