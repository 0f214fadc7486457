//! The page's end of the worker: start it, talk to it, notice that it died.

use crate::protocol::{Command, Update, decode, encode};
use js_sys::{Array, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, MessageEvent, Url, WorkerOptions, WorkerType};

#[wasm_bindgen]
extern "C" {
    /// Address of the script that wasm-bindgen made, whatever Trunk renamed it to.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

/// What happens at the worker.
pub enum Event {
    /// It sent this.
    Update(Update),
    /// It waits for a part of itself to be loaded (`crates/finish`), and hears nothing meanwhile; or has it now.
    Loading(bool),
    /// It died, for this reason.
    Died(String),
}

/// A running worker. Dropping it terminates it.
pub struct Worker {
    worker: web_sys::Worker,
    /// Commands given before the worker listened: messages sent to it then would be lost.
    waiting: Rc<RefCell<Option<Vec<Command>>>>,
    _handlers: [Closure<dyn FnMut(JsValue)>; 2],
}

impl Worker {
    /// Starts a worker; `on_event` hears of everything it does. An error says why it could not be started.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Result<Self, String> {
        let words = |e: JsValue| format!("{e:?}");
        let url = SCRIPT_URL.with(Clone::clone);
        let source = format!(
            "import init from {};\nself.onmessage = (event) => {{ self.onmessage = null; init({{ module_or_path: event.data }}); }};",
            serde_json::Value::String(url)
        );
        let kind = BlobPropertyBag::new();
        kind.set_type("text/javascript");
        let blob =
            Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(&source)), &kind).map_err(words)?;
        let address = Url::create_object_url_with_blob(&blob).map_err(words)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = web_sys::Worker::new_with_options(&address, &options).map_err(words)?;
        worker.post_message(&wasm_bindgen::module()).map_err(words)?;

        let waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let on_event = Rc::new(on_event);
        let (heard, queue, target) = (on_event.clone(), waiting.clone(), worker.clone());
        let mut address = Some(address);
        let on_message = Closure::new(move |event: JsValue| {
            let data = event.unchecked_into::<MessageEvent>().data();
            if let Some(word) = data.as_string() {
                return heard(Event::Loading(word == "loading"));
            }
            let Some(update) = data.dyn_into::<Uint8Array>().ok().and_then(|b| decode::<Update>(&b.to_vec())) else {
                return;
            };
            if update == Update::Started {
                if let Some(address) = address.take() {
                    let _ = Url::revoke_object_url(&address);
                }
                let early = queue.borrow_mut().take();
                for command in early.into_iter().flatten() {
                    post(&target, &command);
                }
            }
            heard(Event::Update(update));
        });
        let on_error = Closure::new(move |event: JsValue| {
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|m| m.as_string());
            on_event(Event::Died(message.unwrap_or_else(|| "it could not be loaded".to_owned())));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, waiting, _handlers: [on_message, on_error] })
    }

    /// Sends a command, as soon as the worker listens.
    pub fn send(&self, command: Command) {
        match self.waiting.borrow_mut().as_mut() {
            Some(queue) => queue.push(command),
            None => post(&self.worker, &command),
        }
    }

    /// Ends the worker at once, whatever it does.
    pub fn terminate(&self) {
        self.worker.terminate();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn post(worker: &web_sys::Worker, command: &Command) {
    let bytes = Uint8Array::from(encode(command).as_slice());
    let transfer = Array::of1(&bytes.buffer());
    let _ = worker.post_message_with_transfer(&bytes, &transfer);
}
