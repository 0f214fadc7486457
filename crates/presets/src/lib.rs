//! The example designs, each a JSON file in `static/presets` with a description of what to try.

/// An example design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in addresses and on the command line: that of its file.
    pub name: &'static str,
    /// What it is about: the heading that it stands under.
    pub topic: &'static str,
    /// The document.
    pub json: &'static str,
}

macro_rules! presets {
    ($($topic:literal: [$($name:literal),* $(,)?]),* $(,)?) => {
        &[$($(Preset {
            name: $name,
            topic: $topic,
            json: include_str!(concat!("../../../static/presets/", $name, ".json")),
        }),*),*]
    };
}

/// All of them by topic, in the order to try them in.
pub const PRESETS: &[Preset] = presets![
    "First steps": [
        "one-server",
        "client-server",
        "rest-api",
        "closed-loop",
        "three-tier",
        "external-api",
    ],
    "Load balancing and scaling": [
        "load-balanced",
        "balancing-compared",
        "layer-4-or-7",
        "hashing-and-hot-spots",
        "slow-server",
        "connection-cap",
        "sticky-sessions",
        "slow-start",
        "health-checks",
        "horizontal-scaling",
        "vertical-scaling",
        "autoscaling",
        "autoscaling-flapping",
        "fan-out",
        "threads-and-processes",
    ],
    "Edge (proxies, gateways, DNS, CDN)": [
        "reverse-proxy",
        "rate-limits",
        "dns-failover",
        "cdn",
        "object-storage",
    ],
    "Caching": [
        "cache-aside",
        "hot-key",
        "cache-strategies",
        "stampede-cures",
        "refresh-ahead",
        "stale-reads",
        "eviction-policies",
        "cache-flush",
    ],
    "Databases": [
        "read-replicas",
        "failover",
        "hot-row",
        "index-or-scan",
        "disk-limit",
        "n-plus-one",
        "quorums",
        "hot-partition",
        "hot-shard",
        "scatter-gather",
        "resharding",
        "search-index",
    ],
    "Messaging and background work": [
        "background-work",
        "at-least-once",
        "event-stream",
        "publish-subscribe",
        "scheduled-jobs",
    ],
    "Overload and resilience": [
        "overload",
        "retry-storm",
        "retry-amplification",
        "circuit-breaker",
        "bulkhead",
        "hedged-requests",
        "random-faults",
        "zone-outage",
        "network-faults",
        "creeping-faults",
        "queue-disciplines",
        "priorities",
    ],
    "Traffic and tests": [
        "load-testing",
        "slow-requests",
        "traffic-shapes",
        "custom-component",
    ],
    "Whole systems": [
        "web-application",
        "url-shortener",
        "ticket-sale",
        "web-crawler",
        "social-feed",
        "chat",
        "video-upload",
    ],
    "Principles": [
        "principle-separation",
        "principle-responsibility",
        "principle-coupling",
        "principle-cohesion",
        "principle-encapsulation",
        "principle-abstraction",
        "principle-dry",
        "principle-least-privilege",
    ],
];

/// The one of this name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backpressure_sim::design::{check, read, to_json};

    #[test]
    fn every_file_of_the_folder_is_a_preset() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/presets");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of presets")
            .filter_map(|f| f.ok()?.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
            .collect();
        files.sort();
        let mut names: Vec<_> = PRESETS.iter().map(|p| p.name.to_owned()).collect();
        names.sort();
        assert_eq!(files, names);
    }

    #[test]
    fn each_is_without_a_problem_and_says_what_to_try() {
        for preset in PRESETS {
            let reading = read(preset.json.as_bytes());
            assert!(reading.problems.is_empty(), "{}: {:?}", preset.name, reading.problems);
            let design = reading.design;
            assert_eq!(check(&design), [], "{}", preset.name);
            assert!(!design.name.is_empty() && design.description.len() > 200, "{}", preset.name);
            assert_eq!(read(to_json(&design).as_bytes()).design, design, "{}", preset.name);
        }
    }
}
