//! What the operating system packages: a browser with its driver, and npm where it is missing.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{command, good, long_step, output, say, which};

/// A package manager: how it installs, and what it calls the things we want.
struct Manager {
    program: &'static str,
    install: &'static [&'static str],
    /// Asked for first where the list of packages may be old or empty.
    refresh: Option<&'static [&'static str]>,
    /// Whether it wants an administrator.
    root: bool,
    /// Names that differ between distributions of one family are tried in turn.
    chromium: &'static [&'static [&'static str]],
    npm: &'static [&'static str],
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        install: &["install", "-y", "--no-install-recommends"],
        refresh: Some(&["update", "-q"]),
        root: true,
        // Debian's names, then Ubuntu's. The fonts are for a bare server: without any, text has no width.
        chromium: &[
            &["chromium", "chromium-driver", "fonts-liberation"],
            &["chromium-browser", "chromium-chromedriver", "fonts-liberation"],
        ],
        npm: &["nodejs", "npm"],
    },
    Manager {
        program: "brew",
        install: &["install"],
        refresh: None,
        root: false,
        chromium: &[&["--cask", "google-chrome", "chromedriver"]],
        npm: &["node"],
    },
    Manager {
        program: "dnf",
        install: &["install", "-y"],
        refresh: None,
        root: true,
        chromium: &[&["chromium", "chromedriver", "liberation-fonts"]],
        npm: &["nodejs", "npm"],
    },
    Manager {
        program: "pacman",
        install: &["-S", "--needed", "--noconfirm"],
        refresh: None,
        root: true,
        chromium: &[&["chromium", "ttf-liberation"]],
        npm: &["nodejs", "npm"],
    },
    Manager {
        program: "zypper",
        install: &["--non-interactive", "install"],
        refresh: None,
        root: true,
        chromium: &[&["chromium", "chromedriver", "liberation-fonts"]],
        npm: &["nodejs", "npm"],
    },
    Manager {
        program: "apk",
        install: &["add"],
        refresh: None,
        root: true,
        chromium: &[&["chromium", "chromium-chromedriver", "font-liberation"]],
        npm: &["nodejs", "npm"],
    },
];

/// A Chromium (or Chrome) and a chromedriver of the same major version.
pub fn chromium() -> Result<(), String> {
    match (browser(), driver()) {
        (Some(browser), Some(driver)) => {
            let (ours, its) = (major(&browser), major(&driver));
            if ours.is_some() && ours != its {
                return Err(format!(
                    "{} is version {} but {} is version {}: install them from the same place, or point CHROME and CHROMEDRIVER at a pair that agrees",
                    browser.display(),
                    ours.unwrap_or_default(),
                    driver.display(),
                    its.unwrap_or_default(),
                ));
            }
            good(&format!("a browser and its driver are there (version {})", ours.unwrap_or_default()));
            Ok(())
        }
        _ => {
            install("a browser and its driver", |manager| manager.chromium)?;
            match (browser(), driver()) {
                (Some(_), Some(_)) => Ok(()),
                _ => Err("the browser was installed but `chromium` or `chromedriver` is not on the search path: set CHROME and CHROMEDRIVER to their full paths".into()),
            }
        }
    }
}

/// npm, from the operating system.
pub fn npm() -> Result<(), String> {
    install("npm", |manager| std::slice::from_ref(&manager.npm))
}

/// The browser the tests drive: `CHROME`, or the first of the usual names.
pub fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROME").map(PathBuf::from).filter(|path| path.is_file());
    let mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    named
        .or_else(|| {
            ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(which)
        })
        .or_else(|| mac.is_file().then(|| mac.to_path_buf()))
}

/// The driver: `CHROMEDRIVER`, the search path, or where Debian puts it.
pub fn driver() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|path| path.is_file());
    let debian = Path::new("/usr/lib/chromium/chromedriver");
    named.or_else(|| which("chromedriver")).or_else(|| debian.is_file().then(|| debian.to_path_buf()))
}

/// The first number of a program's version.
fn major(program: &Path) -> Option<String> {
    let text = output(program, &["--version"])?;
    let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    version.split('.').next().map(str::to_owned)
}

/// Installs with whatever manager this system has.
fn install(
    what: &str,
    packages: impl Fn(&'static Manager) -> &'static [&'static [&'static str]],
) -> Result<(), String> {
    let Some(manager) = MANAGERS.iter().find(|manager| which(manager.program).is_some()) else {
        return Err(format!(
            "{what} is missing, and this system has none of the package managers this set-up knows ({}). Install {what} by hand, put it on PATH, and try again.",
            MANAGERS.iter().map(|manager| manager.program).collect::<Vec<_>>().join(", ")
        ));
    };
    let alternatives = packages(manager);
    let by_hand = format!(
        "{what} is missing and could not be installed. Run this yourself and try again:\n  {}{} {} {}",
        if manager.root { "sudo " } else { "" },
        manager.program,
        manager.install.join(" "),
        alternatives.first().map(|names| names.join(" ")).unwrap_or_default(),
    );
    let prepare = || as_administrator(manager).ok_or_else(|| by_hand.clone());
    if let Some(refresh) = manager.refresh {
        // A failing refresh (one stale third-party list is enough) need not stop the installation.
        if let Err(problem) =
            long_step(&format!("Refreshing the package list ({})", manager.program), prepare()?.args(refresh))
        {
            say(&format!("{problem}; trying to install all the same"));
        }
    }
    for names in alternatives {
        let step = format!("Installing {what} ({})", names.join(" "));
        match long_step(&step, prepare()?.args(manager.install).args(*names)) {
            Ok(()) => return Ok(()),
            Err(problem) => say(&problem),
        }
    }
    Err(by_hand)
}

/// The manager's command, through sudo where it needs an administrator and we are none.
fn as_administrator(manager: &Manager) -> Option<Command> {
    let am_root = || output(Path::new("id"), &["-u"]).is_some_and(|id| id == "0");
    let mut command = if !manager.root || am_root() {
        command(manager.program)
    } else {
        let mut sudo = Command::new(which("sudo")?);
        if !std::io::stdin().is_terminal() {
            sudo.arg("-n"); // Nobody is there to type a password: fail at once rather than wait for one.
        }
        sudo.arg(manager.program);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Some(command)
}
