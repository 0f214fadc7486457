//! `cargo xtask screenshots`: takes the README's pictures again from the built page.

use std::path::Path;
use std::time::Duration;

use backpressure_tests::page::{Page, Screen};

/// Name of the picture, screen, theme, design, component to select.
const PICTURES: &[(&str, Screen, &str, &str, Option<&str>)] = &[
    ("light", Screen::Desktop, "light", "cache-aside", Some("cache")),
    ("dark", Screen::Desktop, "dark", "overload", Some("app_server")),
    ("phone", Screen::Phone, "light", "load-balanced", None),
];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    std::fs::create_dir_all(&folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for (name, screen, theme, preset, select) in PICTURES {
        let page = Page::open_on(*screen, &format!("?preset={preset}&theme={theme}&running=1&speed=20"));
        // Long enough for charts worth looking at, then slow, so that there are dots.
        std::thread::sleep(Duration::from_secs(6));
        page.set_speed_step(3);
        if let Some(kind) = select {
            page.select(&page.node(kind, 0));
        }
        std::thread::sleep(Duration::from_secs(4));
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, page.picture()).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
        println!("docs/images/{name}.png");
    }
}
