//! What is set of an app server.

use super::super::calling::CallOrder;
use crate::analysis::growth::cores_usd_per_hour;
use crate::design::{Distribution, choice, params};
use crate::engine::pool::WhenFull;
use crate::policies::autoscaling::Autoscaling;
use crate::policies::discipline::Discipline;

choice! {
    /// What happens to requests beyond the queue limit.
    pub enum OnOverflow {
        /// The newcomer is refused at once.
        Reject = "reject", "Refuse the newest";
        /// The one that has waited longest is dropped; the newcomer joins the queue.
        DropOldest = "drop_oldest", "Drop the oldest";
        /// Under the priority discipline the least important is dropped, be it the newcomer.
        DropLeastImportant = "drop_least_important", "Drop the least important";
    }
}

params! {
    /// Requests of some endpoints take another time.
    pub struct Route {
        /// Beginnings of the paths, separated by spaces, such as `/search /report`.
        paths: String = "/search".to_owned(), label "Paths", max_len 200;
        /// Time such a request computes.
        service_time: Distribution = Distribution::Exponential { mean_ms: 50.0 }, label "Service time";
    }
}

params! {
    /// Memory of an instance. When it runs out the process is killed, and everything inside is lost.
    pub struct Memory {
        /// Memory of an instance.
        limit_mb: f64 = 1024.0, label "Limit", unit "MB", range 1.0..=30_000_000.0;
        /// Taken by the process itself.
        base_mb: f64 = 256.0, label "Process", unit "MB", range 0.0..=30_000_000.0;
        /// Taken by each request inside, waiting or served.
        per_request_mb: f64 = 2.0, label "Each request", unit "MB", range 0.0..=1_000_000.0;
        /// How long a killed instance takes until it serves again.
        restart_s: f64 = 10.0, label "Restart", unit "s", range 0.001..=86_400.0;
    }
}

params! {
    /// Parameters of an app server.
    pub struct AppServerParams {
        /// Identical copies of the server, each with slots and a queue of its own. A load balancer in front chooses among them; without one they take turns.
        instances: u32 = 1, label "Instances", range 1..=1000;
        /// Requests an instance works on at once (worker threads or processes). A request holds its slot while it waits for a cache or a database.
        slots: u32 = 8, label "Slots per instance", unit "slots", range 1..=100_000;
        /// Time a request computes in its slot, before it calls anything.
        service_time: Distribution = Distribution::Exponential { mean_ms: 6.0 }, label "Service time";
        /// Requests that may wait for a slot, per instance.
        queue_limit: u32 = 1000, label "Queue limit", unit "requests", range 0..=1_000_000;
        /// What happens to requests beyond the queue limit.
        on_overflow: OnOverflow = OnOverflow::Reject, label "When the queue is full";
        /// Who of those who wait is served next.
        discipline: Discipline = Discipline::Fifo {}, label "Queue", advanced;
        /// In which order the components behind it are called (caches looked aside always come first).
        calls: CallOrder = CallOrder::Sequential, label "Calls", advanced;
        /// Cores of an instance. When more requests compute than there are cores, all of them slow down. Off: a core for every slot.
        cores: Option<u32> = None, label "Cores", unit "cores", range 1..=448, advanced;
        /// How fast a core is: at 2 requests compute in half the time.
        core_speed: f64 = 1.0, label "Core speed", unit "×", range 0.1..=4.0, advanced;
        /// Memory that requests take, and what there is. Off: never short.
        memory: Option<Memory> = None, label "Memory", advanced;
        /// Starts and stops instances with the load. Off: always the number above.
        autoscaling: Option<Autoscaling> = None, label "Autoscaling", advanced;
        /// Endpoints that take another time than the service time above.
        routes: Vec<Route> = Vec::new(), label "Endpoints", item "endpoint", items 0..=20, advanced;
    }
}

impl AppServerParams {
    /// What its pools do when they are full.
    pub fn when_full(&self) -> WhenFull {
        match self.on_overflow {
            OnOverflow::Reject => WhenFull::RejectNewest,
            OnOverflow::DropOldest => WhenFull::DropOldest,
            OnOverflow::DropLeastImportant => WhenFull::DropLeastImportant,
        }
    }

    /// USD per hour. Clouds ask about 0.05 for an hour of a core of usual speed and 0.005 for a GB of memory. Within a family
    /// the price is in proportion to size; beyond some ten cores, and for faster ones, it rises faster, here by 1 + cores/64 and
    /// by the square of the speed. Without a number of cores a core is counted for every four slots.
    pub fn cost_usd_per_hour(&self) -> f64 {
        let instances = self.autoscaling.as_ref().map_or(self.instances, |a| a.bounded(self.instances));
        let cores = f64::from(self.cores.unwrap_or((self.slots / 4).clamp(1, 64)));
        let memory_gb = self.memory.as_ref().map_or(4.0 * cores, |m| m.limit_mb / 1024.0);
        let each = cores_usd_per_hour(0.05, cores) * self.core_speed * self.core_speed + 0.005 * memory_gb;
        f64::from(instances) * each
    }

    /// Requests a second of the usual service time that all instances can compute: each on a core and in a slot of its own.
    pub fn capacity_per_s(&self) -> f64 {
        let at_once = self.cores.map_or(self.slots, |cores| cores.min(self.slots));
        f64::from(self.instances) * f64::from(at_once) * self.core_speed * 1000.0 / self.service_time.mean_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_size_costs_more_than_twice_as_much() {
        let cost = |cores: u32, core_speed: f64| {
            AppServerParams { cores: Some(cores), core_speed, ..AppServerParams::default() }.cost_usd_per_hour()
        };
        assert!((cost(2, 1.0) - 0.14).abs() < 0.01, "about what a small machine costs: {}", cost(2, 1.0));
        for cores in [2, 8, 32, 128] {
            assert!(cost(2 * cores, 1.0) > 2.0 * cost(cores, 1.0));
        }
        assert!(cost(8, 2.0) > 2.5 * cost(8, 1.0));
    }
}
