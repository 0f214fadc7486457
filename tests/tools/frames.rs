//! `cargo xtask frames`: is the screen smooth with 200 components and 2,000 dots, does the page stay free while a
//! simulation runs flat out, and what do gestures cost in designs of 1,000 and 5,000 components?

use std::time::{Duration, Instant};

use backpressure_sim::design::{Design, read, share, to_json};
use backpressure_tests::crowd;
use backpressure_tests::effort::{Effort, Gesture};
use backpressure_tests::page::Page;
use serde_json::{Value, json};

/// How long each part is watched, wall time.
const WATCH_MS: u64 = 6000;
/// Longest a task of the page may take, ms.
const LONGEST_TASK_MS: f64 = 50.0;
/// Frames a second wanted.
const FRAMES_PER_S: f64 = 60.0;
/// Dots wanted.
const DOTS: f64 = 2000.0;

/// Watches the page: frame times, tasks of 50 ms or more as the browser reports them, and how late a timer comes (at most
/// what the main thread was busy for, and what it waited for the machine).
const WATCH: &str = "
    const [ms] = arguments, done = arguments[1], frames = [], late = [], tasks = [];
    const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(e => e.duration)));
    observer.observe({type: 'longtask'});
    const start = performance.now();
    let last = start, timer = start;
    const frame = now => { frames.push(now - last); last = now; if (now - start < ms) requestAnimationFrame(frame); };
    requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });
    const tick = () => { const now = performance.now(); late.push(now - timer - 5); timer = now; if (now - start < ms) setTimeout(tick, 5); };
    setTimeout(tick, 5);
    setTimeout(() => { observer.disconnect(); done({frames, late, tasks}); }, ms + 200);";

fn main() {
    let design = dense();
    let page = Page::open(&format!("?speed=1/10#d={}", share::encode(&design)));
    page.click("[data-testid=zoom-fit]");
    page.play();
    // Until the first answers are back the screen is emptier than it will be.
    std::thread::sleep(Duration::from_secs(6));
    println!("{} components, {} links, in slow motion", page.count("[data-node-id]"), page.count("[data-link-id]"));
    let slow = Watched::of(&page);
    let dots = dots(&page);
    println!("  dots drawn in a frame        {dots:>8.0}    (at least {DOTS:.0})");
    slow.print();
    let smooth = slow.rate >= 0.97 * FRAMES_PER_S && dots >= DOTS;

    page.flat_out();
    std::thread::sleep(Duration::from_secs(2));
    println!("the same flat out");
    let fast = Watched::of(&page);
    fast.print();

    page.reopen("?preset=three-tier&speed=max&running=1");
    std::thread::sleep(Duration::from_secs(2));
    println!("the three-tier web application flat out");
    let tiers = Watched::of(&page);
    tiers.print();
    let free = [&slow, &fast, &tiers].iter().all(|watched| watched.longest <= LONGEST_TASK_MS);
    println!("smooth: {}; never blocked for more than {LONGEST_TASK_MS} ms: {}", yes(smooth), yes(free));
    for components in [1000, 5000] {
        in_hand(&page, components);
    }
    // Ends the browser, which leaving the process does not.
    drop(page);
    if !(smooth && free) {
        std::process::exit(1);
    }
}

/// A large design with its simulation running, under a hand.
fn in_hand(page: &Page, components: usize) {
    let design = crowd::crowd(components);
    println!("{components} components, {} links, running in real time", design.links.len());
    let file = page.browser.folder().join("crowd.json");
    std::fs::write(&file, to_json(&design)).unwrap_or_else(|problem| panic!("{problem}"));
    page.reopen("");
    let start = Instant::now();
    page.choose_file("#open-file-input", &file);
    page.until("the design", &format!("document.querySelectorAll('[data-node-id]').length === {components}"));
    println!("  opened in                    {:>8.1} s", start.elapsed().as_secs_f64());
    page.play();
    std::thread::sleep(Duration::from_secs(3));
    let at = page.canvas(0.5, 0.4);
    for (place, button) in [("close", "zoom-reset"), ("all in view", "zoom-fit")] {
        page.click(&format!("[data-testid={button}]"));
        std::thread::sleep(Duration::from_secs(1));
        for (name, gesture) in [("pan", Gesture::Pan(at)), ("zoom", Gesture::Zoom(at))] {
            let Effort { median, p95, work } = Effort::of(&page.browser, gesture);
            println!("  {name}, {place:<22} {median:>8.1} ms  (p95 {p95:.1} ms, {work:.1} ms of work a frame)");
        }
    }
}

fn yes(good: bool) -> &'static str {
    if good { "yes" } else { "NO" }
}

/// Forty systems of users, a balancer and three servers: 200 components, whose traffic makes about 2,300 dots at
/// a tenth of real time.
fn dense() -> Design {
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    let latency = json!({"latency": {"distribution": "constant", "mean_ms": 62}});
    for system in 0..40 {
        let (x, y) = (f64::from(system % 5) * 900.0, f64::from(system / 5) * 480.0);
        let mut node = |name: &str, kind: &str, x: f64, y: f64, params: Value| {
            nodes.push(
                json!({"id": format!("{name}-{system}"), "kind": kind, "name": name, "x": x, "y": y, "params": params}),
            );
        };
        node(
            "users",
            "users",
            x,
            y + 140.0,
            json!({"workload": {"workload": "open", "rate_rps": 230, "arrivals": "poisson"}}),
        );
        node("balancer", "load_balancer", x + 280.0, y + 140.0, json!({}));
        let mut link = |from: String, to: String| {
            links.push(json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": latency}));
        };
        link(format!("users-{system}"), format!("balancer-{system}"));
        for server in 0..3 {
            node(&format!("server{server}"), "app_server", x + 560.0, y + f64::from(server) * 140.0, json!({}));
            link(format!("balancer-{system}"), format!("server{server}-{system}"));
        }
    }
    let reading = read(json!({"format": 1, "name": "A crowd", "nodes": nodes, "links": links}).to_string().as_bytes());
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems);
    reading.design
}

/// What a watch came to, ms.
struct Watched {
    rate: f64,
    median: f64,
    p95: f64,
    longest: f64,
    latest: f64,
}

impl Watched {
    fn of(page: &Page) -> Self {
        let seen = page.browser.command("POST", "/execute/async", json!({"script": WATCH, "args": [WATCH_MS]}));
        let numbers = |name: &str| {
            let mut list: Vec<f64> = seen[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
            list.sort_by(f64::total_cmp);
            list
        };
        let (frames, late, tasks) = (numbers("frames"), numbers("late"), numbers("tasks"));
        assert!(!frames.is_empty(), "no frame was drawn");
        Self {
            rate: 1000.0 * frames.len() as f64 / frames.iter().sum::<f64>(),
            median: frames[frames.len() / 2],
            p95: frames[frames.len() * 95 / 100],
            longest: tasks.last().copied().unwrap_or_default(),
            latest: late.last().copied().unwrap_or_default(),
        }
    }

    fn print(&self) {
        println!(
            "  frames a second              {:>8.1}    (median {:.1} ms, p95 {:.1} ms)",
            self.rate, self.median, self.p95
        );
        let longest = if self.longest > 0.0 { format!("{:.0} ms", self.longest) } else { "< 50 ms".to_owned() };
        println!("  longest task of the page     {longest:>8}    (latest timer: {:.0} ms)", self.latest);
    }
}

/// Dots drawn in a frame: counted where they are drawn, after the watch, so that counting costs it nothing.
fn dots(page: &Page) -> f64 {
    let script = "
        const done = arguments[0], proto = CanvasRenderingContext2D.prototype, own = proto.drawImage;
        let drawn = 0, frames = 0;
        proto.drawImage = function (...all) { drawn++; return own.apply(this, all); };
        const frame = () => { if (++frames < 30) return requestAnimationFrame(frame); proto.drawImage = own; done(drawn / frames); };
        requestAnimationFrame(frame);";
    let drawn = page.browser.command("POST", "/execute/async", json!({"script": script, "args": []}));
    drawn.as_f64().unwrap_or_default()
}
