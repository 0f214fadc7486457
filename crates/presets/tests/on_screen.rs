//! What a person reads within ten seconds of pressing play, in each design as it opens: a sentence that names the effect the
//! design is there for.

mod common;

use backpressure_sim::metrics::Recorder;
use common::{preset, start};

/// The design, and words of the sentence.
const SAID: &[(&str, &str)] = &[
    ("one-server", "he busiest is Web server"),
    ("rest-api", "without valid credentials (401)"),
    ("client-server", "ms on the network"),
    ("closed-loop", "he busiest is Web server"),
    ("three-tier", "he busiest is "),
    ("external-api", "over its rate limit (429)"),
    ("load-balanced", "he busiest is "),
    ("balancing-compared", "Algorithm: Least connections"),
    ("layer-4-or-7", "Balances: Requests"),
    ("layer-4-or-7", "Pinned: "),
    ("layer-4-or-7", "Layer 4 pool is not short, but badly used"),
    (
        "hashing-and-hot-spots",
        "requests wait on average behind some of its 4 instances, while others have nothing to do",
    ),
    ("vertical-scaling", "4 cores instead of 2: 2× as much for 2.01× the cost"),
    ("hashing-and-hot-spots", "Algorithm: Consistent hash, bounded load"),
    ("slow-server", "Algorithm: Least response time"),
    ("connection-cap", "every server has as many as it may"),
    ("sticky-sessions", "to a server at work while another has nothing to do"),
    ("slow-start", "Slow start: a server that is back gets"),
    ("health-checks", "fail at a server that is down and still in turn"),
    ("health-checks", "Health checks have taken 1 server out of turn"),
    ("horizontal-scaling", "The bottleneck is Servers"),
    ("vertical-scaling", "Out of memory"),
    ("autoscaling", "until they are ready the load is not spread"),
    ("autoscaling-flapping", "Flapping: "),
    ("fan-out", "Calls: All at once"),
    ("threads-and-processes", "Concurrency: Processes"),
    ("threads-and-processes", "The bottleneck is Threads"),
    ("reverse-proxy", "full and"),
    ("rate-limits", "Double burst: around the edge of two windows 50 requests passed beyond the limit"),
    ("dns-failover", "their clients keep it until its TTL has passed"),
    ("cdn", "the edges have the others"),
    ("object-storage", "The bottleneck is App"),
    ("object-storage", "Bandwidth-bound: of 87 ms a request takes its bytes need 57 ms"),
    ("stampede-cures", "Stampede: "),
    ("stampede-cures", "Coalescing: "),
    ("cache-aside", "older than what the store holds"),
    ("hot-key", "Stampede: "),
    ("cache-strategies", "Write-behind: "),
    ("cache-strategies", "Writes: Write-through 100 %"),
    ("refresh-ahead", "fetched anew before they expire"),
    ("eviction-policies", "Full: it gives up"),
    ("eviction-policies", "Eviction: W-TinyLFU 43 %"),
    ("stale-reads", "Stale: "),
    ("cache-flush", "of the keys it lost"),
    ("read-replicas", "replicas are 300 ms behind the primary"),
    ("failover", "committed writes are lost"),
    ("hot-row", "A hot row: "),
    ("index-or-scan", "no index helps them"),
    ("disk-limit", "The disk is the limit"),
    ("n-plus-one", "21 calls for each request"),
    ("quorums", "R + W is no more than N"),
    ("hot-partition", "A hot partition gets 5"),
    ("hot-shard", "A hot shard: "),
    ("scatter-gather", "ask every shard and wait for the slowest"),
    ("resharding", "keys move to another shard"),
    ("search-index", "wait for the next refresh"),
    ("background-work", "Nobody waits for the work"),
    ("scheduled-jobs", "The jobs of a run come together"),
    ("at-least-once", "are done twice"),
    ("event-stream", "its keys are hot, and a partition has one reader"),
    ("publish-subscribe", "a topic keeps nothing"),
    ("overload", "timed out"),
    ("retry-storm", "Metastable failure: "),
    ("retry-storm", "calls/s of Mobile app are retries"),
    ("retry-amplification", "calls/s of Shop are retries"),
    ("circuit-breaker", "Fallback: "),
    ("circuit-breaker", "The circuit breaker of With a breaker is open"),
    ("bulkhead", "The bulkhead of With bulkheads is full"),
    ("hedged-requests", "are sent beside one that takes long"),
    ("random-faults", "with 8 s between failures and 2 s to repair it will be 20 %"),
    ("zone-outage", "The same for the other component of its zone"),
    ("network-faults", "the work is done, and nobody learns of it"),
    ("creeping-faults", "connections a second are never given back"),
    ("creeping-faults", "The disk is full: writes fail, reads go on"),
    ("creeping-faults", "The clock stands still"),
    ("queue-disciplines", "Goodput is "),
    ("queue-disciplines", "grows and grows"),
    ("priorities", "refused by a full queue"),
    ("load-testing", "coordinated omission"),
    ("slow-requests", "the profile in Requests shows by what"),
    ("slow-requests", "each a log line and a trace"),
    ("traffic-shapes", "The bottleneck is Server"),
    ("custom-component", "he busiest is Model on a GPU"),
    ("web-application", "The bottleneck is App"),
    ("web-application", "the edges have the others"),
    ("url-shortener", "A hot partition gets"),
    ("ticket-sale", "overwrote the first"),
    ("ticket-sale", "were given that rows did not have"),
    ("web-crawler", "The backlog is"),
    ("web-crawler", "Politeness: "),
    ("web-crawler", "only more hosts would"),
    ("social-feed", "40 calls for each request"),
    ("chat", "a topic keeps nothing"),
    ("video-upload", "the work is done after"),
    ("principle-separation", "The bottleneck is Reports"),
    ("principle-responsibility", "The backlog is"),
    ("principle-coupling", "The backlog is"),
    ("principle-cohesion", "takes 50 ms longer"),
    ("principle-encapsulation", "The bottleneck is Database"),
    ("principle-encapsulation", "The jobs of a run come together"),
    ("principle-abstraction", "fail at a server that is down and still in turn"),
    ("principle-dry", "calls/s of Service are retries"),
    ("principle-least-privilege", "(least privilege)"),
];

/// Every sentence that stands on the screen at some quarter of a second of the first ten.
fn sentences(name: &str) -> Vec<String> {
    let (mut sim, mut recorder) = (start(&preset(name, &[]), 1), Recorder::new());
    let mut said = Vec::new();
    for quarter in 1..=40 {
        recorder.advance(&mut sim, quarter * 250_000_000, u64::MAX);
        let now = recorder.snapshot(&sim, 1.0);
        said.push(now.finding.sentence);
        said.extend(now.remarks.into_iter().map(|(_, sentence)| sentence));
    }
    said
}

#[test]
fn every_example_says_something() {
    let unsaid: Vec<_> = backpressure_presets::PRESETS
        .iter()
        .map(|p| p.name)
        .filter(|name| SAID.iter().all(|(n, _)| n != name))
        .collect();
    assert!(unsaid.is_empty(), "no sentence is known of {unsaid:?}");
}

#[test]
fn within_ten_seconds_a_sentence_names_the_effect() {
    let mut silent = Vec::new();
    for (name, words) in SAID {
        if !sentences(name).iter().any(|s| s.contains(words)) {
            silent.push((name, words));
        }
    }
    assert!(silent.is_empty(), "not said: {silent:#?}");
}

#[test]
fn of_several_effects_a_cache_names_the_one_that_matters_most() {
    for (name, cache, effect) in [("stale-reads", "cache-ttl", "Stale: "), ("hot-key", "cache", "Stampede: ")] {
        let (mut sim, mut recorder) = (start(&preset(name, &[]), 1), Recorder::new());
        for quarter in 1..=40 {
            recorder.advance(&mut sim, quarter * 250_000_000, u64::MAX);
            let remarks = recorder.snapshot(&sim, 1.0).remarks;
            // The first entries must be in and have expired.
            let said = remarks.iter().find(|(node, _)| node == cache).map_or("", |(_, words)| words);
            assert!(quarter < 12 || said.starts_with(effect), "{name} after {quarter} quarters: {said:?}");
        }
    }
}

/// The finding and the remarks at this second.
fn at(name: &str, second: u64) -> Vec<String> {
    let (mut sim, mut recorder) = (start(&preset(name, &[]), 1), Recorder::new());
    for quarter in 1..=4 * second {
        recorder.advance(&mut sim, quarter * 250_000_000, u64::MAX);
        recorder.snapshot(&sim, 1.0);
    }
    let now = recorder.snapshot(&sim, 1.0);
    std::iter::once(now.finding.sentence).chain(now.remarks.into_iter().map(|(_, sentence)| sentence)).collect()
}

#[test]
fn what_refuses_connections_is_named_and_nothing_idle_is_called_busy() {
    for (name, refuses) in [
        ("health-checks", "connection refused by Web server 2, which is down."),
        ("dns-failover", "connection refused by Site East, which is down."),
        ("failover", "connection refused by Orders, where 1 machine is down."),
    ] {
        let finding = &at(name, 6)[0];
        assert!(finding.ends_with(refuses), "{name}: {finding}");
    }
}

#[test]
fn what_a_policy_is_worth_comes_first_where_a_design_compares() {
    for (name, words) in [("eviction-policies", "Eviction: "), ("threads-and-processes", "Concurrency: Processes ")] {
        let said = at(name, 10);
        assert!(said.get(1).is_some_and(|first| first.starts_with(words)), "{name}: {said:#?}");
    }
}
