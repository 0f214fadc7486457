//! A browser that is driven through WebDriver: the protocol is JSON over HTTP, and this is all of it that we need.
//!
//! No client library: none of them sends touches, and this one compiles in a second.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest a single step may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);

/// A headless browser with a profile of its own.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: PathBuf,
}

/// A driver that listens, and its port; nothing if it ended instead.
fn start_driver(program: &str) -> Option<(Child, u16)> {
    let mut driver = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|problem| panic!("{program}: {problem}"));
    let out = driver.stdout.take().unwrap_or_else(|| panic!("the driver has no output"));
    let mut lines = BufReader::new(out).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
    let Some(port) = port else {
        // It has closed its output: it ends, if it has not.
        let _ = driver.kill();
        let _ = driver.wait();
        return None;
    };
    // Read on, or the driver would stand still once the pipe is full.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

impl Browser {
    /// Starts a browser with an empty profile.
    ///
    /// # Panics
    /// If there is no browser or driver (`cargo xtask test` installs them), as every method does when a step fails:
    /// this is for tests.
    pub fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("backpressure-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("downloads")).unwrap_or_else(|problem| panic!("{problem}"));
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        // The port that the driver chooses may be gone when it listens: then it ends without a word, and another is started.
        let (driver, port) = (0..5)
            .find_map(|_| start_driver(&program))
            .unwrap_or_else(|| panic!("{program} named no port, five times over"));
        let mut browser = Self { driver, port, session: String::new(), folder };
        browser.session = browser.open_session();
        browser
    }

    fn open_session(&self) -> String {
        let mut args: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--lang=en-US",
            "--window-size=1440,1000",
            // No name leads anywhere: what is not on this machine cannot be reached.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        .map(str::to_owned)
        .into();
        args.push(format!("--user-data-dir={}", self.folder.join("profile").display()));
        let mut options = json!({
            "args": args,
            "prefs": {"download.default_directory": self.folder.join("downloads"), "download.prompt_for_download": false},
            "perfLoggingPrefs": {"enableNetwork": true, "enablePage": false},
        });
        if let Ok(program) = std::env::var("CHROME") {
            options["binary"] = program.into();
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }}});
        let answer = self.http("POST", "/session", Some(&wanted)).unwrap_or_else(|problem| panic!("{problem}"));
        answer["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned()
    }

    /// A folder of this browser's own, for files to open.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// A JSON file that was saved, once it is complete.
    pub fn saved_file(&self) -> PathBuf {
        self.saved_as("json")
    }

    /// A file with this ending that was saved, once it is complete.
    pub fn saved_as(&self, ending: &str) -> PathBuf {
        let folder = self.folder.join("downloads");
        let complete = || {
            let entries = std::fs::read_dir(&folder).ok()?;
            // The browser takes the name with an empty file first.
            let filled = entries.flatten().filter(|entry| entry.metadata().is_ok_and(|m| m.len() > 0));
            filled.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == ending))
        };
        wait_for(&format!("a saved {ending} file"), complete)
    }

    /// Sends a command of the protocol.
    pub fn command(&self, method: &str, path: &str, body: Value) -> Value {
        self.try_command(method, path, body).unwrap_or_else(|problem| panic!("{method} {path}: {problem}"))
    }

    /// Sends a command that may fail.
    pub fn try_command(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let body = (method == "POST").then_some(body);
        self.http(method, &format!("/session/{}{path}", self.session), body.as_ref())
    }

    /// Sends a command of Chrome's own protocol.
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        self.command("POST", "/goog/cdp/execute", json!({"cmd": command, "params": params}))
    }

    /// Lines logged since the last time (`performance` or `browser`).
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let lines = self.command("POST", "/se/log", json!({"type": kind}));
        lines.as_array().cloned().unwrap_or_default()
    }

    fn http(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let said = || -> std::io::Result<Vec<u8>> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(STEP_TIMEOUT))?;
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                self.port,
                body.len()
            )?;
            let mut reader = BufReader::new(stream);
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line)? > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut bytes = vec![0; length];
            reader.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = said().map_err(|problem| problem.to_string())?;
        let answer: Value = serde_json::from_slice(&bytes).map_err(|problem| problem.to_string())?;
        let value = answer["value"].clone();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // All three are best effort: the test's own outcome is what matters.
        let _ = self.http("DELETE", &format!("/session/{}", self.session), None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// If there is none within twenty seconds.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
