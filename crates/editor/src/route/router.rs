//! What is known of all courses, and which of them a change concerns.

use super::index::Index;
use super::lanes::{Laned, spread};
use super::plan::{Plan, Task, influence, is_long, plan};
use super::shape::Route;
use super::words::{Asking, Taken, Words, spots};
use crate::document::NOWHERE;
use crate::path::link_path;
use crate::{Point, Rect, bounds};
use std::collections::HashMap;

/// While something is dragged, at most this many links are planned in a frame; beyond, they are plain curves until it
/// is let go.
const MOST_MOVING: usize = 250;
/// Those who wait before a component are drawn so far from it, and so high above its port, in a box of this size, world units.
const QUEUE_APART: f64 = 10.0;
const QUEUE_ABOVE: f64 = 32.0;
const QUEUE: Point = Point::new(165.0, 22.0);
/// Room for one who waits. With less nothing is drawn.
const ONE_WAITS: f64 = 22.0;

/// The courses of all links, in the order of the design.
#[derive(Debug, Default)]
pub struct Router {
    index: Index,
    /// Counts the documents seen; equal means equal parts.
    revision: Option<u64>,
    ids: HashMap<String, usize>,
    links: Vec<Known>,
    taken: Taken,
    /// Some links are plain curves only because there was no time.
    hasty: bool,
    /// Lanes and places for words were given out during a drag, among what lay there already.
    rough: bool,
}

/// What is known of one link.
#[derive(Clone, Debug)]
struct Known {
    ends: [usize; 2],
    plan: Plan,
    /// The same in its lanes, as it is drawn.
    spread: Plan,
    /// The boxes of its ends when it was planned.
    between: (Rect, Rect),
    route: Route,
    words: Words,
    /// Where they stand if nothing is in the way, as a share of the way.
    words_at: f64,
    /// The places on its course where they may stand, the best first.
    spots: Vec<Point>,
}

/// What the router has to know of a document and the gesture under way.
pub(crate) struct Picture<'a> {
    /// Counts changes of the document.
    pub revision: u64,
    /// Ids of the links, in order.
    pub ids: &'a mut dyn Iterator<Item = &'a str>,
    /// What the links have to say, in order.
    pub words: &'a mut dyn Iterator<Item = Words>,
    /// Ends of the links, as places in `boxes`.
    pub ends: &'a [[usize; 2]],
    /// Boxes of the nodes as they are drawn now, and after them those of the notes.
    pub boxes: Vec<Rect>,
    /// Is something being dragged?
    pub moving: bool,
}

impl Router {
    /// The course of the link at this place in the design; `None` if it has no two ends.
    pub fn route(&self, link: usize) -> Option<&Route> {
        self.links.get(link).filter(|k| k.is_whole()).map(|k| &k.route)
    }

    /// Brings everything in line with a picture.
    pub(crate) fn update(&mut self, picture: Picture) {
        let moving = picture.moving;
        let (dirty, relinked) =
            if self.revision == Some(picture.revision) && self.index.boxes().len() == picture.boxes.len() {
                (self.moved(&picture.boxes), false)
            } else {
                self.changed(picture)
            };
        if !dirty.is_empty() || relinked || ((self.hasty || self.rough) && !moving) {
            let due = self.plan_anew(&dirty, moving);
            let shaped = self.shape_anew(&due, moving);
            self.seat_words(&shaped, moving);
        }
    }

    /// Boxes before and after of what was moved.
    fn moved(&mut self, boxes: &[Rect]) -> Vec<Rect> {
        let mut dirty = Vec::new();
        for (place, rect) in boxes.iter().enumerate() {
            let old = self.index.boxes()[place];
            if old != *rect {
                dirty.extend([old, *rect]);
                self.index.set(place, *rect);
            }
        }
        dirty
    }

    /// Takes in another document. What is the same link between the same boxes keeps its course unless something changed
    /// in its area; returns the boxes that came, went or moved, and whether links did, or what they have to say.
    fn changed(&mut self, picture: Picture) -> (Vec<Rect>, bool) {
        let Picture { revision, ids, words, ends, boxes, .. } = picture;
        self.revision = Some(revision);
        let dirty = difference(self.index.boxes(), &boxes);
        self.index = Index::new(boxes);
        let old_ids = std::mem::take(&mut self.ids);
        let old = std::mem::take(&mut self.links);
        let mut relinked = old.len() != ends.len();
        let (mut calls, mut called) = (HashMap::new(), HashMap::new());
        for [from, to] in ends {
            *calls.entry(*from).or_insert(0_u32) += 1;
            *called.entry(*to).or_insert(0_u32) += 1;
        }
        for (i, ((id, words), &[from, to])) in ids.zip(words).zip(ends).enumerate() {
            self.ids.insert(id.to_owned(), i);
            // Where links fan out, words stand where they are apart.
            let words_at = match (calls.get(&from).copied().unwrap_or(0), called.get(&to).copied().unwrap_or(0)) {
                (out, into) if out > into => 0.72,
                (1, 1) => 0.5,
                _ => 0.28,
            };
            let known = old_ids.get(id).and_then(|&at| old.get(at)).filter(|k| k.is_whole() && k.words_at == words_at);
            relinked |= known.is_none_or(|k| k.ends != [from, to] || k.words != words);
            self.links.push(match known {
                Some(known) => Known { ends: [from, to], words, ..known.clone() },
                None => Known::nowhere([from, to], words, words_at),
            });
        }
        (dirty, relinked)
    }

    /// Plans the links that lie near what changed; says which.
    fn plan_anew(&mut self, dirty: &[Rect], moving: bool) -> Vec<usize> {
        let settle = self.hasty && !moving;
        let boxes = self.index.boxes();
        // Of much, the box around it says enough.
        let around: Vec<Rect> =
            if dirty.len() > 64 { bounds(dirty.iter().copied()).into_iter().collect() } else { dirty.to_vec() };
        let mut due: Vec<(usize, Rect, Rect)> = Vec::new();
        for (i, known) in self.links.iter().enumerate().filter(|(_, k)| k.is_whole()) {
            let (Some(&from), Some(&to)) = (boxes.get(known.ends[0]), boxes.get(known.ends[1])) else { continue };
            let near = influence(&from, &to);
            if settle || known.between != (from, to) || around.iter().any(|r| r.touches(&near)) {
                due.push((i, from, to));
            }
        }
        self.hasty = moving && due.len() > MOST_MOVING;
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for &(i, from, to) in &due {
            let known = &self.links[i];
            let plan = if self.hasty {
                // What did not move keeps its way for now.
                if known.between == (from, to) { known.plan } else { Plan::Plain }
            } else if is_long(&from, &to) {
                Plan::Plain
            } else {
                self.index.within(&influence(&from, &to), &mut found);
                others.clear();
                let places = found.iter().map(|p| *p as usize).filter(|p| !known.ends.contains(p));
                others.extend(places.map(|p| boxes[p]));
                plan(&Task { from, to, others: &others, fans_out: known.words_at > 0.5 })
            };
            let known = &mut self.links[i];
            (known.plan, known.between) = (plan, (from, to));
        }
        due.into_iter().map(|(i, ..)| i).collect()
    }

    /// Spreads the links into lanes, and shapes those that were planned anew or come to lie elsewhere. While something is
    /// dragged, links that were not planned anew stay in their lanes. Says which have another shape.
    fn shape_anew(&mut self, due: &[usize], moving: bool) -> Vec<usize> {
        let mut found = Vec::new();
        let mut is_due = vec![false; self.links.len()];
        due.iter().for_each(|&i| is_due[i] = true);
        let plans: Vec<Laned> = self
            .links
            .iter()
            .zip(&is_due)
            .map(|(known, due)| {
                let stays = moving && !due;
                let (from, to) = known.between;
                Laned { plan: if stays { known.spread } else { known.plan }, from, to, stays }
            })
            .collect();
        self.rough = moving;
        let spread = spread(&plans, &mut |area| {
            self.index.within(area, &mut found);
            found.is_empty()
        });
        let mut shaped = Vec::new();
        for ((i, plan), due) in spread.into_iter().enumerate().zip(is_due) {
            let known = &mut self.links[i];
            if known.is_whole() && (due || known.spread != plan) {
                known.route = Route::of_plan(&plan, &known.between.0, &known.between.1);
                known.spread = plan;
                known.spots = spots(&known.route, known.words_at);
                shaped.push(i);
            }
        }
        shaped
    }

    /// Seats the words of all links. While something is dragged, only of those that have another shape.
    fn seat_words(&mut self, shaped: &[usize], moving: bool) {
        let mut taken = std::mem::take(&mut self.taken);
        let (nodes, links) = (self.index.boxes().len(), self.links.len());
        let only = moving && taken.knows(nodes, links);
        if !only {
            taken.clear(nodes, links);
        }
        let all = (0..links).filter(|i| !only || shaped.binary_search(i).is_ok());
        let asking = all.map(|link| (link, &self.links[link])).filter(|(_, known)| known.is_whole());
        let asking: Vec<Asking> =
            asking.map(|(link, k)| Asking { link, spots: &k.spots, words: k.words, called: k.ends[1] }).collect();
        let mut found = Vec::new();
        for called in asking.iter().map(|asked| asked.called) {
            taken.queue(called, self.queue_before(called, &mut found));
        }
        let seats = taken.seat(&self.index, &asking);
        let places: Vec<usize> = asking.iter().map(|asked| asked.link).collect();
        for (link, seat) in places.into_iter().zip(seats) {
            let route = &mut self.links[link].route;
            (route.label_at, route.label_room) = (seat.at, 2.0 * seat.half);
        }
        self.taken = taken;
    }

    /// Where those who wait before a component are drawn without lying on another one, if there is room for any.
    fn queue_before(&self, place: usize, found: &mut Vec<u32>) -> Option<Rect> {
        let own = self.index.boxes().get(place)?;
        let area = queue_before(own, QUEUE.x);
        self.index.within(&area, found);
        let others = found.iter().filter(|p| **p as usize != place).filter_map(|p| self.index.boxes().get(*p as usize));
        let nearest = others.map(Rect::right).fold(f64::NEG_INFINITY, f64::max);
        // Beside it, not against it.
        let room = (area.right() - nearest - QUEUE_APART).min(QUEUE.x);
        (room >= ONE_WAITS).then(|| queue_before(own, room))
    }

    /// How wide the line of those who wait before a component may be drawn, world units; nobody waits before what is not called.
    /// `place` is the component's in the design.
    pub fn room_before(&self, place: usize) -> f64 {
        self.taken.room_before(place)
    }
}

/// Where those who wait before a component are drawn, in a line so wide.
fn queue_before(node: &Rect, wide: f64) -> Rect {
    Rect { x: node.x - QUEUE_APART - wide, y: node.y + node.h / 2.0 - QUEUE_ABOVE, w: wide, h: QUEUE.y }
}

impl Known {
    fn nowhere(ends: [usize; 2], words: Words, words_at: f64) -> Self {
        // No box is this one: the link is planned as soon as it is looked at.
        let none = Rect { x: f64::NAN, ..Rect::default() };
        let route = Route::of_curve(link_path(Rect::default(), Rect::default()));
        Self {
            ends,
            plan: Plan::Plain,
            spread: Plan::Plain,
            between: (none, none),
            route,
            words,
            words_at,
            spots: Vec::new(),
        }
    }

    /// Has it two ends?
    fn is_whole(&self) -> bool {
        self.ends[0] != NOWHERE && self.ends[1] != NOWHERE && self.ends[0] != self.ends[1]
    }
}

/// The boxes that are in one list and not in the other.
fn difference(a: &[Rect], b: &[Rect]) -> Vec<Rect> {
    let key = |r: &Rect| [r.x, r.y, r.w, r.h].map(f64::to_bits);
    let mut count: HashMap<[u64; 4], (i32, Rect)> = HashMap::new();
    for r in a {
        count.entry(key(r)).or_insert((0, *r)).0 -= 1;
    }
    for r in b {
        count.entry(key(r)).or_insert((0, *r)).0 += 1;
    }
    let mut different: Vec<Rect> = count.into_values().filter(|(n, _)| *n != 0).map(|(_, r)| r).collect();
    // Sets have no order; what follows must not depend on it.
    different.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    different
}
