//! The drawings of the toolbars' and panels' symbols.

use super::{Drawing, Symbol};

const fn line(stroke: &'static str) -> Drawing {
    Drawing { stroke, fill: "" }
}

pub(super) fn drawing(symbol: Symbol) -> Drawing {
    match symbol {
        Symbol::Play => Drawing { stroke: "M8 5.25v13.5L18.75 12 8 5.25Z", fill: "M8 5.25v13.5L18.75 12 8 5.25Z" },
        Symbol::Pause => Drawing {
            stroke: "M7.25 5.5h2.5v13h-2.5ZM14.25 5.5h2.5v13h-2.5Z",
            fill: "M7.25 5.5h2.5v13h-2.5ZM14.25 5.5h2.5v13h-2.5Z",
        },
        // One event: a bar is passed. One request: a dot is reached.
        Symbol::StepEvent => Drawing { stroke: "M7 6v12l8.5-6L7 6ZM18.5 6v12", fill: "" },
        Symbol::StepRequest => {
            Drawing { stroke: "M5 6v12l8-6-8-6ZM18.25 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z", fill: "" }
        }
        Symbol::Reset => line("M4.5 4.75v4.5H9M4.75 9.25A7.75 7.75 0 1 1 4.25 12.5"),
        Symbol::Bolt => line("M13 3.25 5.5 13.5h5.75L10.75 20.75 18.5 10.25h-5.75L13 3.25Z"),
        Symbol::Waterfall => line("M4 6h7M8 11h8M12 16h8M4 20.5h16"),
        Symbol::Check => line("M4.75 12.5 9.75 17.5 19.25 7"),
        Symbol::Undo => line("M8.5 4.75 4 9.25l4.5 4.5M4.25 9.25h10a5.25 5.25 0 0 1 0 10.5H9.5"),
        Symbol::Redo => line("M15.5 4.75l4.5 4.5-4.5 4.5M19.75 9.25h-10a5.25 5.25 0 0 0 0 10.5h4.75"),
        Symbol::Share => line(
            "M10.25 13.75a4.25 4.25 0 0 0 6 0l3-3a4.24 4.24 0 0 0-6-6L11.75 6.25M13.75 10.25a4.25 4.25 0 0 0-6 0l-3 \
             3a4.24 4.24 0 0 0 6 6l1.5-1.5",
        ),
        Symbol::Open => line(
            "M3.5 18.25V6.5A1.75 1.75 0 0 1 5.25 4.75h4l2.25 2.5h7.25A1.75 1.75 0 0 1 20.5 9v1.5M3.6 18.6l2.2-6.9a1.75 \
             1.75 0 0 1 1.67-1.2h13.3a1 1 0 0 1 .95 1.3l-1.97 6.24a1.75 1.75 0 0 1-1.67 1.21H4.55a1 1 0 0 1-.95-.65Z",
        ),
        Symbol::Save => line(
            "M12 3.75v11.5M7.25 10.75 12 15.5l4.75-4.75M4 17.5v1A1.75 1.75 0 0 0 5.75 20.25h12.5A1.75 1.75 0 0 0 20 18.5v-1",
        ),
        Symbol::Sun => line(
            "M12 16.25a4.25 4.25 0 1 0 0-8.5 4.25 4.25 0 0 0 0 8.5ZM12 2.5v1.75M12 19.75v1.75M2.5 12h1.75M19.75 \
             12h1.75M5.3 5.3l1.2 1.2M17.5 17.5l1.2 1.2M18.7 5.3l-1.2 1.2M6.5 17.5l-1.2 1.2",
        ),
        Symbol::Moon => line("M20 14.25A8.5 8.5 0 0 1 9.75 4 8.5 8.5 0 1 0 20 14.25Z"),
        Symbol::Help => Drawing {
            stroke: "M12 21.25a9.25 9.25 0 1 0 0-18.5 9.25 9.25 0 0 0 0 18.5ZM9.35 9.25a2.7 2.7 0 1 1 4.2 2.25c-.9.6-1.55 \
                     1.1-1.55 2.1",
            fill: "M12 15.65a1.15 1.15 0 1 0 0 2.3 1.15 1.15 0 0 0 0-2.3Z",
        },
        Symbol::Info => Drawing {
            stroke: "M12 21.25a9.25 9.25 0 1 0 0-18.5 9.25 9.25 0 0 0 0 18.5ZM12 11.25v5.25",
            fill: "M12 6.6a1.15 1.15 0 1 0 0 2.3 1.15 1.15 0 0 0 0-2.3Z",
        },
        Symbol::Fit => line(
            "M4 8.75V5.5A1.5 1.5 0 0 1 5.5 4h3.25M15.25 4h3.25A1.5 1.5 0 0 1 20 5.5v3.25M20 15.25v3.25a1.5 1.5 0 0 1-1.5 \
             1.5h-3.25M8.75 20H5.5A1.5 1.5 0 0 1 4 18.5v-3.25M9 10h6v4H9Z",
        ),
        Symbol::Select => line("M5.5 4.5l13.25 5.6-5.6 2.05-2.05 5.6L5.5 4.5ZM13.4 12.4l5.6 5.6"),
        Symbol::Hand => line(
            "M7.75 12.5V6.25a1.5 1.5 0 0 1 3 0V11M10.75 11V4.75a1.5 1.5 0 0 1 3 0V11M13.75 11V6.25a1.5 1.5 0 0 1 3 \
             0V12M16.75 12V9a1.5 1.5 0 0 1 3 0v5.5a6.25 6.25 0 0 1-6.25 6.25h-.9a6.25 6.25 0 0 1-5.2-2.78L4.6 13.9a1.55 \
             1.55 0 0 1 2.45-1.9l.7.75",
        ),
        Symbol::Connect => line(
            "M5.25 20.75a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM18.75 8.25a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM7.75 \
             18.25h2A2.25 2.25 0 0 0 12 16V8a2.25 2.25 0 0 1 2.25-2.25h2",
        ),
        Symbol::Close => line("M6 6l12 12M18 6 6 18"),
        Symbol::Plus => line("M12 5v14M5 12h14"),
        Symbol::Minus => line("M5 12h14"),
        Symbol::Trash => line(
            "M4 6.75h16M9.25 6.75V5A1.25 1.25 0 0 1 10.5 3.75h3A1.25 1.25 0 0 1 14.75 5v1.75M6 6.75l.8 11.9a1.75 1.75 0 0 \
             0 1.75 1.6h6.9a1.75 1.75 0 0 0 1.75-1.6L18 6.75M10 11v5M14 11v5",
        ),
        Symbol::Duplicate => line(
            "M10.25 8.5h8A1.75 1.75 0 0 1 20 10.25v8A1.75 1.75 0 0 1 18.25 20h-8a1.75 1.75 0 0 1-1.75-1.75v-8a1.75 1.75 0 \
             0 1 1.75-1.75ZM5.5 15.5A1.5 1.5 0 0 1 4 14V5.75C4 4.8 4.8 4 5.75 4H14a1.5 1.5 0 0 1 1.5 1.5",
        ),
        Symbol::Chart => line("M4 4v14.25A1.75 1.75 0 0 0 5.75 20H20M7.5 15l3.5-4.5 3.25 2.75L19.5 7"),
        Symbol::Table => line(
            "M5.5 4.5h13A1.5 1.5 0 0 1 20 6v12a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18V6a1.5 1.5 0 0 1 1.5-1.5ZM4 \
             9.5h16M4 14.5h16M10 9.5v10",
        ),
        Symbol::Warning => Drawing {
            stroke: "M10.6 4.55 2.95 17.7a1.62 1.62 0 0 0 1.4 2.45h15.3a1.62 1.62 0 0 0 1.4-2.45L13.4 4.55a1.62 1.62 0 0 \
                     0-2.8 0ZM12 9.25v4.25",
            fill: "M12 15.35a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2Z",
        },
        Symbol::ChevronDown => line("M6.5 9.5l5.5 5.5 5.5-5.5"),
        Symbol::ChevronRight => line("M9.5 6.5l5.5 5.5-5.5 5.5"),
        Symbol::ChevronUp => line("M6.5 14.5 12 9l5.5 5.5"),
        Symbol::ArrowUp => line("M12 19V5.5M6.5 11 12 5.5l5.5 5.5"),
        Symbol::ArrowDown => line("M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5"),
        Symbol::Layers => line("M12 3.5 3.5 8 12 12.5 20.5 8 12 3.5ZM3.5 12l8.5 4.5 8.5-4.5M3.5 16l8.5 4.5 8.5-4.5"),
        Symbol::Sliders => line(
            "M4 7h8M17 7h3M4 17h3M12 17h8M14.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.5 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
        ),
        Symbol::External => line(
            "M13.5 4.5h6v6M19.25 4.75l-8 8M10 5.5H6A1.5 1.5 0 0 0 4.5 7v11A1.5 1.5 0 0 0 6 19.5h11a1.5 1.5 0 0 0 1.5-1.5v-4",
        ),
        Symbol::Search => line("M10.75 18a7.25 7.25 0 1 0 0-14.5 7.25 7.25 0 0 0 0 14.5ZM16 16l4.75 4.75"),
        // A stream that meets a wall: what the product is about.
        Symbol::Logo => line("M3.5 7.5h8.25a3 3 0 0 1 3 3v3a3 3 0 0 1-3 3H6.5M9 13.25 5.75 16.5 9 19.75M20 4.5v15"),
    }
}
