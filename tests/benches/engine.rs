//! `cargo xtask bench native`: every case of `backpressure_tests::bench` through criterion, then the table.

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use backpressure_tests::bench::{self, Target};
    use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    fn seconds() -> f64 {
        START.elapsed().as_secs_f64()
    }

    pub fn main() {
        let mut criterion = Criterion::default().configure_from_args();
        let cases = bench::cases();
        for case in &cases {
            let mut group = criterion.benchmark_group(case.name);
            // An iteration takes a good part of a second: ten of each, one after the other.
            group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_secs(1));
            group.throughput(Throughput::Elements(case.count));
            let results = [run(&mut group, "engine", &case.engine), run(&mut group, "hand-written", &case.reference)];
            group.finish();
            if let [Some(engine), Some(reference)] = results
                && let Err(problem) = bench::agree(case, [engine, reference])
            {
                eprintln!("error: {problem}");
                std::process::exit(1);
            }
        }
        criterion.final_summary();
        bench::print(&cases, &bench::native(&cases), Target::Native, &[], &mut |line| println!("{line}"));
    }

    /// Measures one program; what it came to, unless it was filtered out on the command line.
    fn run(
        group: &mut BenchmarkGroup<WallTime>,
        name: &str,
        program: &dyn Fn(bench::Clock) -> bench::Timed,
    ) -> Option<f64> {
        let mut result = None;
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let mut total = 0.0;
                for _ in 0..iterations {
                    let timed = program(seconds);
                    total += timed.seconds;
                    result = Some(timed.result);
                }
                Duration::from_secs_f64(total)
            });
        });
        result
    }
}

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}
