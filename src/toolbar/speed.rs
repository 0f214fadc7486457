//! How fast simulated time runs: from 1/10,000 to as fast as the machine goes, in steps of 1, 2, 5.

use crate::session::{Note, RunCommand, RunPhase, Session, use_session};
use crate::worker::FASTEST;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`SpeedSlider`].
#[derive(Properties, PartialEq)]
pub struct SpeedSliderProps {
    /// The page's session.
    pub session: Session,
}

/// Steps of the slider: 1/10,000 … 1,000 and, last, as fast as possible.
const STEPS: i32 = 22;

/// Speed of a step, simulated seconds per wall second.
fn speed_of(step: i32) -> f64 {
    if step >= STEPS {
        return FASTEST;
    }
    let (power, digit) = (step.div_euclid(3) - 4, [1.0, 2.0, 5.0][step.rem_euclid(3) as usize]);
    digit * 10f64.powi(power)
}

/// The step nearest to a speed.
fn step_of(speed: f64) -> i32 {
    let distance = |step: &i32| (speed_of(*step).ln() - speed.max(1e-9).ln()).abs();
    (0..=STEPS).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(12)
}

/// A speed in words: `1/500`, `20×`, `Max`.
pub fn words(speed: f64) -> String {
    match speed {
        _ if speed >= FASTEST => "Max".to_owned(),
        _ if speed < 0.995 => format!("1/{}", thousands((1.0 / speed).round() as u64)),
        _ => format!("{}×", thousands(speed.round() as u64)),
    }
}

fn thousands(n: u64) -> String {
    if n < 10_000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

/// The speed reached, where it is not the one asked for: always so at `Max`.
fn reached(session: &Session) -> Option<String> {
    let run = session.run();
    if run.phase != RunPhase::Running || run.pace <= 0.0 {
        return None;
    }
    let behind = run.pace < 0.8 * run.speed;
    behind.then(|| if run.pace >= 9.95 { format!("{:.0}×", run.pace) } else { format!("{:.1}×", run.pace) })
}

/// The slider with the speed beside it.
#[component]
pub fn SpeedSlider(props: &SpeedSliderProps) -> Html {
    let session = &props.session;
    let speed = use_session(session, |n| *n == Note::Run, |s| s.run().speed);
    let reached = use_session(session, |n| *n == Note::Run, reached);
    let oninput = {
        let session = session.clone();
        Callback::from(move |event: InputEvent| {
            let step = event.target_unchecked_into::<HtmlInputElement>().value().parse().unwrap_or(12);
            session.command(RunCommand::Speed(speed_of(step)));
        })
    };
    let said = match *speed {
        s if s >= FASTEST => "as fast as possible".to_owned(),
        s if s < 0.995 => format!("{} of real time", words(s)),
        s => format!("{} real time", words(s)),
    };
    html! {
        <div class="speed" title="Speed of simulated time. Slow down to follow single requests.">
            <input type="range" min="0" max={STEPS.to_string()} step="1" value={step_of(*speed).to_string()} data-testid="speed"
                   aria-label="Speed" aria-valuetext={said} {oninput} />
            <span class="speed-words">
                <span>{ words(*speed) }</span>
                <span class="speed-reached" title="Speed reached">{ (*reached).clone().unwrap_or_default() }</span>
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_reaches_from_a_ten_thousandth_to_max() {
        assert!((speed_of(0) - 1e-4).abs() < 1e-12);
        assert!((speed_of(12) - 1.0).abs() < 1e-12);
        assert!((speed_of(21) - 1000.0).abs() < 1e-9);
        assert_eq!(speed_of(22), FASTEST);
        for step in 0..=STEPS {
            assert_eq!(step_of(speed_of(step)), step);
        }
    }

    #[test]
    fn speeds_read_as_fractions_and_multiples() {
        assert_eq!([1e-4, 0.002, 0.5, 1.0, 20.0, FASTEST].map(words), ["1/10,000", "1/500", "1/2", "1×", "20×", "Max"]);
    }
}
