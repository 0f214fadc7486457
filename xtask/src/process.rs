//! Running other programs and saying so.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often a long step says that it is still at work.
const STILL_AT_WORK: Duration = Duration::from_secs(30);

/// The repository's top folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Says what happens next.
pub fn say(text: &str) {
    println!("{} {text}", paint("1;34", "▸"));
}

/// Says that something is there already, or done.
pub fn good(text: &str) {
    println!("{} {text}", paint("1;32", "✓"));
}

/// Colours a text on a terminal, and leaves it alone in a log.
pub fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A duration as people say it.
pub fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// The full path of a program on the search path.
pub fn which(name: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))))
        .find(|candidate| candidate.is_file())
}

/// A command for a program that may be a script (npm is one on Windows): the path found, or the bare name.
pub fn command(name: &str) -> Command {
    Command::new(which(name).unwrap_or_else(|| name.into()))
}

/// The cargo that runs us, so that `cargo +toolchain xtask` stays on that toolchain.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if in_ci() {
        // What is built once and thrown away needs no notes for the next build: they are half of what lies on the disk.
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    cargo
}

/// Whether this is a machine that checks a submission (every service that does sets `CI`).
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Free space, in bytes, where the build goes; `None` where the system does not say (`df` is POSIX).
pub fn free_space() -> Option<u64> {
    let table = output(Path::new("df"), &["-P", "-k", "."])?;
    let kibibytes: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// What a program prints on standard output, if it is there and succeeds.
pub fn output(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command to its end with its own output on the screen.
pub fn run(command: &mut Command) -> Result<(), String> {
    let line = command_line(command);
    println!("  {}", paint("2", &format!("$ {line}")));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` failed ({status})")),
        Err(problem) => Err(format!("`{line}` could not be started: {problem}")),
    }
}

/// Runs a step that may take minutes: says what it does, that it is still at work, and how long it took.
pub fn long_step(what: &str, command: &mut Command) -> Result<(), String> {
    say(what);
    let start = Instant::now();
    let (finished, waiting) = channel::<()>();
    let ticker = std::thread::spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = waiting.recv_timeout(STILL_AT_WORK) {
            println!("  … still at work after {}", elapsed(start.elapsed()));
        }
    });
    let result = run(command);
    drop(finished);
    if ticker.join().is_err() {
        eprintln!("  (the progress display stopped early)");
    }
    if result.is_ok() {
        good(&format!("{what}: done in {}", elapsed(start.elapsed())));
    }
    result
}

fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    command.get_args().fold(name.into_owned(), |mut line, argument| {
        let _ = write!(line, " {}", argument.to_string_lossy());
        line
    })
}
