//! Runs the built `backpressure`.
#![allow(dead_code)] // Each test target uses its own part.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a run of the program left behind.
pub struct Ran {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Longest that any of these may take: nothing hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `backpressure` with these arguments and this on standard input.
pub fn backpressure(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_backpressure"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // Not all programs read all of their input: a broken pipe is their right.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let started = Instant::now();
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    assert!(started.elapsed() < PATIENCE, "{arguments:?} took {:?}", started.elapsed());
    let ran = Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
        err: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
    };
    assert!(!ran.err.contains("panicked"), "{arguments:?} panicked: {}", ran.err);
    ran
}

impl Ran {
    /// Standard output as JSON, of a run that succeeded.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// A temporary file, gone when this is.
pub struct File(std::path::PathBuf);

impl File {
    /// A file with this text; the name tells it from others of the same test program.
    pub fn new(name: &str, text: &str) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("backpressure-{}-{number}-{name}.json", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What is gone already need not be removed.
        let _ = std::fs::remove_file(&self.0);
    }
}
