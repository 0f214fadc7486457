//! Files that are fetched: `?src=`, a JSON file at an address that the person gave, and the examples beside the page.

use backpressure_sim::design::MAX_BYTES;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

/// Why there are no bytes.
pub struct Failure {
    /// Is there nothing at the address?
    pub not_found: bool,
    /// What happened, as a sentence.
    pub sentence: String,
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { not_found: false, sentence }
    }
}

/// Loads the bytes at `address`. Stops reading beyond the limit.
pub async fn load(address: &str) -> Result<Vec<u8>, Failure> {
    let window = web_sys::window().ok_or_else(|| "There is no page.".to_owned())?;
    let response: Response = JsFuture::from(window.fetch_with_str(address))
        .await
        .ok()
        .and_then(|r| r.dyn_into().ok())
        .ok_or_else(|| format!("{address} could not be loaded: it is not reachable, or its host does not allow other pages to read it (CORS)."))?;
    if !response.ok() {
        let (status, words) = (response.status(), response.status_text());
        let sentence = format!("{address} could not be loaded: its host answered {status} {words}.");
        return Err(Failure { not_found: status == 404, sentence });
    }
    let reader: ReadableStreamDefaultReader =
        response.body().ok_or_else(|| format!("{address} is empty."))?.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let step =
            JsFuture::from(reader.read()).await.map_err(|_| format!("{address} broke off while it was loading."))?;
        if get(&step, "done").is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(get(&step, "value").dyn_into::<Uint8Array>().map(|c| c.to_vec()).unwrap_or_default());
        if bytes.len() > MAX_BYTES {
            drop(reader.cancel());
            let most = MAX_BYTES as f64 / 1e6;
            return Err(format!("{address} is larger than {most:.0} MB, which no design is.").into());
        }
    }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
