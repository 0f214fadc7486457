use super::*;
use proptest::prelude::*;

fn with(options: Options, weights: &[f64]) -> Balancer {
    let mut b = Balancer::new(options, Stream::new(1, "lb", "balance"));
    let targets: Vec<_> = weights.iter().enumerate().map(|(i, &w)| (i as u32, 0, w)).collect();
    b.set_targets(&targets, &[], 0);
    b
}

fn balancer(algorithm: Balancing, servers: usize) -> Balancer {
    with(Options::of(algorithm), &vec![1.0; servers])
}

fn key(key: u64) -> Ask {
    Ask { key, ..Ask::default() }
}

fn pick(b: &mut Balancer) -> u32 {
    b.pick(&key(0)).server().unwrap()
}

fn at(seconds: f64) -> Ask {
    Ask { now_ns: (seconds * 1e9) as u64, ..Ask::default() }
}

#[test]
fn round_robin_takes_turns() {
    let mut b = balancer(Balancing::RoundRobin, 3);
    assert_eq!((0..6).map(|_| pick(&mut b)).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2]);
}

#[test]
fn weighted_follows_the_weights_and_interleaves() {
    let mut b = with(Options::of(Balancing::Weighted), &[5.0, 1.0, 1.0]);
    // The sequence in nginx's own commit message for weights {5, 1, 1}.
    assert_eq!((0..7).map(|_| pick(&mut b)).collect::<Vec<_>>(), [0, 0, 1, 0, 2, 0, 0]);
}

#[test]
fn least_connections_picks_the_idlest() {
    let mut b = balancer(Balancing::LeastConnections, 3);
    let first: Vec<u32> = (0..3).map(|_| pick(&mut b)).collect();
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2]);
    b.done(first[1]);
    assert_eq!(pick(&mut b), first[1]);
}

#[test]
fn power_of_two_never_picks_the_busiest_of_two() {
    let mut b = balancer(Balancing::PowerOfTwo, 2);
    let first = pick(&mut b);
    assert_eq!(pick(&mut b), 1 - first);
}

#[test]
fn as_many_choices_as_servers_are_least_connections() {
    let mut b = with(Options { choices: 5, ..Options::of(Balancing::PowerOfTwo) }, &[1.0; 5]);
    for round in 1..=20 {
        for _ in 0..5 {
            pick(&mut b);
        }
        assert!(b.targets().iter().all(|t| t.outstanding == round));
    }
}

#[test]
fn least_response_time_leaves_a_slow_server_alone() {
    let mut b = balancer(Balancing::LeastResponseTime, 2);
    for number in [0, 1] {
        b.observe(number, if number == 0 { 50_000_000 } else { 1_000_000 }, 1);
    }
    assert!((0..40).all(|_| pick(&mut b) == 1), "forty requests of 1 ms are quicker than one of 50 ms");
}

#[test]
fn a_client_stays_at_its_server_by_the_hash_of_its_address() {
    let mut b = balancer(Balancing::IpHash, 7);
    let mut seen = [0; 7];
    for client in 0..7000 {
        let ask = |key| Ask { client, key, ..Ask::default() };
        let first = b.pick(&ask(1)).server().unwrap();
        assert_eq!(b.pick(&ask(2)).server(), Some(first));
        seen[first as usize] += 1;
    }
    // 1,000 each, give or take 3.5 standard deviations of √(1000·6/7).
    assert!(seen.iter().all(|n| i32::abs(n - 1000) < 103), "{seen:?}");
}

#[test]
fn a_new_server_takes_its_share_of_keys_and_moves_no_others() {
    let (mut ten, mut eleven) = (balancer(Balancing::ConsistentHash, 10), balancer(Balancing::ConsistentHash, 11));
    let keys = 20_000;
    let mut moved = 0;
    for k in 0..keys {
        let (before, after) = (ten.pick(&key(k)), eleven.pick(&key(k)));
        if before != after {
            assert_eq!(after, Picked::Server(10), "a key moves only to the new server");
            moved += 1;
        }
    }
    // 1/(n + 1) of the keys, give or take the ring's unevenness of about 10 %, three times over.
    let share = f64::from(moved) / keys as f64;
    assert!((share - 1.0 / 11.0).abs() < 0.3 / 11.0, "{share}");
}

#[test]
fn a_server_that_is_out_gets_nothing_and_its_keys_come_back_with_it() {
    for algorithm in [Balancing::ConsistentHash, Balancing::RoundRobin, Balancing::LeastConnections] {
        let mut b = balancer(algorithm, 3);
        b.set_out(1, true, 0);
        assert!((0..300).all(|k| b.pick(&key(k)) != Picked::Server(1)));
        b.set_out(0, true, 0);
        b.set_out(2, true, 0);
        assert_eq!(b.pick(&key(0)), Picked::Nobody);
        b.set_out(1, false, 0);
        assert_eq!(b.pick(&key(0)), Picked::Server(1));
    }
    let mut b = balancer(Balancing::ConsistentHash, 5);
    let owners: Vec<_> = (0..1000).map(|k| b.pick(&key(k))).collect();
    b.set_out(3, true, 0);
    for (k, owner) in owners.iter().enumerate() {
        let now = b.pick(&key(k as u64));
        assert!(now == *owner || *owner == Picked::Server(3), "only the keys of the one that is out move");
    }
    b.set_out(3, false, 0);
    assert!((0..1000).all(|k| b.pick(&key(k)) == owners[k as usize]));
}

#[test]
fn a_refused_request_meets_every_other_server_once() {
    for request in 0..50 {
        let mut b = balancer(Balancing::ConsistentHash, 6);
        let ask = Ask { key: request, client: 77, ..Ask::default() };
        let mut met = vec![b.pick(&ask).server().unwrap()];
        for tried in 1..6 {
            let last = *met.last().unwrap();
            met.push(b.pick_other(&ask, last, tried).server().unwrap());
        }
        met.sort_unstable();
        assert_eq!(met, [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn what_a_server_refuses_is_spread_over_all_the_others() {
    let mut b = balancer(Balancing::Random, 5);
    let mut seen = [0; 5];
    for k in 0..4000 {
        seen[b.pick_other(&key(k), 2, 1).server().unwrap() as usize] += 1;
    }
    // 1,000 each of the four others, give or take 3.5 standard deviations.
    assert!(seen.iter().enumerate().all(|(i, n)| i32::abs(n - if i == 2 { 0 } else { 1000 }) < 97), "{seen:?}");
}

#[test]
fn connections_are_limited_and_then_there_is_no_room() {
    for algorithm in [Balancing::RoundRobin, Balancing::Random, Balancing::PowerOfTwo, Balancing::ConsistentHash] {
        let mut b = with(Options { max_connections: 2, ..Options::of(algorithm) }, &[1.0; 3]);
        for k in 0..6 {
            assert!(b.pick(&key(k)).server().is_some());
        }
        assert!(b.targets().iter().all(|t| t.outstanding == 2));
        assert_eq!(b.pick(&key(7)), Picked::Full);
        b.done(1);
        assert_eq!(b.pick(&key(8)), Picked::Server(1));
    }
}

#[test]
fn in_its_slow_start_a_server_gets_a_share_that_rises_with_time() {
    for algorithm in [Balancing::RoundRobin, Balancing::Random, Balancing::IpHash] {
        let mut b = with(Options { slow_start_ns: 10_000_000_000, ..Options::of(algorithm) }, &[1.0; 2]);
        b.set_out(0, true, 1);
        b.set_out(0, false, 1);
        let mut share = |seconds| {
            let of = 20_000;
            let picks = (0..of).filter(|&client| b.pick(&Ask { client, ..at(seconds) }) == Picked::Server(0)).count();
            picks as f64 / f64::from(of)
        };
        // At half time half of its half; at the very beginning a tenth.
        for (seconds, expected) in [(0.01, 0.05), (5.0, 0.25), (10.1, 0.5)] {
            let got = share(seconds);
            assert!((got - expected).abs() < 0.012, "{algorithm:?} after {seconds} s: {got}, expected {expected}");
        }
    }
    // Least connections: as many requests at it as its share of the time says.
    let mut b = with(Options { slow_start_ns: 10_000_000_000, ..Options::of(Balancing::LeastConnections) }, &[1.0; 2]);
    b.set_out(0, true, 1);
    b.set_out(0, false, 1);
    for _ in 0..150 {
        b.pick(&at(5.0));
    }
    assert!(b.targets()[0].outstanding.abs_diff(50) <= 1, "{:?}", b.targets());
}

#[test]
fn groups_share_servers_and_their_counts() {
    let mut b = balancer(Balancing::LeastConnections, 0);
    b.set_targets(&[(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0)], &[vec![0, 1], vec![1, 2]], 0);
    let in_group = |b: &mut Balancer, group| b.pick(&Ask { group, ..Ask::default() }).server().unwrap();
    let mut first: Vec<_> = (0..2).map(|_| in_group(&mut b, 0)).collect();
    first.sort_unstable();
    assert_eq!(first, [0, 1]);
    assert_eq!(in_group(&mut b, 1), 2, "the second server is busy with the first group's request");
    assert_eq!((b.servers(0), b.servers(1), b.servers(2)), (2, 2, 0));
}

#[test]
fn servers_that_stay_keep_their_counts() {
    let mut b = balancer(Balancing::LeastConnections, 2);
    let first = pick(&mut b);
    b.set_targets(&[(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0)], &[], 0);
    assert_eq!(b.target(first).unwrap().outstanding, 1);
    b.set_targets(&[], &[], 0);
    assert_eq!(b.pick(&key(0)), Picked::Nobody);
}

proptest! {
    /// No server ever has more than ⌈c·m/n⌉ of m requests (Mirrokni et al., theorem 1), whatever the keys.
    #[test]
    fn bounded_hash_keeps_its_bound(servers in 1usize..12, bound in 1.01f64..3.0, steps in prop::collection::vec((any::<bool>(), 0u64..5), 1..300)) {
        let mut b = with(Options { load_bound: bound, ..Options::of(Balancing::BoundedHash) }, &vec![1.0; servers]);
        let mut out: Vec<u32> = Vec::new();
        for (leaves, hot_key) in steps {
            if leaves && !out.is_empty() {
                b.done(out.remove(0));
                continue;
            }
            out.push(b.pick(&key(hot_key)).server().unwrap());
            let most = libm::ceil(bound * out.len() as f64 / servers as f64) as u32;
            let given = b.target(*out.last().unwrap()).unwrap().outstanding;
            prop_assert!(given <= most, "{given} of {} at one of {servers}", out.len());
        }
    }

    /// Different choices are different servers.
    #[test]
    fn choices_are_distinct(servers in 1usize..15, choices in 1usize..=10, seed in any::<u64>()) {
        let mut b = balancer(Balancing::PowerOfTwo, servers);
        b.rng = Stream::new(seed, "lb", "balance");
        let mut places = [0; choose::MOST_CHOICES];
        let looked_at = b.some_places(servers, choices, &mut places);
        prop_assert_eq!(looked_at, choices.min(servers));
        let mut seen = places[..looked_at].to_vec();
        seen.sort_unstable();
        seen.dedup();
        prop_assert!(seen.len() == looked_at && seen.iter().all(|&p| p < servers), "{places:?}");
    }
}

#[test]
fn choices_are_fair() {
    let mut b = balancer(Balancing::PowerOfTwo, 7);
    let (mut seen, of) = ([0; 7], 14_000);
    for _ in 0..of {
        let mut places = [0; choose::MOST_CHOICES];
        let looked_at = b.some_places(7, 4, &mut places);
        places[..looked_at].iter().for_each(|&p| seen[p] += 1);
    }
    // 4/7 of the draws look at each, give or take 3.5 standard deviations of √(14,000·4/7·3/7) = 58.6.
    assert!(seen.iter().all(|n| i32::abs(n - of * 4 / 7) < 205), "{seen:?}");
}
