//! Designs in JSON files.

use backpressure_sim::design::{Design, MAX_BYTES, to_json};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url};

/// Hands the design to the browser as a download.
pub fn save(design: &Design) -> Option<()> {
    download(&to_json(design), &file_name(&design.name, "json"), "application/json")
}

/// Hands a text to the browser as a download.
pub fn download(text: &str, name: &str, kind: &str) -> Option<()> {
    download_blob(&blob_of(text, kind)?, name)
}

/// An address of the page's own for a text; to be revoked when it has served.
pub fn address_of(text: &str, kind: &str) -> Option<String> {
    Url::create_object_url_with_blob(&blob_of(text, kind)?).ok()
}

fn blob_of(text: &str, kind: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()
}

/// Hands what is in it to the browser as a download.
pub fn download_blob(blob: &Blob, name: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let address = Url::create_object_url_with_blob(blob).ok()?;
    let anchor: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The download has the blob by then.
    gloo::timers::callback::Timeout::new(10_000, move || drop(Url::revoke_object_url(&address))).forget();
    Some(())
}

/// `Three tiers, 2` becomes `three-tiers-2.json`.
pub fn file_name(name: &str, ending: &str) -> String {
    let mut out = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let stem: String = out.trim_end_matches('-').chars().take(60).collect();
    format!("{}.{ending}", if stem.is_empty() { "design" } else { &stem })
}

/// The bytes of a file; the sentence says why there are none.
pub async fn bytes_of(file: File) -> Result<Vec<u8>, String> {
    let name = file.name();
    if file.size() > MAX_BYTES as f64 {
        return Err(format!(
            "{name} has {:.1} MB; a design has at most {:.0} MB. Nothing was changed.",
            file.size() / 1e6,
            MAX_BYTES as f64 / 1e6
        ));
    }
    beginning_of(file, MAX_BYTES).await
}

/// The first bytes of a file, at most so many; the sentence says why there are none.
pub async fn beginning_of(file: File, most: usize) -> Result<Vec<u8>, String> {
    let unread = |_| format!("{} could not be read. Nothing was changed.", file.name());
    let beginning = file.slice_with_f64_and_f64(0.0, most as f64).map_err(unread)?;
    let buffer = JsFuture::from(beginning.array_buffer()).await.map_err(unread)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_become_file_names() {
        assert_eq!(file_name("Three tiers, 2!", "json"), "three-tiers-2.json");
        assert_eq!(file_name("../../etc", "svg"), "etc.svg");
        assert_eq!(file_name("  ", "png"), "design.png");
    }
}
