//! Faults at work: when they begin and end, and what the engine does for every component alike. The rest is told to the
//! component (`on_fault`).

use super::calendar::Delay;
use super::call::{Event, NONE, Outcome, Reason, Stage, pack};
use super::rng::Stream;
use super::sampler::{LONGEST_NS, ns};
use super::simulation::Simulation;
use super::world::World;
use super::ziggurat::exponential;
use crate::design::{Direction, FaultParams, Schedule, Trouble};
use backpressure_pack::Pack;

/// Most instances of a component whose faults are told apart.
const MAX_INSTANCES: usize = 1000;

/// What a fault befalls.
#[derive(Clone, Debug, PartialEq, Pack)]
pub enum Victim {
    /// A component, by id.
    Node(String),
    /// A link, by id.
    Link(String),
    /// Every component of a zone, by the zone's id.
    Zone(String),
}

/// Faults of a run that are remembered at least, over or not.
const KEPT: usize = 64;

/// A fault of the design, or one injected by hand.
#[derive(Clone, Debug, Pack)]
pub(crate) struct FaultCore {
    pub id: String,
    pub victim: Victim,
    pub params: FaultParams,
    pub active: bool,
    /// Injected by hand: an edit of the design does not take it out.
    pub by_hand: bool,
    pub alive: bool,
    /// When it began and ended last, ns; 0 for never.
    pub began_at: u64,
    pub ended_at: u64,
    /// Times it began, and how long it lasted when it had ended, in all, ns.
    pub times: u32,
    pub lasted_ns: u64,
    epoch: u32,
    rng: Stream,
}

/// What is wrong with a component at this instant, over all active faults.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct Impairment {
    /// Is anything wrong that concerns arrivals? Looked at once per arrival.
    pub any: bool,
    pub down: bool,
    /// Numbers of instances that are down.
    pub instances_down: Vec<u16>,
    /// Nobody answers, not even with a refusal.
    pub silent: bool,
    /// Is work slow, everywhere or at some instances? Looked at once per piece of work.
    pub slows: bool,
    /// Work takes this many times as long; 0 stands for "as always".
    pub slow: f64,
    pub slow_instances: Vec<(u16, f64)>,
    pub error_rate: f64,
    /// No room on the disk: what keeps something there refuses to take more.
    pub disk_full: bool,
}

impl Impairment {
    pub fn is_down(&self, instance: u16) -> bool {
        self.down || self.instances_down.contains(&instance)
    }

    /// Work of `instance` takes this many times as long.
    pub fn slowness(&self, instance: u16) -> f64 {
        let all = if self.slow > 0.0 { self.slow } else { 1.0 };
        self.slow_instances.iter().filter(|(i, _)| *i == instance).fold(all, |f, (_, factor)| f * factor)
    }
}

/// What is wrong with a link at this instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pack)]
pub(crate) struct LinkImpairment {
    pub extra_ns: u64,
    /// Share lost, from calls and from replies.
    pub lost_calls: f64,
    pub lost_replies: f64,
}

impl Simulation {
    /// Takes over the faults of an edited design: those that did not change go on, new ones are scheduled, others end.
    pub(super) fn update_faults(&mut self, wanted: Vec<(String, Victim, FaultParams)>) {
        for f in 0..self.cx.world.faults.len() {
            let fault = &self.cx.world.faults[f];
            let kept = fault.by_hand
                || wanted.iter().any(|(id, v, p)| *id == fault.id && *v == fault.victim && *p == fault.params);
            if fault.alive && !kept {
                self.cx.world.faults[f].alive = false;
                self.end_fault(f as u32);
            }
        }
        for (id, victim, params) in wanted {
            if !self.cx.world.faults.iter().any(|f| f.alive && !f.by_hand && f.id == id) {
                let f = self.cx.world.add_fault(id, victim, params, false);
                self.cx.world.schedule_fault(f, true);
            }
        }
    }

    /// Makes something go wrong now, by hand, until `for_s` seconds have passed (`None`: until [`Simulation::heal`]).
    /// Nothing in the design changes. Returns the number to heal it by.
    pub fn inject(&mut self, victim: Victim, trouble: Trouble, for_s: Option<f64>) -> u32 {
        let schedule = Schedule::Once { at_s: self.cx.world.now as f64 / 1e9, for_s };
        let params = FaultParams { trouble, schedule, enabled: true };
        let number = self.cx.world.faults.len();
        let f = self.cx.world.add_fault(format!("by-hand-{number}"), victim, params, true);
        self.begin_fault(f);
        f
    }

    /// Ends a fault that was injected by hand.
    pub fn heal(&mut self, number: u32) {
        if let Some(fault) = self.cx.world.faults.get_mut(number as usize)
            && fault.by_hand
        {
            fault.alive = false;
            self.end_fault(number);
        }
    }

    /// Names of the faults active on the victims asked for.
    pub(crate) fn faults_on(&self, wanted: impl Fn(&Victim) -> bool) -> Vec<String> {
        let active = self.cx.world.faults.iter().filter(|f| f.active && wanted(&f.victim));
        active.map(|f| f.params.trouble.name().to_owned()).collect()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn on_fault_event(&mut self, f: u32, epoch: u32, begins: bool) {
        let fault = &self.cx.world.faults[f as usize];
        if !fault.alive || fault.epoch != epoch {
            return;
        }
        if begins {
            self.begin_fault(f);
        } else {
            self.end_fault(f);
            if matches!(self.cx.world.faults[f as usize].params.schedule, Schedule::Random { .. }) {
                self.cx.world.schedule_fault(f, true);
            }
        }
    }

    fn begin_fault(&mut self, f: u32) {
        let fault = &mut self.cx.world.faults[f as usize];
        (fault.active, fault.began_at) = (true, self.cx.world.now);
        fault.times += 1;
        let (trouble, victim) = (fault.params.trouble.clone(), fault.victim.clone());
        self.cx.world.schedule_fault(f, false);
        self.cx.world.impair();
        for n in self.cx.world.victims(&victim) {
            // The component first: it empties its pools, before the engine takes the calls away.
            let trouble = self.cx.world.as_it_befalls(n, &trouble);
            self.tell(n, &trouble, true);
            if let Trouble::Crash { instance, silent } = &trouble {
                self.cx.world.crash(n, *instance, *silent);
            }
        }
    }

    fn end_fault(&mut self, f: u32) {
        let fault = &mut self.cx.world.faults[f as usize];
        fault.epoch = (fault.epoch + 1) & super::call::GENERATION_MASK;
        if !std::mem::replace(&mut fault.active, false) {
            return;
        }
        fault.ended_at = self.cx.world.now;
        fault.lasted_ns += fault.ended_at - fault.began_at;
        let (trouble, victim) = (fault.params.trouble.clone(), fault.victim.clone());
        self.cx.world.impair();
        // What was down is back: those who had lost their connection to it look again.
        self.cx.world.rewire |= matches!(trouble, Trouble::Crash { .. });
        for n in self.cx.world.victims(&victim) {
            let trouble = self.cx.world.as_it_befalls(n, &trouble);
            self.tell(n, &trouble, false);
        }
    }

    fn tell(&mut self, n: u32, trouble: &Trouble, begins: bool) {
        self.behaviours[n as usize].on_fault(trouble, begins, self.cx.turn_of(n));
        self.rewire();
    }
}

impl World {
    /// The process (or one instance of it) dies: the calls inside are lost, and what they called has nobody to answer.
    pub(super) fn crash(&mut self, n: u32, instance: Option<u32>, silent: bool) {
        let dies = |i: u16| instance.is_none_or(|wanted| u32::from(i) == wanted);
        let inside: Vec<u32> = (self.calls.iter())
            .filter(|(_, c)| c.stage == Stage::Inside && c.node == n && c.link != NONE && dies(c.instance))
            .map(|(id, _)| id)
            .collect();
        let mut is_inside = vec![false; inside.iter().map(|&i| i as usize + 1).max().unwrap_or(0)];
        for &id in &inside {
            is_inside[id as usize] = true;
        }
        self.orphan_children_of(|parent| is_inside.get(parent as usize).copied().unwrap_or(false));
        for id in inside {
            self.calls.void_events(id);
            if silent {
                self.vanish(id, Reason::Crashed);
            } else {
                self.reply(id, Outcome::Failed(Reason::Crashed));
            }
        }
    }

    /// An instance goes down by its own doing, or is up again.
    pub(super) fn set_down(&mut self, n: u32, instance: u16, down: bool) {
        let list = &mut self.nodes[n as usize].down;
        list.retain(|i| *i != instance);
        if down {
            list.push(instance);
        }
        self.impair();
    }

    /// Adds a fault. Each edit of one makes another, so beyond [`KEPT`] it takes the place of the one that has been over longest.
    fn add_fault(&mut self, id: String, victim: Victim, params: FaultParams, by_hand: bool) -> u32 {
        let rng = Stream::new(self.seed, &id, "fault");
        let mut fault = FaultCore {
            id,
            victim,
            params,
            active: false,
            by_hand,
            alive: true,
            began_at: 0,
            ended_at: 0,
            times: 0,
            lasted_ns: 0,
            epoch: 0,
            rng,
        };
        let over = self.faults.iter().enumerate().filter(|(_, f)| !f.alive && !f.active);
        let place = over.min_by_key(|(_, f)| f.ended_at).map(|(place, _)| place);
        match place.filter(|_| self.faults.len() >= KEPT) {
            Some(place) => {
                // Events of the one before are void.
                fault.epoch = (self.faults[place].epoch + 1) & super::call::GENERATION_MASK;
                self.faults[place] = fault;
                place as u32
            }
            None => {
                self.faults.push(fault);
                self.faults.len() as u32 - 1
            }
        }
    }

    /// Schedules the beginning, or the end, of a fault.
    fn schedule_fault(&mut self, f: u32, begins: bool) {
        let now = self.now;
        let fault = &mut self.faults[f as usize];
        if !fault.params.enabled {
            return;
        }
        let span = |s: f64| ns(s * 1000.0);
        let at = match (&fault.params.schedule, begins) {
            // What lies in the past of a run that is edited does not happen any more.
            (Schedule::Once { at_s, .. }, true) if span(*at_s) < now => return,
            (Schedule::Once { at_s, .. }, true) => span(*at_s),
            (Schedule::Once { for_s: None, .. }, false) => return,
            (Schedule::Once { for_s: Some(s), .. }, false) => now.saturating_add(span(*s)),
            (Schedule::Random { mtbf_s, .. }, true) => {
                now.saturating_add(span(exponential(&mut fault.rng) * mtbf_s).min(LONGEST_NS))
            }
            (Schedule::Random { mttr_s, .. }, false) => {
                now.saturating_add(span(exponential(&mut fault.rng) * mttr_s).min(LONGEST_NS))
            }
        };
        let event = pack(Event::Fault { begins }, fault.epoch, f);
        self.calendar.schedule(now, Delay::once(at - now), event);
    }

    /// Numbers of the components a fault befalls.
    fn victims(&self, victim: &Victim) -> Vec<u32> {
        let named = |n: &&u32| match victim {
            Victim::Node(id) => self.nodes[**n as usize].id == *id,
            Victim::Zone(zone) => self.nodes[**n as usize].zone.as_deref() == Some(zone),
            Victim::Link(_) => false,
        };
        self.node_order.iter().filter(named).copied().collect()
    }

    /// The trouble as this component has it: the only instance there is is the whole of it.
    fn as_it_befalls(&self, n: u32, trouble: &Trouble) -> Trouble {
        let facts = &self.nodes[n as usize].facts;
        match trouble {
            Trouble::Crash { silent, .. } if facts.instances <= 1 && !facts.routes => {
                Trouble::Crash { instance: None, silent: *silent }
            }
            Trouble::Slow { factor, .. } if facts.instances <= 1 && !facts.routes => {
                Trouble::Slow { factor: *factor, instance: None }
            }
            other => other.clone(),
        }
    }

    /// Works out anew what is wrong with every component and link. Faults are few and begin rarely.
    pub(super) fn impair(&mut self) {
        for node in &mut self.nodes {
            node.impaired = Impairment::default();
            node.impaired.instances_down.clone_from(&node.down);
            node.impaired.any = !node.down.is_empty();
        }
        for link in &mut self.links {
            link.impaired = LinkImpairment::default();
        }
        for f in 0..self.faults.len() {
            let fault = &self.faults[f];
            if !fault.active {
                continue;
            }
            let (trouble, victim) = (fault.params.trouble.clone(), fault.victim.clone());
            for n in self.victims(&victim) {
                let trouble = self.as_it_befalls(n, &trouble);
                self.nodes[n as usize].impaired.add(&trouble);
            }
            if let Victim::Link(id) = &victim {
                for link in self.links.iter_mut().filter(|l| l.alive && l.id == *id) {
                    link.impaired.add(&trouble);
                }
            }
        }
        for link in &mut self.links {
            link.look_over();
        }
    }
}

impl Impairment {
    fn add(&mut self, trouble: &Trouble) {
        let number = |i: &Option<u32>| i.filter(|i| (*i as usize) < MAX_INSTANCES).map(|i| i as u16);
        match trouble {
            Trouble::Crash { instance, silent } => {
                match number(instance) {
                    Some(i) => self.instances_down.push(i),
                    None => self.down = true,
                }
                self.silent |= silent;
            }
            Trouble::Slow { factor, instance } => match number(instance) {
                Some(i) => self.slow_instances.push((i, *factor)),
                None => self.slow = if self.slow > 0.0 { self.slow * factor } else { *factor },
            },
            Trouble::Errors { error_rate } => self.error_rate = 1.0 - (1.0 - self.error_rate) * (1.0 - error_rate),
            Trouble::DiskFull {} => self.disk_full = true,
            _ => {}
        }
        self.slows = self.slow > 0.0 || !self.slow_instances.is_empty();
        self.any = self.down || !self.instances_down.is_empty() || self.error_rate > 0.0;
    }
}

impl LinkImpairment {
    fn add(&mut self, trouble: &Trouble) {
        let mut lose = |calls: f64, replies: f64| {
            self.lost_calls = 1.0 - (1.0 - self.lost_calls) * (1.0 - calls);
            self.lost_replies = 1.0 - (1.0 - self.lost_replies) * (1.0 - replies);
        };
        match trouble {
            Trouble::Latency { extra_ms } => self.extra_ns += ns(*extra_ms),
            Trouble::Loss { share } => lose(*share, *share),
            Trouble::Partition { direction } => match direction {
                Direction::Both => lose(1.0, 1.0),
                Direction::Requests => lose(1.0, 0.0),
                Direction::Replies => lose(0.0, 1.0),
            },
            _ => {}
        }
    }
}
