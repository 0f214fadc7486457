//! What a person reads within ten seconds of pressing play, in each design as it opens: a sentence that names the effect the
//! design is there for.

mod common;

use backpressure_sim::metrics::{Health, Recorder, Snapshot};
use common::{preset, start};

/// The design, and words of the sentence.
const SAID: &[(&str, &str)] = &[
    ("one-server", "he busiest is Web server"),
    ("rest-api", "without valid credentials (401)"),
    ("rest-api", "keeps its cores 7 % busy"),
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
    ("reverse-proxy", "keeps its cores 13 % busy"),
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
    ("cache-strategies", "“write” takes 1"),
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
    ("quorums", "“save state” takes "),
    ("hot-partition", "A hot partition gets 5"),
    ("hot-shard", "A hot shard: "),
    ("scatter-gather", "ask every shard and wait for the slowest"),
    ("scatter-gather", "calls/s are theirs"),
    ("resharding", "keys move to another shard"),
    ("search-index", "wait for the next refresh"),
    ("search-index", "they cost 7.66 and 5.76 USD an hour"),
    ("background-work", "Nobody waits for the work"),
    ("background-work", "they cost 0.71 and 0.14 USD an hour"),
    ("scheduled-jobs", "The jobs of a run come together"),
    ("at-least-once", "done twice"),
    ("event-stream", "its keys are hot, and a partition has one reader"),
    ("publish-subscribe", "a topic keeps nothing"),
    ("overload", "timed out"),
    ("overload", "Goodput is 0 of "),
    ("retry-storm", "Metastable failure: "),
    ("retry-storm", "calls/s of Mobile app are retries"),
    ("retry-amplification", "calls/s of Shop are retries"),
    ("circuit-breaker", "Fallback: "),
    ("circuit-breaker", "The circuit breaker of With a breaker is open"),
    ("bulkhead", "The bulkhead of With bulkheads is full"),
    ("hedged-requests", "are sent beside one that takes long"),
    ("random-faults", "with 8 s between failures and 2 s to repair it will be 20 %"),
    ("random-faults", "of the requests fail; they cost 1.13 and 0.37 USD an hour"),
    ("zone-outage", "The same for the other component of its zone"),
    ("network-faults", "the work is done, and nobody learns of it"),
    ("creeping-faults", "connections a second are never given back"),
    ("creeping-faults", "The disk is full: writes fail, reads go on"),
    ("creeping-faults", "The clock stands still"),
    ("queue-disciplines", "Goodput is "),
    ("queue-disciplines", "grows and grows"),
    ("priorities", "refused by a full queue"),
    ("priorities", "Priority: “pay” an answer after"),
    ("load-testing", "coordinated omission"),
    ("slow-requests", "the profile in Requests shows by what"),
    ("slow-requests", "each a log line and a trace"),
    ("traffic-shapes", "The bottleneck is Server"),
    ("traffic-shapes", "The peak decides what size is needed, not the mean"),
    ("custom-component", "he busiest is Model on a GPU"),
    ("custom-component", "requests/s come, and some 25 are all it can do"),
    ("web-application", "The bottleneck is App"),
    ("web-application", "the edges have the others"),
    ("web-application", "they cost 0.73, 0.62, 0.61, 0.16 and 0.14 USD an hour"),
    ("url-shortener", "A hot partition gets"),
    ("ticket-sale", "overwrote the first"),
    ("ticket-sale", "were given that rows did not have"),
    ("web-crawler", "The backlog is"),
    ("web-crawler", "Politeness: "),
    ("web-crawler", "only more hosts would"),
    ("social-feed", "40 calls for each request"),
    ("social-feed", "they cost 6.78 and 8.53 USD an hour"),
    ("chat", "a topic keeps nothing"),
    ("video-upload", "the work is done after"),
    ("principle-separation", "With the same traffic: order apart "),
    ("principle-responsibility", "The backlog is"),
    ("principle-responsibility", "the work is done after 21 ms"),
    ("principle-coupling", "The backlog is"),
    ("principle-coupling", "With the same traffic: Orders, decoupled 0 %, Orders, coupled 100 % of the requests fail"),
    ("principle-cohesion", "With the same traffic: Together "),
    ("principle-cohesion", "for an answer; they cost 3.19 and 6.05 USD an hour"),
    ("principle-cohesion", "takes 50 ms longer"),
    ("principle-encapsulation", "The bottleneck is Database"),
    ("principle-encapsulation", "With the same traffic: Own house: shoppers "),
    ("principle-encapsulation", "The jobs of a run come together"),
    ("principle-abstraction", "fail at a server that is down and still in turn"),
    ("principle-abstraction", "With the same traffic: By name 0 %, By address 5"),
    ("principle-dry", "calls/s of Service are retries"),
    ("principle-dry", "With the same traffic: Once 4, Thrice "),
    ("principle-least-privilege", "(least privilege)"),
    ("principle-least-privilege", "With the same traffic: Few rights: shoppers 13 ms, Any right: shoppers "),
];

/// What stands on the screen at each quarter of a second of the first ten.
fn watch(name: &str, mut look: impl FnMut(f64, Snapshot)) {
    let (mut sim, mut recorder) = (start(&preset(name, &[]), 1), Recorder::new());
    for quarter in 1..=40 {
        recorder.advance(&mut sim, quarter * 250_000_000, u64::MAX);
        look(quarter as f64 / 4.0, recorder.snapshot(&sim, 1.0));
    }
}

/// Every sentence that stands on the screen meanwhile.
fn sentences(name: &str) -> Vec<String> {
    let mut said = Vec::new();
    watch(name, |_, now| {
        said.push(now.finding.sentence);
        said.extend(now.remarks.into_iter().map(|(_, sentence)| sentence));
    });
    said
}

/// What stands there at this second.
fn at(name: &str, second: f64) -> Snapshot {
    let mut then = Snapshot::default();
    watch(name, |now_s, now| {
        if now_s == second {
            then = now;
        }
    });
    then
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

#[test]
fn what_refuses_connections_is_named_and_nothing_idle_is_called_busy() {
    for (name, refuses) in [
        ("health-checks", "connection refused by Web server 2, which is down"),
        ("dns-failover", "connection refused by Site East, which is down"),
        ("failover", "connection refused by Orders, where 1 machine is down"),
    ] {
        let finding = at(name, 6.0).finding;
        assert!(finding.sentence.contains(refuses), "{name}: {}", finding.sentence);
        assert!(!finding.sentence.contains("The busiest is"), "{name}: {}", finding.sentence);
    }
    // A server that was killed is back by the time that its refusals are still spoken of.
    watch("vertical-scaling", |_, now| {
        assert!(!now.finding.sentence.contains("every server"), "{}", now.finding.sentence);
        assert!(!now.finding.sentence.contains(" 0 % of its"), "{}", now.finding.sentence);
    });
}

#[test]
fn no_verdict_is_green_over_what_fails() {
    for (name, second, health, says) in [
        ("disk-limit", 1.25, Health::Saturated, "The bottleneck is Database. The disk is the limit"),
        ("event-stream", 10.0, Health::Saturated, "The lag is "),
        ("chat", 10.0, Health::Failing, "copies/s find a subscriber that does not take them"),
        ("publish-subscribe", 10.0, Health::Failing, "copies/s find a subscriber that does not take them"),
    ] {
        let now = at(name, second);
        assert_eq!(now.finding.health, health, "{name}: {}", now.finding.sentence);
        assert!(now.finding.sentence.contains(says), "{name}: {}", now.finding.sentence);
        assert!(now.remarks.iter().all(|(_, words)| !words.contains(says)), "{name} says it twice");
    }
    // A card shows as its queue what the stream has not handed on.
    let stream = at("event-stream", 10.0).nodes.into_iter().find(|n| n.id == "stream").expect("the stream");
    assert!(stream.queue > 200, "{}", stream.queue);
    watch("cache-flush", |second, now| {
        let full = now.nodes.iter().any(|n| n.slots > 0 && n.busy == n.slots && n.queue >= 10.max(2 * n.slots));
        let green = now.finding.sentence.starts_with("Nothing is short");
        assert!(!(full && green), "at {second} s: {}", now.finding.sentence);
    });
}

#[test]
fn where_a_design_compares_that_comes_first() {
    for (name, words) in [
        ("eviction-policies", "Eviction: "),
        ("threads-and-processes", "Concurrency: Processes "),
        ("principle-separation", "With the same traffic: "),
        ("principle-cohesion", "With the same traffic: "),
        ("principle-encapsulation", "With the same traffic: "),
    ] {
        let first = at(name, 10.0).remarks.first().map(|(_, sentence)| sentence.clone()).unwrap_or_default();
        assert!(first.starts_with(words), "{name}: {first}");
    }
}

#[test]
fn each_group_of_users_has_figures_of_its_own() {
    // The other two groups' answers come from an edge nearby.
    let now = at("cdn", 10.0);
    let of = |id: &str| now.endpoints.iter().find(|e| e.node == id).map_or(0.0, |e| e.latency.mean_ms);
    let (_, said) = now
        .remarks
        .iter()
        .find(|(node, words)| node == "users-direct" && words.contains("of an answer go"))
        .expect("a sentence");
    let whole: f64 = said.split(' ').nth(2).and_then(|figure| figure.parse().ok()).expect("a figure in ms");
    let own = of("users-direct");
    assert!((whole - own).abs() < 0.1 * own, "{said} and a mean of {own} ms");
}

#[test]
fn nothing_is_said_twice_and_one_is_not_several() {
    for preset in backpressure_presets::PRESETS {
        watch(preset.name, |second, now| {
            for (i, (_, words)) in now.remarks.iter().enumerate() {
                assert!(
                    now.remarks[..i].iter().all(|(_, before)| before != words),
                    "{} at {second} s: {words}",
                    preset.name
                );
                let wrong =
                    [" 1 answers", " 1 operations", " 1 requests", " 1 messages", " 1 slots", " 1 keys", ".0 times"];
                let wrong = wrong.iter().find(|wrong| format!(" {words}").contains(*wrong));
                assert_eq!(wrong, None, "{} at {second} s: {words}", preset.name);
            }
        });
    }
}
