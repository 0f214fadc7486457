//! The built page in a real browser, used as a person would: `cargo xtask test e2e`.
//!
//! Each test has a browser with a fresh profile, and the page lies in a sub-folder of a static server. Every test ends
//! with the page having asked no other host and the console holding nothing severe.

mod accessibility;
mod building;
mod commands;
mod designs;
mod embedding;
mod finding_out;
mod gestures;
mod habits;
mod hands;
mod keeping;
mod motion;
mod newcomer;
mod phone;
mod pictures;
mod running;
mod scale;
mod weight;
