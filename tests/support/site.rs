//! A plain static file server, as any host would be: it serves the built page from a folder below its root.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Where the page lies: not at the root, because a study site's copy will not either.
pub const FOLDER: &str = "/some/where/";

/// A running server; it ends with the test's process.
#[derive(Clone)]
pub struct Site {
    origin: String,
    pages: Arc<Mutex<BTreeMap<String, String>>>,
    served: Arc<Mutex<Vec<PathBuf>>>,
    hidden: Arc<Mutex<String>>,
}

impl Site {
    /// Serves `dist/`.
    ///
    /// # Panics
    /// If the page has not been built.
    pub fn start() -> Self {
        let dist = dist();
        assert!(dist.join("index.html").is_file(), "no built page in {}: run `cargo xtask build`", dist.display());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|problem| panic!("{problem}"));
        let port = listener.local_addr().unwrap_or_else(|problem| panic!("{problem}")).port();
        let site = Self {
            origin: format!("http://127.0.0.1:{port}"),
            pages: Arc::default(),
            served: Arc::default(),
            hidden: Arc::default(),
        };
        let own = site.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (dist, site) = (dist.clone(), own.clone());
                std::thread::spawn(move || {
                    // A browser that hangs up early is no concern of the server.
                    let _ = site.answer(stream, &dist);
                });
            }
        });
        site
    }

    /// From now on there is no file whose name ends like this; with an empty text, all are there again.
    pub fn hide(&self, ending: &str) {
        ending.clone_into(&mut lock(&self.hidden));
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Address of the page, followed by `rest` (a query or a fragment).
    pub fn page(&self, rest: &str) -> String {
        format!("{}{FOLDER}{rest}", self.origin)
    }

    /// Adds a page of somebody else's at the root, and gives its address.
    pub fn add(&self, name: &str, html: &str) -> String {
        lock(&self.pages).insert(format!("/{name}"), html.to_owned());
        format!("{}/{name}", self.origin)
    }

    /// The files of `dist/` that were asked for so far, each once.
    pub fn served(&self) -> Vec<PathBuf> {
        let mut files = lock(&self.served).clone();
        files.sort();
        files.dedup();
        files
    }

    fn answer(&self, stream: TcpStream, dist: &Path) -> std::io::Result<()> {
        let mut stream = stream;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let target = request.split(' ').nth(1).unwrap_or("/");
        let path = target.split(['?', '#']).next().unwrap_or("/");
        let own = lock(&self.pages).get(path).cloned();
        let (status, kind, body) = if let Some(html) = own {
            ("200 OK", "text/html; charset=utf-8", html.into_bytes())
        } else {
            let name = path.strip_prefix(FOLDER).filter(|name| !name.contains(".."));
            let hidden = lock(&self.hidden).clone();
            let name = name.filter(|name| hidden.is_empty() || !name.ends_with(&hidden));
            let file = name.map(|name| dist.join(if name.is_empty() { "index.html" } else { name }));
            match file.and_then(|file| Some((std::fs::read(&file).ok()?, file))) {
                Some((body, file)) => {
                    let kind = match file.extension().and_then(|ending| ending.to_str()) {
                        Some("html") => "text/html; charset=utf-8",
                        Some("js") => "text/javascript",
                        Some("css") => "text/css",
                        Some("wasm") => "application/wasm",
                        Some("svg") => "image/svg+xml",
                        Some("json") => "application/json",
                        _ => "application/octet-stream",
                    };
                    lock(&self.served).push(file);
                    ("200 OK", kind, body)
                }
                None => ("404 Not Found", "text/plain", b"not here".to_vec()),
            }
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body)
    }
}

/// The built page.
pub fn dist() -> PathBuf {
    std::env::var_os("BACKPRESSURE_DIST")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist"), PathBuf::from)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
