//! Building and serving the page.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::process::{command, good, long_step, say, which};
use crate::setup;

/// Tried in turn until one is free.
const PORTS: std::ops::Range<u16> = 8080..8100;

/// Builds `dist/` as plain `trunk build --release` does.
pub fn build() -> Result<(), String> {
    long_step("Building the page into dist/", &mut trunk(&["build", "--release"]))
}

/// Builds into `folder` a page that records which of its functions run; their names go into the file `names`.
pub fn build_recording(folder: &Path, names: &Path) -> Result<(), String> {
    let mut build = trunk(&["build", "--release", "--dist"]);
    build.arg(folder).env("BACKPRESSURE_RECORD", names);
    long_step("Building a page that records which functions run", &mut build)
}

/// Sets up, builds, serves, and opens the browser; ends when it is interrupted.
pub fn serve(arguments: &[String]) -> Result<(), String> {
    let (mut dev, mut open, mut port) = (false, true, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--dev" => dev = true,
            "--no-open" => open = false,
            "--port" => {
                let number = rest.next().and_then(|text| text.parse::<u16>().ok());
                port = Some(number.ok_or("--port wants a number between 1 and 65535")?);
            }
            other => return Err(format!("serve knows --dev, --port N and --no-open, not `{other}`")),
        }
    }
    setup::for_page()?;
    let port = match port {
        Some(port) => port,
        None => PORTS
            .into_iter()
            .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
            .ok_or("no free port between 8080 and 8099: name one with --port")?,
    };
    let address = format!("http://127.0.0.1:{port}/");
    say(&format!("Building the playground; it will be at {address} (stop with Ctrl C)"));
    let text = port.to_string();
    let mut arguments = vec!["serve", "--port", &text, "--address", "127.0.0.1"];
    if !dev {
        arguments.push("--release");
    }
    let mut server = trunk(&arguments).spawn().map_err(|problem| format!("trunk could not be started: {problem}"))?;
    if wait_for_port(port, &mut server) {
        good(&format!("The playground is at {address}"));
        if open {
            open_browser(&address);
        }
    }
    match server.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("trunk stopped ({status})")),
        Err(problem) => Err(format!("trunk was lost: {problem}")),
    }
}

/// Trunk with the settings of every use.
fn trunk(arguments: &[&str]) -> Command {
    let mut trunk = command("trunk");
    // Trunk reads NO_COLOR as a boolean and refuses the usual `1`. Its own backtrace would bury what cargo said.
    trunk.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0").args(arguments);
    trunk
}

/// Waits until the server answers (trunk listens once the first build is done); false if it stopped first.
fn wait_for_port(port: u16, server: &mut Child) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while let Ok(None) = server.try_wait() {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    false
}

/// Opens the default browser; a machine without one only misses the convenience.
fn open_browser(address: &str) {
    let opener: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["cmd", "/c", "start", ""]
    } else {
        &["xdg-open"]
    };
    let opened = which(opener[0]).is_some_and(|program| {
        Command::new(program)
            .args(&opener[1..])
            .arg(address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .is_ok()
    });
    if !opened {
        say(&format!("No browser could be opened from here: open {address} yourself"));
    }
}
