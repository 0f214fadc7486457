//! The files of the built page, before Trunk moves them into `dist/`.

use std::path::{Path, PathBuf};

use crate::style;

/// The glue's line after which its imports are complete.
const IMPORTS: &str = "const imports = __wbg_get_imports();";

/// The page's module and the script around it, as Trunk named them.
pub struct Page {
    folder: PathBuf,
    /// `backpressure-web-4f0c…`: the script is this with `.js`, the module with `_bg.wasm`.
    stem: String,
}

impl Page {
    /// Finds the module in the folder of a build.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn find(folder: &Path) -> Result<Self, String> {
        let files = std::fs::read_dir(folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
        let mut stems = files
            .filter_map(|file| Some(file.ok()?.file_name().to_str()?.strip_suffix("_bg.wasm")?.to_owned()))
            .collect::<Vec<_>>();
        match (stems.pop(), stems.is_empty()) {
            (Some(stem), true) => Ok(Self { folder: folder.to_owned(), stem }),
            _ => Err(format!("{}: one module expected, `…_bg.wasm`", folder.display())),
        }
    }

    /// The module.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn wasm(&self) -> Result<Vec<u8>, String> {
        self.read(&format!("{}_bg.wasm", self.stem))
    }

    /// The script around it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn glue(&self) -> Result<String, String> {
        text(self.read(&format!("{}.js", self.stem))?)
    }

    /// Puts another module in its place, with `glue` around it, a file of the rest beside it if there is one, and more script behind
    /// the glue; what the module imports beyond wasm-bindgen's things is `import`. All files are named after their new content.
    ///
    /// # Errors
    ///
    /// When the script is not as wasm-bindgen writes it today, or a file cannot be written.
    pub fn replace(
        &self,
        module: &[u8],
        rest: Option<&[u8]>,
        glue: &str,
        import: &str,
        script: &str,
    ) -> Result<(), String> {
        if glue.matches(IMPORTS).count() != 2 {
            return Err(format!("the script around the module is not as expected: `{IMPORTS}` should be in it twice"));
        }
        let glue = flush_left(&glue.replace(IMPORTS, &format!("{IMPORTS}\n    {import}")));
        let mark = mark(&[module, rest.unwrap_or_default(), glue.as_bytes(), script.as_bytes()]);
        let name = self.stem.rsplit_once('-').map_or(self.stem.as_str(), |(name, _)| name);
        let stem = format!("{name}-{mark:016x}");
        let script = script.replace("REST_FILE", &format!("{stem}_rest.wasm"));

        let index = text(self.read("index.html")?)?.replace(&self.stem, &stem);
        self.remove(&format!("{}.js", self.stem))?;
        self.remove(&format!("{}_bg.wasm", self.stem))?;
        self.write("index.html", index.as_bytes())?;
        self.write(&format!("{stem}.js"), (glue.replace(&self.stem, &stem) + &script).as_bytes())?;
        self.write(&format!("{stem}_bg.wasm"), module)?;
        rest.map_or(Ok(()), |rest| self.write(&format!("{stem}_rest.wasm"), rest))
    }

    /// Makes one style sheet of the page's.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn join_styles(&self) -> Result<(), String> {
        let index = text(self.read("index.html")?)?;
        let sheet = style::join(&index, |file| text(self.read(file)?))?;
        let name = format!("style-{:016x}.css", mark(&[sheet.css.as_bytes()]));
        for file in &sheet.old {
            self.remove(file)?;
        }
        self.write(&name, sheet.css.as_bytes())?;
        self.write("index.html", sheet.index.replace(style::NAME, &name).as_bytes())
    }

    /// Writes a file of the page.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        std::fs::write(self.folder.join(name), bytes).map_err(|problem| format!("{name}: {problem}"))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.folder.join(name)).map_err(|problem| format!("{name}: {problem}"))
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        std::fs::remove_file(self.folder.join(name)).map_err(|problem| format!("{name}: {problem}"))
    }
}

/// A script without its indentation.
fn flush_left(script: &str) -> String {
    script.lines().flat_map(|line| [line.trim_start(), "\n"]).collect()
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|problem| problem.to_string())
}

/// FNV-1a, 64 bits, of all of these: enough to tell one build's files from another's.
fn mark(parts: &[&[u8]]) -> u64 {
    parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
