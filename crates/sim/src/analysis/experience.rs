//! What the users get, in a sentence: answers in time, how long they take, and where the time goes.

use super::contrasts;
use super::guards::ms;
use crate::engine::call::Reason;
use crate::engine::{EndpointFacts, Simulation};
use crate::metrics::histogram::Histogram;
use crate::metrics::{Latency, LatencyParts, Parts, RequestCounters};
use crate::words::{figure, rounded, whole};

/// What became lately of the requests of one users component.
pub(crate) struct Answers {
    /// Number of the component.
    pub place: u32,
    /// Id of the component.
    pub node: String,
    /// All that were answered, per second.
    pub answered_per_s: f64,
    /// Those within their deadline.
    pub in_time_per_s: f64,
    /// Those with less than was asked for.
    pub degraded_per_s: f64,
    /// Made, per second.
    pub offered_per_s: f64,
    /// Made since counting began.
    pub offered: u64,
    /// Failed, per second, and those given up among them.
    pub failed_per_s: f64,
    pub timed_out_per_s: f64,
    /// By endpoint, in the order of the component.
    pub endpoints: Vec<Endpoint>,
    latency: [Histogram; 2],
    parts: [Parts; 2],
}

/// The same of one endpoint.
pub(crate) struct Endpoint {
    pub name: String,
    /// 0 is served first.
    pub priority: u8,
    /// Of those that came to an end, 0 to 1.
    pub share_failed: f64,
    /// Mean of what was answered; none if nothing was.
    pub mean_ms: Option<f64>,
    /// Ended, per second.
    pub ended_per_s: f64,
    /// Does its method say that it changes something?
    pub changes: bool,
}

impl Answers {
    /// Of users who have not asked for anything yet.
    pub fn of(place: u32, node: String) -> Self {
        Self {
            place,
            node,
            answered_per_s: 0.0,
            in_time_per_s: 0.0,
            degraded_per_s: 0.0,
            offered_per_s: 0.0,
            offered: 0,
            failed_per_s: 0.0,
            timed_out_per_s: 0.0,
            endpoints: Vec::new(),
            latency: Default::default(),
            parts: Default::default(),
        }
    }

    /// Counts an endpoint of theirs in: as it is now, and as it was so many seconds ago.
    pub fn add(&mut self, facts: &EndpointFacts, now: &RequestCounters, before: &RequestCounters, seconds: f64) {
        let lately = |of: fn(&RequestCounters) -> u64| of(now).saturating_sub(of(before)) as f64 / seconds;
        let (answered, failed) = (lately(|r| r.answered), lately(|r| r.failed.iter().sum()));
        self.answered_per_s += answered;
        self.in_time_per_s += lately(|r| r.in_time);
        self.degraded_per_s += lately(|r| r.degraded);
        self.offered_per_s += lately(|r| r.offered);
        self.offered += now.offered;
        self.failed_per_s += failed;
        self.timed_out_per_s += lately(|r| r.failed[Reason::Timeout as usize]);
        for (sum, counted) in [now, before].into_iter().enumerate() {
            self.latency[sum].add(&counted.latency);
            self.parts[sum].include(&counted.parts);
        }
        self.endpoints.push(Endpoint {
            name: facts.name.clone(),
            priority: facts.priority,
            share_failed: failed / (answered + failed).max(1e-9),
            mean_ms: (answered > 0.0).then(|| now.latency.summary_since(&before.latency).mean_ms),
            ended_per_s: answered + failed,
            changes: !matches!(facts.method.as_str(), "GET" | "HEAD"),
        });
    }

    /// Latency lately, or since the start where little was answered lately; `None` if nothing was.
    pub fn latency(&self) -> Option<Latency> {
        let [now, before] = &self.latency;
        let lately = now.summary_since(before);
        match lately.count {
            0 => None,
            1..FEW => Some(now.summary()),
            _ => Some(lately),
        }
    }

    /// Where it went.
    fn parts(&self) -> Option<LatencyParts> {
        let [now, before] = &self.parts;
        let lately = now.since(before).filter(|p| p.requests >= FEW_PARTS);
        // Figures of different spans of time would contradict each other.
        let few = || self.latency[0].count().saturating_sub(self.latency[1].count()) < FEW;
        lately.or_else(|| now.since(&Parts::default()).filter(|_| few()))
    }

    /// Of those that came to an end, 0 to 1.
    pub fn share_failed(&self) -> f64 {
        self.failed_per_s / (self.answered_per_s + self.failed_per_s).max(1e-9)
    }
}

/// Below this many observations the last while says little: then the whole run speaks.
const FEW: u64 = 20;
/// The same of answers whose time is broken down: every eighth.
const FEW_PARTS: u64 = 5;
/// Below this share in time, throughput is not goodput.
const IN_TIME: f64 = 0.9;
/// A latency so many times the median has a tail.
const TAIL: f64 = 4.0;
/// Latency that people notice, ms: Nielsen's tenth of a second, halved for those who call several times.
const NOTICED_MS: f64 = 50.0;
/// Observations without which a 99th percentile is chance: those of a window of two seconds at 75 requests a second.
const MANY: u64 = 150;
/// Groups of users whose latency is spoken of: the design's first.
const GROUPS: usize = 4;
/// A change that takes so many times as long as a look is spoken of, if it is so much longer, ms, and there are so many of both a second.
const CHANGE_SLOWER: f64 = 3.0;
const CHANGE_LATER_MS: f64 = 5.0;
const ENDED: f64 = 5.0;
/// Traffic so many times its mean is a peak.
const PEAK: f64 = 2.0;

/// Of users many of whose requests are not answered in time.
pub(crate) fn goodput(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    answers.iter().filter_map(|a| {
        let (in_time, answered) = (a.in_time_per_s, a.answered_per_s);
        let ended = answered + a.timed_out_per_s;
        let words = match () {
            () if ended < 1.0 || in_time >= IN_TIME * ended => return None,
            () if a.timed_out_per_s < 0.5 => format!(
                "Goodput is {} of {} answers a second: the others come after their deadline, and are work for nobody.",
                figure(in_time),
                figure(answered)
            ),
            () => format!(
                "Goodput is {} of {} requests a second: the others are not answered in time, and what is still done for them is work for nobody.",
                figure(in_time),
                figure(ended)
            ),
        };
        Some((a.node.clone(), words))
    })
}

/// Of users who get less than they asked for, since something behind it did not answer.
pub(crate) fn fallback(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    answers.iter().filter(|a| a.degraded_per_s >= 0.5).map(|a| {
        let words = format!(
            "Fallback: {} of {} answers a second go out without what did not come in time, instead of failing.",
            figure(a.degraded_per_s),
            figure(a.answered_per_s)
        );
        (a.node.clone(), words)
    })
}

/// Of users whose requests are not all as important, what the most and the least important get, if that differs.
pub(crate) fn priorities(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    answers.iter().filter_map(|a| {
        let ended = || a.endpoints.iter().filter(|e| e.ended_per_s >= 1.0);
        let (first, last) = (ended().min_by_key(|e| e.priority)?, ended().max_by_key(|e| e.priority)?);
        let slower = first.mean_ms.zip(last.mean_ms).is_some_and(|(first, last)| last > 1.5 * first);
        if first.priority == last.priority || !(slower || last.share_failed > first.share_failed + 0.05) {
            return None;
        }
        let of = |e: &Endpoint| {
            let answer =
                e.mean_ms.map_or_else(|| "no answer".to_owned(), |mean| format!("an answer after {}", ms(mean)));
            format!("“{}” {answer} and {:.0} % that fail", e.name, e.share_failed * 100.0)
        };
        Some((a.node.clone(), format!("Priority: {}; {}.", of(first), of(last))))
    })
}

/// Of users whose rate changes by its shape, a peak while it lasts.
pub(crate) fn shapes(sim: &Simulation, answers: &[Answers]) -> Vec<(String, String)> {
    let seconds = sim.world().now.saturating_sub(sim.world().measure_from) as f64 / 1e9;
    let peak = |a: &&Answers| a.offered_per_s >= 1.0 && a.offered_per_s * seconds > PEAK * a.offered as f64;
    answers.iter().filter(peak).filter_map(|a| shape(sim, a, seconds)).collect()
}

#[inline(never)]
fn shape(sim: &Simulation, a: &Answers, seconds: f64) -> Option<(String, String)> {
    let shape = contrasts::choice_of(&sim.world().nodes[a.place as usize], &["workload", "shape"])?;
    // What a fault does to steady traffic is said by the fault.
    if shape == "Steady" {
        return None;
    }
    let words = format!(
        "{shape}: {} requests/s now, {} on average so far. The peak decides what size is needed, not the mean.",
        figure(a.offered_per_s),
        figure(a.offered as f64 / seconds.max(1e-9))
    );
    Some((a.node.clone(), words))
}

/// Of each group of users, what a change takes, if that is much longer than a look: what it costs to keep copies alike. Then where the
/// time of an answer goes, if most of it is not work, and its tail, if it has a long one. Nothing of answers that nobody would wish faster.
pub(crate) fn latency(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    let told = answers.iter().filter_map(|users| {
        let latency = users.latency()?;
        let mut words = users.parts().and_then(|parts| whereabouts(&parts)).unwrap_or_default();
        if let Some(changes) = slow_changes(&users.endpoints) {
            words.insert_str(0, &changes);
        }
        if latency.count >= MANY && latency.p99_ms > 2.0 * NOTICED_MS && latency.p99_ms > TAIL * latency.p50_ms {
            words.push_str(&format!(
                "One in a hundred takes {}, {} times the median: Requests lists the slowest, each a log line and a trace.",
                ms(latency.p99_ms),
                whole(rounded(latency.p99_ms / latency.p50_ms.max(1e-9)))
            ));
        }
        (!words.is_empty()).then(|| (users.node.clone(), words.trim_end().to_owned()))
    });
    told.take(GROUPS)
}

/// What the slowest change takes beside the slowest look, if it is much longer. Looked at in every design that is opened, said in few.
#[inline(always)]
fn slow_changes(endpoints: &[Endpoint]) -> Option<String> {
    let mut slowest: [Option<(f64, &Endpoint)>; 2] = [None; 2];
    for endpoint in endpoints {
        if let Some(mean_ms) = endpoint.mean_ms
            && endpoint.ended_per_s >= ENDED
        {
            let kind = &mut slowest[usize::from(endpoint.changes)];
            match kind {
                Some((most_ms, _)) if *most_ms >= mean_ms => {}
                _ => *kind = Some((mean_ms, endpoint)),
            }
        }
    }
    match slowest {
        [Some(look), Some(change)] if change.0 >= CHANGE_SLOWER * look.0 && change.0 >= look.0 + CHANGE_LATER_MS => {
            Some(change_and_look(change, look))
        }
        _ => None,
    }
}

#[inline(never)]
fn change_and_look(change: (f64, &Endpoint), look: (f64, &Endpoint)) -> String {
    let [slow, fast] = [change, look].map(|(mean_ms, _)| ms(mean_ms));
    format!("“{}” takes {slow} on average, “{}” {fast}. ", change.1.name, look.1.name)
}

/// The parts of an answer's time, largest first, if it is long and less than half of it is work.
fn whereabouts(parts: &LatencyParts) -> Option<String> {
    let all = [
        (parts.network_ms, "on the network"),
        (parts.queueing_ms, "in queues"),
        (parts.service_ms, "in service"),
        (parts.lost_ms, "in attempts that failed"),
    ];
    let whole: f64 = all.iter().map(|(ms, _)| ms).sum();
    if whole < NOTICED_MS || parts.service_ms > 0.5 * whole {
        return None;
    }
    let mut told: Vec<_> = all.into_iter().filter(|(ms, _)| *ms >= 0.02 * whole).collect();
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    let told: Vec<String> = told.iter().map(|(part_ms, part)| format!("{} {part}", ms(*part_ms))).collect();
    Some(format!(
        "Where the {} of an answer go: {}; the profile in Requests shows by what. ",
        ms(whole),
        told.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_part_comes_first_and_what_is_nothing_is_not_told() {
        let parts = LatencyParts { requests: 9, network_ms: 40.0, queueing_ms: 190.0, service_ms: 10.0, lost_ms: 0.0 };
        let words = "Where the 240 ms of an answer go: 190 ms in queues, 40 ms on the network, 10 ms in service; the profile in Requests shows by what. ";
        assert_eq!(whereabouts(&parts).as_deref(), Some(words));
        let work = LatencyParts { service_ms: 300.0, ..parts };
        assert_eq!(whereabouts(&work), None, "work is what it is there for");
        assert_eq!(whereabouts(&LatencyParts::default()), None);
    }

    #[test]
    fn late_answers_are_no_goodput() {
        let said = |answered_per_s, in_time_per_s, timed_out_per_s| {
            let users = Answers { answered_per_s, in_time_per_s, timed_out_per_s, ..Answers::of(0, "u".to_owned()) };
            goodput(&[users]).next().map(|(_, words)| words).unwrap_or_default()
        };
        assert_eq!(said(100.0, 95.0, 0.0), "");
        assert!(said(100.0, 40.0, 0.0).starts_with("Goodput is 40 of 100 answers a second"));
        assert!(said(0.0, 0.0, 162.0).starts_with("Goodput is 0 of 162 requests a second"), "all have given up");
        assert_eq!(said(100.0, 100.0, 2.0), "", "few");
    }

    #[test]
    fn what_the_important_get_stands_beside_what_the_others_get() {
        let endpoint = |name: &str, priority, share_failed, mean_ms| Endpoint {
            name: name.to_owned(),
            priority,
            share_failed,
            mean_ms,
            ended_per_s: 50.0,
            changes: false,
        };
        let said = |endpoints| {
            let users = Answers { endpoints, ..Answers::of(0, "u".to_owned()) };
            priorities(&[users]).next().map(|(_, words)| words)
        };
        let (pay, browse) = (|p| endpoint("pay", p, 0.0, Some(20.0)), |p| endpoint("browse", p, 0.5, Some(194.0)));
        let words = "Priority: “pay” an answer after 20 ms and 0 % that fail; “browse” an answer after 194 ms and 50 % that fail.";
        assert_eq!(said(vec![browse(5), pay(0)]).as_deref(), Some(words));
        assert_eq!(said(vec![pay(3), browse(3)]), None, "nobody said that one is more important");
        assert_eq!(said(vec![pay(0), endpoint("browse", 5, 0.0, Some(21.0))]), None, "there is room for both");
    }

    #[test]
    fn what_a_change_costs_stands_beside_what_a_look_does() {
        let endpoint = |name: &str, changes, mean_ms, ended_per_s| Endpoint {
            name: name.to_owned(),
            priority: 5,
            share_failed: 0.0,
            mean_ms: Some(mean_ms),
            ended_per_s,
            changes,
        };
        let view = |mean_ms| endpoint("view", false, mean_ms, 200.0);
        let edit = |mean_ms, ended_per_s| endpoint("edit", true, mean_ms, ended_per_s);
        let words = "“edit” takes 609 ms on average, “view” 7.0 ms. ";
        let others = [endpoint("list", false, 2.0, 90.0), endpoint("like", true, 40.0, 50.0)];
        assert_eq!(slow_changes(&[view(7.0), edit(609.0, 20.0)]).as_deref(), Some(words));
        let [list, like] = others;
        assert_eq!(slow_changes(&[list, edit(609.0, 20.0), view(7.0), like]).as_deref(), Some(words), "the slowest");
        assert_eq!(slow_changes(&[view(7.0), edit(14.0, 20.0)]), None, "not much longer");
        assert_eq!(slow_changes(&[view(0.5), edit(2.0, 20.0)]), None, "nobody would wish it faster");
        assert_eq!(slow_changes(&[view(7.0), edit(609.0, 0.5)]), None, "chance");
        assert_eq!(slow_changes(&[edit(609.0, 20.0)]), None, "nothing to compare it with");
    }
}
