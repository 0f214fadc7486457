//! Pictures of the kinds of component. A new kind adds its line here; one without a picture gets a plain box.

use super::{Drawing, line};

const DRAWINGS: &[(&str, Drawing)] = &[
    // Two people, one behind the other.
    (
        "users",
        Drawing {
            stroke: "M9 11.25a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM2.75 19.5v-.5A4.75 4.75 0 0 1 7.5 14.25h3A4.75 \
                     4.75 0 0 1 15.25 19v.5M15.25 5a3.25 3.25 0 0 1 0 6M17.75 14.5a4.75 4.75 0 0 1 3.5 4.5v.5",
            fill: "",
        },
    ),
    // A signpost with two arms.
    (
        "dns",
        Drawing {
            stroke: "M12 3v2M12 10.25v2M12 17.5v3.25M9 20.75h6M6.25 5H15l2.75 2.6L15 10.25H6.25ZM17.75 12.25H9l-2.75 \
                     2.6L9 17.5h8.75Z",
            fill: "",
        },
    ),
    // A shield that lets through.
    (
        "reverse_proxy",
        Drawing {
            stroke: "M12 3.25l7.25 2.6v5.4c0 4.4-3 7.7-7.25 9.5-4.25-1.8-7.25-5.1-7.25-9.5v-5.4L12 3.25ZM8 11.75h8M13.25 \
                     9l2.75 2.75-2.75 2.75",
            fill: "",
        },
    ),
    // An archway with a key before it.
    (
        "api_gateway",
        Drawing {
            stroke: "M4.25 20.5v-9a7.75 7.75 0 0 1 15.5 0v9M2.5 20.5h5M16.5 20.5h5M12 12.5a2.1 2.1 0 1 0 0-4.2 2.1 2.1 0 0 0 \
                     0 4.2ZM12 12.5v5.75M12 15.25h2M12 18.25h1.75",
            fill: "",
        },
    ),
    // One way in, three ways out.
    (
        "load_balancer",
        Drawing {
            stroke: "M4.5 14.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM6.75 12h14M6.75 12c5.5 0 4.5-7 10-7h4M6.75 \
                     12c5.5 0 4.5 7 10 7h4M18.75 3l2 2-2 2M18.75 10l2 2-2 2M18.75 17l2 2-2 2",
            fill: "",
        },
    ),
    // Two units of a rack.
    (
        "app_server",
        Drawing {
            stroke: "M5 3.75h14A1.75 1.75 0 0 1 20.75 5.5v4A1.75 1.75 0 0 1 19 11.25H5A1.75 1.75 0 0 1 3.25 9.5v-4A1.75 \
                     1.75 0 0 1 5 3.75ZM5 12.75h14a1.75 1.75 0 0 1 1.75 1.75v4A1.75 1.75 0 0 1 19 20.25H5a1.75 1.75 0 0 \
                     1-1.75-1.75v-4A1.75 1.75 0 0 1 5 12.75ZM13 7.5h4M13 16.5h4",
            fill: "M7.25 6.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2ZM7.25 15.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2Z",
        },
    ),
    // A piece of a puzzle: it fits wherever its owner wants.
    (
        "custom",
        Drawing { stroke: "M4 8.25h4.2a2.4 2.4 0 1 1 4.6 0H17v4.45a2.4 2.4 0 1 1 0 4.6v3.45H4V8.25Z", fill: "" },
    ),
    // A memory chip with a flash on it: what is near answers fast.
    (
        "cache",
        Drawing {
            stroke: "M7.5 5.25h9a2.25 2.25 0 0 1 2.25 2.25v9a2.25 2.25 0 0 1-2.25 2.25h-9a2.25 2.25 0 0 \
                     1-2.25-2.25v-9A2.25 2.25 0 0 1 7.5 5.25ZM9 5.25v-2.5M15 5.25v-2.5M9 21.25v-2.5M15 21.25v-2.5M5.25 \
                     9h-2.5M5.25 15h-2.5M21.25 9h-2.5M21.25 15h-2.5M12.75 8.5l-2.75 4h4l-2.75 3.5",
            fill: "",
        },
    ),
    // A cylinder of three discs.
    (
        "sql_database",
        Drawing {
            stroke: "M12 9.25c4.3 0 7.75-1.35 7.75-3S16.3 3.25 12 3.25s-7.75 1.35-7.75 3 3.45 3 7.75 3ZM4.25 6.25v11.5c0 \
                     1.65 3.45 3 7.75 3s7.75-1.35 7.75-3V6.25M4.25 12c0 1.65 3.45 3 7.75 3s7.75-1.35 7.75-3",
            fill: "",
        },
    ),
    // A key.
    (
        "kv_store",
        Drawing {
            stroke: "M7.5 16.75a4.25 4.25 0 1 0 0-8.5 4.25 4.25 0 0 0 0 8.5ZM11.75 12.5h9.5M21.25 12.5v3.5M17.5 12.5v2.75",
            fill: "M7.5 11.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2Z",
        },
    ),
    // The globe: near users everywhere.
    (
        "cdn",
        line(
            "M12 3.25a8.75 8.75 0 1 0 0 17.5 8.75 8.75 0 0 0 0-17.5ZM3.25 12h17.5M12 3.25c2.4 2.35 3.6 5.3 3.6 8.75s-1.2 \
             6.4-3.6 8.75c-2.4-2.35-3.6-5.3-3.6-8.75s1.2-6.4 3.6-8.75Z",
        ),
    ),
    // A whole cut into parts.
    (
        "shard_router",
        line("M12 3.25a8.75 8.75 0 1 0 0 17.5 8.75 8.75 0 0 0 0-17.5ZM12 12V3.25M12 12l7.6 4.4M12 12l-7.6 4.4"),
    ),
    // A pipe with messages in it, the first on its way out.
    (
        "message_queue",
        line(
            "M4.25 7h10.5a1.75 1.75 0 0 1 1.75 1.75v6.5A1.75 1.75 0 0 1 14.75 17H4.25a1.75 1.75 0 0 1-1.75-1.75v-6.5A1.75 \
             1.75 0 0 1 4.25 7ZM7.2 7v10M11.8 7v10M16.5 12h5M19 9.25 21.75 12 19 14.75",
        ),
    ),
    // A log that only grows, each event in its place.
    (
        "event_stream",
        Drawing {
            stroke: "M2.75 7.5h14.5l4 4.5-4 4.5H2.75",
            fill: "M5.5 10.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8ZM10.25 10.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8ZM15 \
                   10.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8Z",
        },
    ),
    // A sender that everybody hears.
    (
        "topic",
        Drawing {
            stroke: "M8.1 8.1a5.5 5.5 0 0 0 0 7.8M15.9 8.1a5.5 5.5 0 0 1 0 7.8M5.1 5.1a9.75 9.75 0 0 0 0 13.8M18.9 5.1a9.75 \
                     9.75 0 0 1 0 13.8",
            fill: "M12 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
        },
    ),
    // A cog.
    (
        "worker",
        line(
            "M12 17.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM12 14.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM12 \
             6.5V3.25M12 20.75V17.5M6.5 12H3.25M20.75 12H17.5M8.1 8.1 5.8 5.8M18.2 18.2l-2.3-2.3M15.9 8.1l2.3-2.3M5.8 \
             18.2l2.3-2.3",
        ),
    ),
    // A clock.
    ("scheduler", line("M12 3.25a8.75 8.75 0 1 0 0 17.5 8.75 8.75 0 0 0 0-17.5ZM12 7v5l3.5 2.25")),
    // A bucket.
    (
        "object_storage",
        line(
            "M12 9c4.4 0 8-1.25 8-2.75S16.4 3.5 12 3.5 4 4.75 4 6.25 7.6 9 12 9ZM4.05 6.6l1.85 11.8c.2 1.2 2.8 2.1 6.1 \
             2.1s5.9-.9 6.1-2.1l1.85-11.8",
        ),
    ),
    // A list under a magnifying glass.
    (
        "search_index",
        line(
            "M3.5 5.5h12M3.5 10.5h5M3.5 15.5h4.5M14.75 18a4.25 4.25 0 1 0 0-8.5 4.25 4.25 0 0 0 0 8.5ZM17.85 16.85l3.4 3.4",
        ),
    ),
    // A cloud: somebody else's.
    ("external_api", line("M7.1 18.75a4.35 4.35 0 0 1-.45-8.68 5.6 5.6 0 0 1 10.85-1.1 4.95 4.95 0 0 1-.2 9.78H7.1Z")),
];

const PLAIN: Drawing = Drawing {
    stroke: "M12 3.25l7.75 4.4v8.7L12 20.75l-7.75-4.4v-8.7L12 3.25ZM4.5 7.75 12 12l7.5-4.25M12 12v8.5",
    fill: "",
};

/// The picture of a kind of component, by its name in the document.
pub fn drawing_of_kind(kind: &str) -> Drawing {
    DRAWINGS.iter().find(|(name, _)| *name == kind).map_or(PLAIN, |(_, drawing)| *drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_picture_of_its_own() {
        for kind in backpressure_sim::components::kinds() {
            assert_ne!(drawing_of_kind(kind.name), PLAIN, "{} has no picture", kind.name);
        }
        for (at, (name, drawing)) in DRAWINGS.iter().enumerate() {
            let twin = DRAWINGS[..at].iter().find(|(n, d)| n == name || d == drawing);
            assert!(twin.is_none(), "{name} is there twice, or looks like another");
        }
    }
}
