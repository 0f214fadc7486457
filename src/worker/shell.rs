//! The worker's end: hears commands, runs slices, posts updates.

use super::runner::{Next, Runner};
use crate::protocol::{Command, Update, decode, encode};
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

struct Shell {
    scope: DedicatedWorkerGlobalScope,
    runner: RefCell<Runner>,
    /// A message to oneself comes after the commands that wait, and is not held back as timers are.
    again: MessagePort,
    timer: Cell<Option<i32>>,
    on_timer: RefCell<Option<Closure<dyn FnMut()>>>,
    pending: Cell<bool>,
}

/// Starts the worker. Called once, in the worker's own scope.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let Ok(channel) = MessageChannel::new() else {
        return;
    };
    let shell = Rc::new(Shell {
        scope: scope.clone(),
        runner: RefCell::new(Runner::default()),
        again: channel.port2(),
        timer: Cell::new(None),
        on_timer: RefCell::new(None),
        pending: Cell::new(false),
    });
    let s = shell.clone();
    *shell.on_timer.borrow_mut() = Some(Closure::new(move || {
        s.timer.set(None);
        s.tick();
    }));
    let s = shell.clone();
    let on_again = Closure::<dyn FnMut()>::new(move || {
        s.pending.set(false);
        s.tick();
    });
    channel.port1().set_onmessage(Some(on_again.as_ref().unchecked_ref()));
    on_again.forget();
    let s = shell.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let command = event.data().dyn_into::<Uint8Array>().ok().and_then(|b| decode::<Command>(&b.to_vec()));
        if let Some(command) = command {
            let mut out = Vec::new();
            s.runner.borrow_mut().hear(command, s.clock(), &mut out);
            s.post(out);
            s.soon();
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker lives as long as these.
    on_message.forget();
    shell.post(vec![Update::Started]);
}

impl Shell {
    fn clock(&self) -> f64 {
        self.scope.performance().map_or(0.0, |p| p.now())
    }

    fn tick(&self) {
        let mut out = Vec::new();
        let next = self.runner.borrow_mut().tick(&|| self.clock(), &mut out);
        self.post(out);
        match next {
            Next::Sleep => {}
            Next::Now => self.soon(),
            Next::In(ms) => {
                if let (None, Some(handler)) = (self.timer.get(), self.on_timer.borrow().as_ref()) {
                    let callback = handler.as_ref().unchecked_ref();
                    self.timer.set(self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, ms).ok());
                }
            }
        }
    }

    fn soon(&self) {
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if !self.pending.replace(true) {
            let _ = self.again.post_message(&JsValue::NULL);
        }
    }

    fn post(&self, updates: Vec<Update>) {
        for update in updates {
            let bytes = Uint8Array::from(encode(&update).as_slice());
            let _ = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        }
    }
}
