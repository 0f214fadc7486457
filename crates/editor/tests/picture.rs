//! The design as an SVG document.

use backpressure_editor::picture::{Card, Look, Status, svg};
use backpressure_editor::{Editor, Point};
use backpressure_sim::Node;
use backpressure_sim::design::{Link, read};

/// A look whose colours are their names.
struct Plain {
    live: bool,
}

impl Look for Plain {
    fn colour(&self, of: &str) -> String {
        format!("#{of}")
    }

    fn card(&self, node: &Node) -> Card {
        let status = Status { word: "Busy".into(), shape: "M1 1", colour: "#b60".into(), rate: "240/s".into() };
        Card {
            name: node.name.clone(),
            colour: "#00f".into(),
            corner: 12.0,
            icon: ["M2 2", ""],
            status: self.live.then_some(status),
            figures: if self.live { vec![("util", "85 %".into())] } else { Vec::new() },
        }
    }

    fn figure(&self, _: &Link) -> String {
        if self.live { "240/s".into() } else { String::new() }
    }
}

const DESIGN: &str = r#"{"format":1,"name":"Shop & <co>","nodes":[
    {"id":"u","kind":"users","name":"Users","x":0,"y":200},
    {"id":"s","kind":"app_server","name":"A \"server\" whose name is long","x":300,"y":200,"zone":"z"}],
  "links":[{"id":"us","from":"u","to":"s","name":"calls"}],
  "zones":[{"id":"z","name":"Europe"}],
  "notes":[{"id":"n","text":"Only one line\n\nand 1 < 2, further on than a line is wide","x":-400,"y":0}]}"#;

fn picture(json: &str, live: bool) -> (String, Point) {
    svg(&Editor::new(read(json.as_bytes()).design), &Plain { live })
}

/// The values of an attribute, in order.
fn values<'a>(svg: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    svg.split(&begin as &str).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_part_of_the_design_is_in_it() {
    let (svg, _) = picture(DESIGN, false);
    for part in [">Users<", ">Europe<", ">calls<", ">Only one line<", ">Shop &amp; &lt;co&gt;<"] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    // The note's second paragraph is broken between words: 28 letters a line.
    assert!(svg.contains(">and 1 &lt; 2, further on than a<") && svg.contains(">line is wide<"), "{svg}");
    // A name too long for its card is cut, and nothing breaks out of its text.
    assert!(svg.contains(">A &quot;server&quot; whose …<"), "{svg}");
}

#[test]
fn live_figures_are_in_it_only_if_they_are_wanted() {
    let (with, without) = (picture(DESIGN, true).0, picture(DESIGN, false).0);
    for figure in ["Busy", "240/s", "85 %", "util"] {
        assert!(with.contains(figure) && !without.contains(figure), "{figure}");
    }
}

#[test]
fn it_is_as_large_as_what_it_shows() {
    let (svg, size) = picture(DESIGN, false);
    // From the note's left edge at -400 to the zone's right one at 300 + 184 + 20, and 40 around.
    let (left, right) = (-400.0, 300.0 + 184.0 + 20.0);
    assert_eq!(size.x, right - left + 80.0);
    let view: Vec<f64> = values(&svg, "viewBox")[0].split(' ').filter_map(|n| n.parse().ok()).collect();
    assert_eq!((view[0], view[2], view[3]), (left - 40.0, size.x, size.y));
    assert_eq!(picture(r#"{"format":1}"#, false).1, Point { x: 480.0, y: 280.0 }, "an empty design has a size as well");
}

#[test]
fn it_stands_by_itself() {
    let (svg, _) = picture(DESIGN, true);
    for word in ["var(", "class=", "<style", "<script", "foreignObject", "href"] {
        assert!(!svg.contains(word), "{word} in {svg}");
    }
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>"));
}
