//! Walking the diagram by keyboard: reading order, along links.

use crate::document::NOWHERE;
use crate::geometry::note_rect;
use crate::rules::{capitalised, count, title, zone_title};
use crate::{Editor, Effect, NODE_HEIGHT, Part, Point, Rect, Selection, node_rect, zone_frames};

/// Where the focus can stand, by position in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Node(usize),
    Zone(usize),
    Note(usize),
}

impl Editor {
    /// The stops in reading order: columns from left to right, each from top to bottom, a zone before its members.
    fn stops(&self) -> Vec<(Stop, Rect)> {
        let design = self.design();
        let nodes = design.nodes.iter().enumerate().map(|(i, n)| (Stop::Node(i), node_rect(n)));
        let notes = design.notes.iter().enumerate().map(|(i, n)| (Stop::Note(i), note_rect(n)));
        let zones = zone_frames(design, |_, n| (node_rect(n), n.zone.as_deref()));
        let mut stops: Vec<(Stop, Rect)> =
            zones.into_iter().map(|(i, rect)| (Stop::Zone(i), rect)).chain(nodes).chain(notes).collect();
        stops.sort_by(|(_, a), (_, b)| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        // What has its left edge within half a node's height of the column's first stands in that column.
        let mut start = 0;
        while start < stops.len() {
            let left = stops[start].1.x;
            let len = stops[start..].iter().take_while(|(_, r)| r.x - left < NODE_HEIGHT / 2.0).count();
            stops[start..start + len].sort_by(|(_, a), (_, b)| a.y.total_cmp(&b.y));
            start += len;
        }
        stops
    }

    /// The part at a stop.
    fn part_at(&self, stop: Stop) -> Option<Part> {
        let design = self.design();
        Some(match stop {
            Stop::Node(i) => Part::Node(design.nodes.get(i)?.id.clone()),
            Stop::Zone(i) => Part::Zone(design.zones.get(i)?.id.clone()),
            Stop::Note(i) => Part::Note(design.notes.get(i)?.id.clone()),
        })
    }

    /// Give a stop the focus: bring it into view and say what it is.
    pub(crate) fn focus(&mut self, stop: Stop) {
        let stops = self.stops();
        let Some(place) = stops.iter().position(|(s, _)| *s == stop) else { return };
        let Some(part) = self.part_at(stop) else { return };
        let rect = stops[place].1;
        let words = self.words_of(stop, place + 1, stops.len());
        self.focused = Some(part.clone());
        self.reveal(rect);
        self.redraw();
        self.emit(Effect::Focused { part, bounds: rect });
        self.announce(words);
        self.aim_by_focus();
    }

    fn words_of(&self, stop: Stop, place: usize, of: usize) -> String {
        let design = self.design();
        match stop {
            Stop::Node(at) => {
                let node = &design.nodes[at];
                let mut words = format!("{}, {place} of {of}", capitalised(&title(node)));
                let calls = self.doc().ends().iter().filter(|[from, _]| *from == at).count();
                let called = self.doc().ends().iter().filter(|[_, to]| *to == at).count();
                if called > 0 {
                    words += &format!(", called over {}", count(called, "link"));
                }
                if calls > 0 {
                    words += &format!(", calls over {}", count(calls, "link"));
                }
                if let Some(zone) = node.zone.as_deref().and_then(|z| design.zone(z)) {
                    words += &format!(", in {}", zone_title(zone));
                }
                if self.selection.has_node(&node.id) {
                    words += ", selected";
                }
                words
            }
            Stop::Zone(at) => {
                let zone = &design.zones[at];
                let members = self.zone_members(&zone.id).len();
                format!("Zone {}, {place} of {of}, {}", zone_title(zone), count(members, "component"))
            }
            Stop::Note(at) => format!("Note, {place} of {of}: {}", design.notes[at].text),
        }
    }

    /// Where the keyboard is: what has the focus, or the component selected last.
    fn here(&self) -> Option<Stop> {
        let doc = self.doc();
        match &self.focused {
            Some(Part::Node(id)) => doc.node_at(id).map(Stop::Node),
            Some(Part::Zone(id)) => doc.zone_at(id).map(Stop::Zone),
            Some(Part::Note(id)) => doc.note_at(id).map(Stop::Note),
            Some(Part::Link(_)) | None => match (self.selection.nodes.last(), self.selection.notes.last()) {
                (Some(id), _) => doc.node_at(id).map(Stop::Node),
                (None, id) => doc.note_at(id?).map(Stop::Note),
            },
        }
    }

    /// The component where the keyboard is.
    pub(crate) fn here_node(&self) -> Option<usize> {
        match self.here()? {
            Stop::Node(at) => Some(at),
            Stop::Zone(_) | Stop::Note(_) => None,
        }
    }

    /// The next or previous stop in reading order. Past the ends the focus leaves the canvas: nothing happens, so that
    /// the browser moves it on.
    pub(crate) fn walk(&mut self, back: bool) {
        let stops = self.stops();
        let here = self.here().and_then(|at| stops.iter().position(|(stop, _)| *stop == at));
        let next = match (here, back) {
            (None, false) => Some(0),
            (None, true) => stops.len().checked_sub(1),
            (Some(i), false) => Some(i + 1),
            (Some(i), true) => i.checked_sub(1),
        };
        // While a link waits for its other end, the way goes round: leaving would be of no use.
        let next = if self.link_waits() {
            next.map(|i| i % stops.len().max(1)).or_else(|| stops.len().checked_sub(1))
        } else {
            next
        };
        match next.and_then(|i| stops.get(i)) {
            Some(&(stop, _)) => self.focus(stop),
            None if self.focused.take().is_some() => self.out.leave = true,
            None => {}
        }
    }

    /// Along a link: to the linked component that lies most nearly in this direction.
    pub(crate) fn walk_links(&mut self, direction: Point) {
        match self.link_towards(direction) {
            Some((_, node)) => self.focus(Stop::Node(node)),
            None if self.here_node().is_some() => self.announce("No linked component that way"),
            None => {}
        }
    }

    /// Select the link that leads most nearly in this direction: by keyboard it can be labelled, edited and deleted.
    pub(crate) fn select_link_towards(&mut self, direction: Point) {
        let Some((link, _)) = self.link_towards(direction) else { return self.announce("No link that way") };
        let link = &self.design().links[link];
        let name = |id: &str| self.node(id).map(title).unwrap_or_default();
        let said = format!("Selected the link from {} to {}", name(&link.from), name(&link.to));
        self.select(Selection::of_link(link.id.clone()));
        self.announce(said);
    }

    /// The link at the component where the keyboard is that leads most nearly in this direction, and its other end.
    fn link_towards(&self, direction: Point) -> Option<(usize, usize)> {
        let at = self.here_node()?;
        let neighbours = self.doc().ends().iter().enumerate().filter_map(|(link, &[from, to])| match at {
            _ if from == to || from == NOWHERE || to == NOWHERE => None,
            _ if at == from => Some((link, to)),
            _ if at == to => Some((link, from)),
            _ => None,
        });
        self.nearest_towards(at, direction, neighbours.map(|(link, node)| (node, (link, node))))
    }

    /// Of components, each with something to say of it, what is said of the one that lies most nearly in this direction from
    /// another.
    pub(crate) fn nearest_towards<T>(
        &self,
        from: usize,
        direction: Point,
        nodes: impl Iterator<Item = (usize, T)>,
    ) -> Option<T> {
        let middle = |at: usize| self.design().nodes.get(at).map(|node| node_rect(node).center());
        let home = middle(from)?;
        let found = nodes.filter_map(|(at, found)| {
            let way = middle(at)? - home;
            let along = way.x * direction.x + way.y * direction.y;
            let aside = (way.x * direction.y - way.y * direction.x).abs();
            // Sideways costs double: of two, the straighter one.
            (along > 0.0).then_some((along + 2.0 * aside, found))
        });
        found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, found)| found)
    }
}
