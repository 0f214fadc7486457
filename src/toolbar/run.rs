//! Controls of the run: play, steps, reset, speed, seed, and the simulated clock.

use super::speed::{SpeedSlider, SpeedSliderProps};
use crate::commands::{Command, icon_button, words};
use crate::icons::{Symbol, icon};
use crate::part::part;
use crate::session::{Note, RunCommand, RunPhase, Session, use_session};
use backpressure_editor::Action;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`RunBar`].
#[derive(Properties, PartialEq)]
pub struct RunBarProps {
    /// The page's session.
    pub session: Session,
}

/// Controls of the run.
#[component]
pub fn RunBar(props: &RunBarProps) -> Html {
    let session = &props.session;
    let state = use_session(
        session,
        |n| matches!(n, Note::Run | Note::Problems),
        |s| {
            let run = s.run();
            (run.is_running(), run.is_blocked() && run.phase == RunPhase::Stopped)
        },
    );
    let (running, blocked) = *state;
    let toggle = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.command(RunCommand::Toggle))
    };
    let (symbol, label) = if running { (Symbol::Pause, "Pause") } else { (Symbol::Play, "Play") };
    html! {
        <div class="run-bar" role="group" aria-label="Run">
            <button type="button" class={classes!("play-button", running.then_some("is-running"))} data-testid="play"
                    title={format!("{label} ({})", words(Command::of("play").keys[0]))} aria-label={label} aria-disabled={blocked.to_string()} onclick={toggle}>
                { icon(symbol, 20) }<span class="play-label" aria-hidden="true">{ label }</span>
            </button>
            <span class="run-steps">
                { icon_button(session, "step-event", 20) }
                { icon_button(session, "step-request", 20) }
                { icon_button(session, "reset", 20) }
            </span>
            { part::<SpeedSlider>(SpeedSliderProps { session: session.clone() }) }
            { part::<Seed>(RunBarProps { session: session.clone() }) }
        </div>
    }
}

/// The simulated clock.
#[component]
pub fn SimTime(props: &RunBarProps) -> Html {
    let text = use_session(&props.session, |n| *n == Note::Run, |s| AttrValue::from(time(s.run().snapshot.now_ns)));
    html! { <span class="sim-time" data-testid="sim-time" title="Simulated time" aria-label={format!("Simulated time {}", *text)}>{ (*text).clone() }</span> }
}

/// Simulated time with as many digits as move at an eye's pace.
fn time(ns: u64) -> String {
    let s = ns as f64 / 1e9;
    match s {
        _ if s < 1.0 => format!("{:.3} ms", s * 1e3),
        _ if s < 1000.0 => format!("{s:.3} s"),
        _ if s < 7200.0 => format!("{:.0}:{:04.1} min", (s / 60.0).floor(), s % 60.0),
        _ => format!("{:.2} h", s / 3600.0),
    }
}

/// The seed, where a wide screen has room for it.
#[component]
fn Seed(props: &RunBarProps) -> Html {
    let session = &props.session;
    let seed = use_session(session, |n| *n == Note::Design, |s| s.editor().design().seed);
    let bad = use_state_eq(|| false);
    let onchange = {
        let (session, bad, seed) = (session.clone(), bad.setter(), *seed);
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            match input.value().trim().parse::<u64>() {
                Ok(new) => {
                    bad.set(false);
                    if new != seed {
                        session.act(Action::SetSeed { seed: new });
                    }
                }
                Err(_) => bad.set(true),
            }
        })
    };
    html! {
        <label class="seed" title={if *bad { "A whole number, 0 or more" } else { "The same design with the same seed gives the same run, to the last request" }}>
            <span>{ "Seed" }</span>
            <input class="input" type="text" inputmode="numeric" data-testid="seed" autocomplete="off" value={seed.to_string()}
                   readonly={!session.is_editable()} aria-invalid={bad.to_string()} {onchange} />
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn the_clock_reads_well_at_every_scale() {
        assert_eq!(time(12_345_678), "12.346 ms");
        assert_eq!(time(1_500_000_000), "1.500 s");
        assert_eq!(time(3_725_500_000_000), "62:05.5 min");
        assert_eq!(time(86_400_000_000_000), "24.00 h");
    }
}
