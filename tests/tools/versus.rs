//! `cargo xtask versus`: the same diagram here and in React Flow, in the same browser, under the same hand.

use std::time::Duration;

use backpressure_sim::design::{Design, to_json};
use backpressure_tests::crowd::crowd;
use backpressure_tests::effort::{Effort, Gesture};
use backpressure_tests::page::{At, Page};
use serde_json::{Value, json};

/// Components of the diagram; it has half as many links again.
const COMPONENTS: usize = 1000;
/// Rounds, in turn, if the command line says nothing else; of each figure the median counts.
const ROUNDS: usize = 3;
/// Wanted of the ratio of work while something is dragged, whether or not our simulation runs.
const GOAL: f64 = 0.5;

/// Who is measured.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    /// Backpressure, standing still as a diagram.
    Ours,
    /// Backpressure while the simulation runs.
    Running,
    /// React Flow as it comes.
    Theirs,
    /// React Flow told to keep only what is in view.
    TheirsVisible,
}

const ALL: [(Who, &str); 4] = [
    (Who::Ours, "Backpressure"),
    (Who::Running, "Backpressure, simulation running"),
    (Who::Theirs, "React Flow"),
    (Who::TheirsVisible, "React Flow, only what is in view"),
];

/// What is measured: the name, whether from afar, the gesture.
type Case = (&'static str, bool, fn(At) -> Gesture);

const CASES: [Case; 6] = [
    ("drag, close", false, Gesture::Drag),
    ("pan, close", false, Gesture::Pan),
    ("zoom, close", false, Gesture::Zoom),
    ("drag, all in view", true, Gesture::Drag),
    ("pan, all in view", true, Gesture::Pan),
    ("zoom, all in view", true, Gesture::Zoom),
];

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let design = crowd(COMPONENTS);
    println!("{} components, {} links; ms", design.nodes.len(), design.links.len());
    let mut seen = vec![vec![Vec::new(); ALL.len()]; CASES.len()];
    for round in 1..=rounds {
        for (at, (who, name)) in ALL.into_iter().enumerate() {
            eprintln!("round {round} of {rounds}: {name}");
            let page = open(who, &design);
            for (case, (_, afar, gesture)) in CASES.into_iter().enumerate() {
                let place = look(&page, who, &design, afar);
                let effort = Effort::of(&page.browser, gesture(place));
                eprintln!("  {}: {effort:.1?}", CASES[case].0);
                seen[case][at].push(effort);
            }
        }
    }
    let mut good = true;
    for ((name, ..), seen) in CASES.iter().zip(&seen) {
        let efforts: Vec<Effort> = seen.iter().map(|rounds| Effort::middle(rounds)).collect();
        println!("\n{name:<36}{:>10}{:>10}{:>16}", "frame p50", "frame p95", "work a frame");
        for ((_, name), effort) in ALL.iter().zip(&efforts) {
            println!("  {name:<34}{:>10.1}{:>10.1}{:>16.2}", effort.median, effort.p95, effort.work);
        }
        let [ours, running, theirs, theirs_visible] = efforts[..] else { continue };
        let show = |own: Effort, other: Effort| {
            format!("{:.2} {:.2} {:.2}", own.median / other.median, own.p95 / other.p95, own.work / other.work)
        };
        println!("  ratios of p50, p95 and work, standing: {}; running: {}", show(ours, theirs), show(running, theirs));
        println!("  beside “only what is in view”: {}; {}", show(ours, theirs_visible), show(running, theirs_visible));
        if name.starts_with("drag") {
            good &= ours.work.max(running.work) / theirs.work <= GOAL;
        }
    }
    println!("\nmain-thread work at most {GOAL} of React Flow's while dragging: {}", if good { "yes" } else { "NO" });
}

/// Opens the diagram.
fn open(who: Who, design: &Design) -> Page {
    if matches!(who, Who::Ours | Who::Running) {
        let page = Page::open("");
        let file = page.browser.folder().join("crowd.json");
        std::fs::write(&file, to_json(design)).unwrap_or_else(|problem| panic!("{problem}"));
        page.choose_file("#open-file-input", &file);
        page.until("the diagram", &format!("document.querySelectorAll('[data-node-id]').length === {COMPONENTS}"));
        if who == Who::Running {
            page.play();
            std::thread::sleep(Duration::from_secs(3));
        }
        return page;
    }
    let folder = std::env::var("VERSUS").unwrap_or_else(|_| panic!("run this as `cargo xtask versus`"));
    let text = |name: &str| {
        let file = format!("{folder}/{name}");
        std::fs::read_to_string(&file).unwrap_or_else(|problem| panic!("{file}: {problem}"))
    };
    let page = Page::blank(backpressure_tests::page::Screen::Desktop);
    page.site.add("page.js", &text("page.js"));
    let html = format!(
        "<!doctype html><meta charset=utf-8><title>React Flow</title><style>{}html, body, #root {{ height: 100%; margin: 0 }}</style>
         <div id=root></div><script>window.diagram = {}</script><script src=page.js></script>",
        text("page.css"),
        diagram(design),
    );
    let address = page.site.add("flow.html", &html);
    page.go(&format!("{address}{}", if who == Who::TheirsVisible { "?visible" } else { "" }));
    page.until("React Flow", "window.flow && document.querySelector('.react-flow__node')");
    page
}

/// The design in React Flow's words.
fn diagram(design: &Design) -> Value {
    let nodes: Vec<Value> = design
        .nodes
        .iter()
        .map(|node| {
            json!({"id": node.id, "position": {"x": node.x, "y": node.y}, "data": {"label": node.name}, "width": 184, "height": 100,
                   "sourcePosition": "right", "targetPosition": "left"})
        })
        .collect();
    let edges: Vec<Value> =
        design.links.iter().map(|link| json!({"id": link.id, "source": link.from, "target": link.to})).collect();
    json!({"nodes": nodes, "edges": edges})
}

/// Looks at the whole diagram or at a component in the middle of it, and gives where that component is on the screen.
fn look(page: &Page, who: Who, design: &Design, afar: bool) -> At {
    let world = if matches!(who, Who::Ours | Who::Running) {
        page.click("[data-testid=zoom-fit]");
        if !afar {
            page.click("[data-testid=zoom-reset]");
        }
        ".world-front"
    } else {
        page.run("flow.fitView()", Value::Null);
        std::thread::sleep(Duration::from_millis(300));
        if !afar {
            page.run("flow.zoomTo(1)", Value::Null);
        }
        ".react-flow__viewport"
    };
    // What this sets off (a glide, cards that come into view) is over by then.
    std::thread::sleep(Duration::from_millis(1000));
    let seen = page.run(
        "const e = document.querySelector(arguments[0]), m = new DOMMatrix(getComputedStyle(e).transform);
         const r = (document.querySelector('[data-testid=canvas]') ?? document.body).getBoundingClientRect();
         return [m.a, m.e + r.x, m.f + r.y, r.x + r.width / 2, r.y + r.height / 2];",
        json!(world),
    );
    let number = |n: usize| seen[n].as_f64().unwrap_or_default();
    let (zoom, middle) = (number(0), (number(3), number(4)));
    let on_screen = |x: f64, y: f64| ((x + 92.0) * zoom + number(1), (y + 50.0) * zoom + number(2));
    let far = |at: &At| (at.0 - middle.0).hypot(at.1 - middle.1);
    let places = design.nodes.iter().map(|node| on_screen(node.x, node.y));
    places.min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(middle)
}
