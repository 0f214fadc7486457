//! What goes wrong, and when: part of the document, never an edit of the diagram.

use super::macros::{choice, params, variant};

choice! {
    /// Which way of a link is cut.
    pub enum Direction {
        /// Neither requests nor answers arrive.
        Both = "both", "Both ways";
        /// Requests do not arrive.
        Requests = "requests", "Requests only";
        /// Answers do not arrive: the work is done, and nobody learns of it.
        Replies = "replies", "Answers only";
    }
}

variant! {
    /// What goes wrong.
    pub enum Trouble tag "fault" {
        /// The process dies: what was inside is lost, callers see their connections reset, and new ones are refused until it is back.
        Crash = "crash", "Crash" {
            /// The instance that dies, counted from 0. Off: all of them.
            instance: Option<u32> = None, label "Instance", range 0..=999;
            /// The whole machine is gone: callers hear nothing at all and must find out by themselves.
            silent: bool = false, label "Without a word";
        }
        /// All work takes longer; health checks do not notice (a grey failure).
        Slow = "slow", "Slow" {
            /// Work takes this many times as long.
            factor: f64 = 5.0, label "Times as slow", unit "×", range 1.0..=1000.0;
            /// The instance that is slow, counted from 0. Off: all of them.
            instance: Option<u32> = None, label "Instance", range 0..=999;
        }
        /// A share of requests fails at once with an internal error.
        Errors = "errors", "Errors" {
            /// Share of requests that fail.
            error_rate: f64 = 0.3, label "Error rate", range 0.0..=1.0;
        }
        /// Messages take longer on the link, each way.
        Latency = "latency", "Latency" {
            /// Time added, each way.
            extra_ms: f64 = 200.0, label "Added", unit "ms", range 0.0..=600_000.0;
        }
        /// A share of messages is lost on the link, each way.
        Loss = "loss", "Packet loss" {
            /// Share lost.
            share: f64 = 0.05, label "Share lost", range 0.0..=1.0;
        }
        /// Nothing arrives over the link.
        Partition = "partition", "Partition" {
            /// Which way is cut.
            direction: Direction = Direction::Both, label "Cut";
        }
        /// A cache loses all it holds, once.
        Flush = "flush", "Cache flush" {
        }
        /// Users come in multiples of their usual number.
        Spike = "spike", "Traffic spike" {
            /// Traffic is this many times the usual.
            factor: f64 = 5.0, label "Times the traffic", unit "×", range 0.0..=1000.0;
        }
        /// A scheduler's clock stands still: nothing is started.
        StuckClock = "stuck_clock", "Stuck clock" {
        }
        /// A store has no room left: writes fail, reads go on.
        DiskFull = "disk_full", "Disk full" {
        }
        /// Connections, slots or workers are taken and never given back, until a restart.
        ConnectionLeak = "connection_leak", "Connection leak" {
            /// Connections lost per second.
            leak_per_s: f64 = 1.0, label "Lost", unit "per s", range 0.001..=1_000_000.0;
        }
    }
}

impl Trouble {
    /// Does it befall links rather than components?
    pub fn is_of_links(&self) -> bool {
        matches!(self, Self::Latency { .. } | Self::Loss { .. } | Self::Partition { .. })
    }
}

variant! {
    /// When it goes wrong.
    pub enum Schedule tag "when" {
        /// Once, at a given time of the run.
        Once = "once", "Once" {
            /// Simulated time at which it begins.
            at_s: f64 = 10.0, label "From", unit "s", range 0.0..=31_536_000.0;
            /// How long it lasts. Off: until the end.
            for_s: Option<f64> = Some(10.0), label "For", unit "s", range 0.001..=31_536_000.0;
        }
        /// Again and again, at random, by the seed of the run: exponential times to failure and to repair.
        Random = "random", "At random" {
            /// Mean time between failures.
            mtbf_s: f64 = 60.0, label "Mean time between failures", unit "s", range 0.001..=31_536_000.0;
            /// Mean time to repair.
            mttr_s: f64 = 5.0, label "Mean time to repair", unit "s", range 0.001..=31_536_000.0;
        }
    }
}

params! {
    /// Parameters of a fault.
    pub struct FaultParams {
        /// What goes wrong.
        trouble: Trouble = Trouble::Crash { instance: None, silent: false }, label "What";
        /// When.
        schedule: Schedule = Schedule::Once { at_s: 10.0, for_s: Some(10.0) }, label "When";
        /// Whether it takes place at all.
        enabled: bool = true, label "Takes place";
    }
}
