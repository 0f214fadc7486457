//! Where keys live.

use backpressure_sim::engine::rng::Stream;
use backpressure_sim::policies::balancing::{Ask, Balancer, Balancing, Options};
use backpressure_sim::policies::sharding::{Sharder, Sharding};

use crate::case::{Case, Figure, Within};

/// A ring of `n` servers; the first one's name differs from seed to seed, and with it the whole ring.
fn ring(n: u32, seed: u64) -> Balancer {
    let mut balancer = Balancer::new(Options::of(Balancing::ConsistentHash), Stream::new(1, "truth", "ring"));
    let servers: Vec<_> = (0..n).map(|i| (seed as u32 * 1000 + i, 0, 1.0)).collect();
    balancer.set_targets(&servers, &[], 0);
    balancer
}

fn ring_grows() -> Case {
    let n = 10;
    // A ring is uneven by itself, so a replication averages over many.
    let (rings, keys) = (40, 2_000);
    Case::of_policy(
        "consistent hashing, 10 → 11 servers",
        "1/(n + 1) of the keys move, all of them to the new server (Karger et al., 1997)",
        "40 rings with 2,000 keys each",
        vec![
            Figure { what: "share of keys that move".into(), theory: 1.0 / 11.0, within: Within::Interval },
            Figure { what: "share of those that move to the new one".into(), theory: 1.0, within: Within::Interval },
        ],
        move |seed| {
            let (mut moved, mut to_new) = (0, 0);
            for r in 0..rings {
                let (mut before, mut after) = (ring(n, seed * rings + r), ring(n + 1, seed * rings + r));
                for key in 0..keys {
                    let ask = Ask { key, ..Ask::default() };
                    let (was, is) = (before.pick(&ask).server(), after.pick(&ask).server());
                    if was != is {
                        moved += 1;
                        to_new += u32::from(is == Some(n));
                    }
                }
            }
            vec![f64::from(moved) / (rings * keys) as f64, f64::from(to_new) / f64::from(moved)]
        },
    )
}

/// Ten shards become eleven.
fn shards_grow(name: &'static str, law: &'static str, sharding: Sharding, theory: f64) -> Case {
    let keys = 50_000;
    Case::of_policy(
        name,
        law,
        "50,000 keys at random",
        vec![Figure { what: "share of keys that move".into(), theory, within: Within::Interval }],
        move |seed| {
            let shards: Vec<u32> = (0..11).collect();
            let (mut before, mut after) = (Sharder::default(), Sharder::default());
            before.set(&sharding, &shards[..10]);
            after.set(&sharding, &shards);
            let mut rng = Stream::new(seed, "truth", "keys");
            let moves = |key: u64| before.owner(key, None) != after.owner(key, None);
            let moved = (0..keys).filter(|_| moves(rng.below(1_000_000))).count();
            vec![moved as f64 / f64::from(keys)]
        },
    )
}

pub fn cases() -> Vec<Case> {
    vec![
        ring_grows(),
        shards_grow("hash mod n, 10 → 11 shards", "n/(n + 1) of the keys move", Sharding::Hash {}, 10.0 / 11.0),
        shards_grow(
            "equal ranges, 10 → 11 shards",
            "of the i-th range (n − i)/(n(n + 1)) of all keys stay: half of them move",
            Sharding::Range { keys: 1_000_000 },
            0.5,
        ),
    ]
}
