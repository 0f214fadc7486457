//! What the users get, in a sentence: answers in time, how long they take, and where the time goes.

use super::guards::ms;
use crate::metrics::{LatencyParts, Snapshot};

/// Answers and those in time, of one users component, per second.
pub(crate) struct Answers {
    /// Id of the component.
    pub node: String,
    /// All of them.
    pub answered_per_s: f64,
    /// Those within their deadline.
    pub in_time_per_s: f64,
    /// Those with less than was asked for.
    pub degraded_per_s: f64,
}

/// Below this share in time, throughput is not goodput.
const IN_TIME: f64 = 0.9;
/// A latency so many times the median has a tail.
const TAIL: f64 = 4.0;
/// Latency that people notice, ms: Nielsen's tenth of a second, halved for those who call several times.
const NOTICED_MS: f64 = 50.0;
/// Observations without which a 99th percentile is chance: those of a window of two seconds at 75 requests a second.
const MANY: u64 = 150;

/// Of users many of whose answers come too late.
pub(crate) fn goodput(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    let late = answers.iter().filter(|a| a.answered_per_s >= 1.0 && a.in_time_per_s < IN_TIME * a.answered_per_s);
    late.map(|a| {
        let words = format!(
            "Goodput is {:.0} of {:.0} answers a second: the others come after their deadline, and are work for nobody.",
            a.in_time_per_s, a.answered_per_s
        );
        (a.node.clone(), words)
    })
}

/// Of users who get less than they asked for, since something behind it did not answer.
pub(crate) fn fallback(answers: &[Answers]) -> impl Iterator<Item = (String, String)> {
    answers.iter().filter(|a| a.degraded_per_s >= 0.5).map(|a| {
        let words = format!(
            "Fallback: {:.0} of {:.0} answers a second go out without what did not come in time, instead of failing.",
            a.degraded_per_s, a.answered_per_s
        );
        (a.node.clone(), words)
    })
}

/// Where the time of an answer goes, if most of it is not work, and its tail, if it has a long one; with the id of the first
/// users. Nothing of answers that nobody would wish faster.
pub(crate) fn latency(snapshot: &Snapshot, users: &str) -> Option<(String, String)> {
    let latency = &snapshot.window.latency;
    let mut words = snapshot.window.parts.and_then(|parts| whereabouts(&parts)).unwrap_or_default();
    if latency.count >= MANY && latency.p99_ms > 2.0 * NOTICED_MS && latency.p99_ms > TAIL * latency.p50_ms {
        words.push_str(&format!(
            "One in a hundred takes {}, {:.0} times the median: Requests lists the slowest, each a log line and a trace.",
            ms(latency.p99_ms),
            latency.p99_ms / latency.p50_ms.max(1e-9)
        ));
    }
    (!words.is_empty()).then(|| (users.to_owned(), words.trim_end().to_owned()))
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
        let of =
            |in_time_per_s| Answers { node: "u".to_owned(), answered_per_s: 100.0, in_time_per_s, degraded_per_s: 0.0 };
        assert_eq!(goodput(&[of(95.0)]).count(), 0);
        let (node, words) = goodput(&[of(40.0)]).next().expect("a sentence");
        assert_eq!((node.as_str(), words.contains("Goodput is 40 of 100 answers")), ("u", true));
    }
}
