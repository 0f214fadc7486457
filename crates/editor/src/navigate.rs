//! Walking the diagram by keyboard: reading order, along links.

use crate::document::NOWHERE;
use crate::geometry::node_corner;
use crate::rules::{capitalised, count, title};
use crate::{Editor, Effect, NODE_HEIGHT, Point, node_rect};

impl Editor {
    /// Positions of the nodes in reading order: columns from left to right, each from top to bottom.
    pub(crate) fn reading_order(&self) -> Vec<usize> {
        let nodes = &self.design().nodes;
        let key = |i: &usize| nodes.get(*i).map_or(Point::default(), node_corner);
        let mut order: Vec<usize> = (0..nodes.len()).collect();
        order.sort_by(|a, b| key(a).x.total_cmp(&key(b).x).then(key(a).y.total_cmp(&key(b).y)));
        // Nodes whose left edges are within half a node's height of the column's first stand in that column.
        let mut start = 0;
        while start < order.len() {
            let left = key(&order[start]).x;
            let len = order[start..].iter().take_while(|i| key(i).x - left < NODE_HEIGHT / 2.0).count();
            order[start..start + len].sort_by(|a, b| key(a).y.total_cmp(&key(b).y).then(a.cmp(b)));
            start += len;
        }
        order
    }

    /// Give a node the focus: bring it into view and say what it is.
    pub(crate) fn focus(&mut self, at: usize) {
        let Some(node) = self.design().nodes.get(at) else { return };
        let (id, rect) = (node.id.clone(), node_rect(node));
        let order = self.reading_order();
        let place = order.iter().position(|&i| i == at).unwrap_or(0) + 1;
        let calls = self.doc().ends().iter().filter(|[from, _]| *from == at).count();
        let called = self.doc().ends().iter().filter(|[_, to]| *to == at).count();
        let mut words = format!("{}, {place} of {}", capitalised(&title(node)), order.len());
        if called > 0 {
            words += &format!(", called over {}", count(called, "link"));
        }
        if calls > 0 {
            words += &format!(", calls over {}", count(calls, "link"));
        }
        if self.selection.has_node(&id) {
            words += ", selected";
        }
        self.focused = Some(id.clone());
        self.reveal(rect);
        self.redraw();
        self.emit(Effect::Focused { node: id, bounds: rect });
        self.announce(words);
    }

    /// Where the keyboard is: the focused node, or the one selected last.
    pub(crate) fn here(&self) -> Option<usize> {
        let id = self.focused.as_ref().or(self.selection.nodes.last())?;
        self.doc().node_at(id)
    }

    /// The next or previous node in reading order. Past the ends the focus leaves the canvas: nothing happens, so that
    /// the browser moves it on.
    pub(crate) fn walk(&mut self, back: bool) {
        let order = self.reading_order();
        let here = self.here().and_then(|at| order.iter().position(|&i| i == at));
        let next = match (here, back) {
            (None, false) => Some(0),
            (None, true) => order.len().checked_sub(1),
            (Some(i), false) => Some(i + 1),
            (Some(i), true) => i.checked_sub(1),
        };
        match next.and_then(|i| order.get(i)) {
            Some(&at) => self.focus(at),
            None if self.focused.take().is_some() => self.out.leave = true,
            None => {}
        }
    }

    /// Along a link: the linked node that lies most nearly in this direction.
    pub(crate) fn walk_links(&mut self, direction: Point) {
        let Some(at) = self.here() else { return };
        let nodes = &self.design().nodes;
        let home = node_rect(&nodes[at]).center();
        let neighbours = self.doc().ends().iter().filter_map(|&[from, to]| match at {
            _ if from == to || from == NOWHERE || to == NOWHERE => None,
            _ if at == from => Some(to),
            _ if at == to => Some(from),
            _ => None,
        });
        let best = neighbours
            .filter_map(|i| {
                let way = node_rect(nodes.get(i)?).center() - home;
                let along = way.x * direction.x + way.y * direction.y;
                let aside = (way.x * direction.y - way.y * direction.x).abs();
                // Sideways costs double: of two, the straighter one.
                (along > 0.0).then_some((along + 2.0 * aside, i))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((_, i)) => self.focus(i),
            None => self.announce("No linked component that way"),
        }
    }
}
