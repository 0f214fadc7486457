//! `cargo xtask screenshots`: takes the README's pictures again from the built page.

use std::path::Path;
use std::time::Duration;

use backpressure_tests::page::{Page, Screen, key};

/// One of the pictures.
struct Picture {
    name: &'static str,
    screen: Screen,
    theme: &'static str,
    design: &'static str,
    /// Kind of the component that is selected.
    select: Option<&'static str>,
    /// The canvas shows the selection close in.
    close: bool,
    /// Step of the slider of the speed: at 1/1,000 every request is a dot, in real time the traffic is a stream.
    speed_step: u32,
}

const SLOW: u32 = 3;
const REAL_TIME: u32 = 12;

const LIGHT: Picture = Picture {
    name: "light",
    screen: Screen::Desktop,
    theme: "light",
    design: "cache-aside",
    select: Some("cache"),
    close: false,
    speed_step: REAL_TIME,
};

const PICTURES: [Picture; 5] = [
    LIGHT,
    Picture { name: "dark", theme: "dark", design: "overload", select: Some("app_server"), ..LIGHT },
    Picture {
        name: "close",
        design: "hot-shard",
        select: Some("shard_router"),
        close: true,
        speed_step: SLOW,
        ..LIGHT
    },
    Picture { name: "projector", theme: "projector", design: "hot-key", select: None, speed_step: SLOW, ..LIGHT },
    Picture { name: "phone", screen: Screen::Phone, design: "load-balanced", select: None, ..LIGHT },
];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    std::fs::create_dir_all(&folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for Picture { name, screen, theme, design, select, close, speed_step } in PICTURES {
        let page = Page::open_on(screen, &format!("?preset={design}&theme={theme}&running=1&speed=20"));
        // Long enough for charts worth looking at.
        std::thread::sleep(Duration::from_secs(6));
        page.set_speed_step(speed_step);
        if let Some(kind) = select {
            page.select(&page.node(kind, 0));
        }
        if close {
            page.press(&[key::SHIFT, "2"]);
        }
        std::thread::sleep(Duration::from_secs(4));
        let file = folder.join(format!("{name}.webp"));
        std::fs::write(&file, page.picture()).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
        println!("docs/images/{name}.webp");
    }
}
