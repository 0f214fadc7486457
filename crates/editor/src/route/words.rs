//! Where the words of links stand: beside their own course, on no component or note, nowhere a queue is drawn, and not on the
//! words of another link. A pure kernel.
//!
//! A place follows from boxes, courses and what the design says of a link, never from the figures of the moment: they change
//! ten times a second, and nothing jumps. Each link first gets the room for a rate, the nearest to where it likes to stand; what
//! finds none may displace others once. What is left over is shared out afterwards, for failures and faults.

use super::index::Index;
use super::shape::Route;
use crate::{Point, Rect};
use backpressure_sim::Link;
use std::borrow::Cow;
use std::collections::VecDeque;

/// Half the room that words may have, the widest first, world units: a rate and a share of failures, the one or the other with a
/// long name, a rate of any size, a short rate.
const WIDTHS: [f64; 5] = [62.0, 46.0, 36.0, RATE, 18.0];
const RATE: f64 = 26.0;
/// With so much of it words stay where they are best.
const ENOUGH: f64 = 46.0;
/// Half of what a circuit breaker's state takes, in its short form.
const BREAKER: f64 = 44.0;
/// Half of what the longest name gets.
const LONGEST_NAME: f64 = 100.0;
/// Between words and what is beside them, world units.
const APART: f64 = 3.0;
/// Where words are tried after the place that is theirs, as shares of the way.
const SHARES: [f64; 15] = [0.5, 0.35, 0.65, 0.25, 0.75, 0.15, 0.85, 0.43, 0.57, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
/// No place at all: an index keeps it for whoever has none.
const NOWHERE: Rect = Rect { x: f64::NAN, y: f64::NAN, w: 0.0, h: 0.0 };

/// A letter takes this much on average, world units; in the bold letters of names and badges; and the shape and the ends of a badge.
const LETTER: f64 = 6.2;
const BOLD_LETTER: f64 = 7.4;
const BADGE: f64 = 22.0;
/// Fewer letters of a name say nothing.
const SHORTEST_CUT: usize = 4;

impl Route {
    /// Is there room for these figures?
    pub fn fits(&self, words: &str) -> bool {
        words.chars().count() as f64 * LETTER <= self.label_room
    }

    /// A name as it stands there: all of it, its beginning, or nothing.
    pub fn cut<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let letters = (self.label_room / BOLD_LETTER) as usize;
        if name.chars().count() <= letters {
            Cow::Borrowed(name)
        } else if letters < SHORTEST_CUT {
            Cow::Borrowed("")
        } else {
            Cow::Owned(name.chars().take(letters - 1).chain(['…']).collect())
        }
    }

    /// Is there room for these words on a badge?
    pub fn fits_badge(&self, words: &str) -> bool {
        words.len() as f64 * BOLD_LETTER + BADGE <= self.label_room
    }
}

/// What a link has to say at any time, as far as its design tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Words {
    /// Half the width of its name; none without a name.
    name: f64,
    /// Does a badge show the state of its circuit breaker?
    breaker: bool,
}

impl Words {
    pub fn of(link: &Link) -> Self {
        let letters = link.name.trim().chars().count() as f64;
        let breaker = link.params.get("calls").and_then(|calls| calls.get("breaker"));
        Self {
            name: (letters * BOLD_LETTER / 2.0).min(LONGEST_NAME),
            breaker: breaker.is_some_and(|breaker| !breaker.is_null()),
        }
    }

    /// Half of what all of it takes beside a rate of any size.
    fn needs(&self) -> f64 {
        RATE.max(self.name).max(if self.breaker { BREAKER } else { 0.0 })
    }

    /// Half of what it takes at most.
    fn wishes(&self) -> f64 {
        WIDTHS[0].max(self.needs())
    }

    /// Half the room for words of a usual width, where so much is free on either side.
    fn half(&self, free: f64) -> f64 {
        let usual = WIDTHS.into_iter().find(|half| *half <= free).unwrap_or(0.0);
        if self.needs() <= free { usual.max(self.needs()) } else { usual }
    }

    /// What they cover, if they stand at a point of the course: the figures below it, a name or a badge across it, a badge below a
    /// name below the figures.
    fn area(&self, at: Point, half: f64) -> Rect {
        let (above, below) = match (self.name > 0.0, self.breaker) {
            (false, false) => (-8.0, 23.0),
            (true, false) => (5.0, 23.0),
            (false, true) => (11.0, 23.0),
            (true, true) => (5.0, 42.0),
        };
        Rect::between(at - Point::new(half, above), at + Point::new(half, below))
    }
}

/// Where words may stand on a course, the best first: at their own share of the way, then elsewhere.
pub(super) fn spots(route: &Route, first: f64) -> Vec<Point> {
    let mut shares = [first; SHARES.len() + 1];
    shares[1..].copy_from_slice(&SHARES);
    route.points_at(shares).into()
}

/// A link whose words ask for a place.
pub(super) struct Asking<'a> {
    /// Its place in the design.
    pub link: usize,
    /// Where on its course they may stand, the best first.
    pub spots: &'a [Point],
    pub words: Words,
    /// The component called.
    pub called: usize,
}

/// A place on the course, and half the room there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seat {
    pub at: Point,
    pub half: f64,
}

/// What is taken: by queues, in the order of the components, and by words, in the order of the links.
#[derive(Debug, Default)]
pub(super) struct Taken {
    queues: Index,
    words: Index,
}

impl Taken {
    /// Forgets everything; there may be other parts now.
    pub fn clear(&mut self, nodes: usize, links: usize) {
        (self.queues, self.words) = (Index::new(vec![NOWHERE; nodes]), Index::new(vec![NOWHERE; links]));
    }

    /// Is this what it knows of?
    pub fn knows(&self, nodes: usize, links: usize) -> bool {
        self.queues.boxes().len() == nodes && self.words.boxes().len() == links
    }

    /// Those who wait before a component are drawn here.
    pub fn queue(&mut self, node: usize, area: Option<Rect>) {
        self.queues.set(node, area.unwrap_or(NOWHERE));
    }

    /// How wide those who wait before a component are drawn at most.
    pub fn room_before(&self, node: usize) -> f64 {
        self.queues.boxes().get(node).map_or(0.0, |queue| queue.w)
    }

    /// Seats for the words of these links, in the order of the design, beside what else is taken.
    pub fn seat(&mut self, boxes: &Index, asking: &[Asking]) -> Vec<Seat> {
        for asked in asking {
            self.words.set(asked.link, NOWHERE);
        }
        let mut seats = vec![Seat::default(); asking.len()];
        self.seat_first(boxes, asking, &mut seats);
        self.share_out(boxes, asking, &mut seats);
        seats
    }

    /// A seat for each, no wider than what it needs.
    fn seat_first(&mut self, boxes: &Index, asking: &[Asking], seats: &mut [Seat]) {
        let mut found = Vec::new();
        let mut due: VecDeque<usize> = (0..asking.len()).collect();
        let mut pushed = vec![false; asking.len()];
        while let Some(i) = due.pop_front() {
            let asked = &asking[i];
            let (mut seat, alone) = self.choose(boxes, asked, &mut found);
            if seat.half < RATE && alone.half > seat.half && !pushed[i] {
                pushed[i] = true;
                let mine = Seat { half: alone.half.min(RATE), ..alone };
                self.words.within(&asked.words.area(mine.at, mine.half + APART), &mut found);
                // Whoever once pushed others aside stays.
                let others = found.iter().map(|link| {
                    let at = asking.binary_search_by_key(&(*link as usize), |a| a.link).ok()?;
                    (!pushed[at]).then_some(at)
                });
                if let Some(others) = others.collect::<Option<Vec<usize>>>() {
                    for at in others {
                        self.words.set(asking[at].link, NOWHERE);
                        due.push_back(at);
                    }
                    seat = mine;
                }
            }
            seat.half = seat.half.min(asked.words.needs());
            self.take(asked, seat);
            seats[i] = seat;
        }
    }

    /// What is left over, to all alike first.
    fn share_out(&mut self, boxes: &Index, asking: &[Asking], seats: &mut [Seat]) {
        let mut found = Vec::new();
        for most in [ENOUGH, f64::INFINITY] {
            for (asked, seat) in asking.iter().zip(&mut *seats).filter(|(_, seat)| seat.half > 0.0) {
                let most = most.max(asked.words.needs());
                if seat.half < most.min(asked.words.wishes()) {
                    let free = self.free_of_parts(boxes, asked, seat.at, &mut found).min(most);
                    let half = asked.words.half(free.min(self.free_of_words(asked, seat.at, &mut found)));
                    if half > seat.half {
                        seat.half = half;
                        self.take(asked, *seat);
                    }
                }
            }
        }
    }

    fn take(&mut self, asked: &Asking, seat: Seat) {
        let area = if seat.half > 0.0 { asked.words.area(seat.at, seat.half) } else { NOWHERE };
        self.words.set(asked.link, area);
    }

    /// The best seat beside the words of others, and what it would be if these made way.
    fn choose(&self, boxes: &Index, asked: &Asking, found: &mut Vec<u32>) -> (Seat, Seat) {
        let mut best = Seat { at: asked.spots.first().copied().unwrap_or_default(), half: 0.0 };
        let mut alone = best;
        for &at in asked.spots {
            let free = self.free_of_parts(boxes, asked, at, found);
            let half = asked.words.half(free);
            if half > alone.half {
                alone = Seat { at, half };
            }
            if half > best.half {
                let half = asked.words.half(free.min(self.free_of_words(asked, at, found)));
                if half > best.half {
                    best = Seat { at, half };
                }
            }
            if best.half >= ENOUGH.max(asked.words.needs()) {
                break;
            }
        }
        (best, alone)
    }

    /// How far it is on either side of a point to what is no words.
    fn free_of_parts(&self, boxes: &Index, asked: &Asking, at: Point, found: &mut Vec<u32>) -> f64 {
        free_of(boxes, asked, at, None, found).min(free_of(&self.queues, asked, at, None, found))
    }

    /// … and to the words of others.
    fn free_of_words(&self, asked: &Asking, at: Point, found: &mut Vec<u32>) -> f64 {
        free_of(&self.words, asked, at, Some(asked.link), found)
    }
}

/// How far it is from a point, on the nearer side, to what lies beside words there; at most what they wish for.
fn free_of(index: &Index, asked: &Asking, at: Point, but: Option<usize>, found: &mut Vec<u32>) -> f64 {
    let wishes = asked.words.wishes();
    index.within(&asked.words.area(at, wishes + APART), found);
    let others = found.iter().map(|place| *place as usize).filter(|place| Some(*place) != but);
    others.map(|place| beside(&index.boxes()[place], at.x)).fold(wishes, f64::min)
}

fn beside(area: &Rect, x: f64) -> f64 {
    ((area.x - x).max(x - area.right()) - APART).max(0.0)
}
