//! The halves of a module do what the whole did, and the rest comes when it is needed, once.

use std::collections::{HashMap, HashSet};

use backpressure_finish::module::Module as Wasm;
use backpressure_finish::recording::recording;
use backpressure_finish::split::{FIRST, LOAD, split};
use wasmi::{Caller, Engine, Instance, Linker, Module, Store};

/// `twice` and `at` are rarely called: directly, through a table, from each other, and back into what is often called.
const WHOLE: &str = r#"
(module
  (type $unary (func (param i32) (result i32)))
  (import "page" "note" (func $note (param i32)))
  (memory 1)
  (table 2 2 funcref)
  (elem (i32.const 0) $twice $often)
  (global $sum (mut i32) (i32.const 0))
  (data (i32.const 8) "\07")
  (func $often (export "often") (param i32) (result i32)
    (global.set $sum (i32.add (global.get $sum) (local.get 0)))
    (i32.add (local.get 0) (i32.const 1)))
  (func $calls (export "calls") (param i32) (result i32)
    (if (result i32) (i32.gt_s (local.get 0) (i32.const 100))
      (then (call $at (local.get 0)))
      (else (call $often (local.get 0)))))
  (func $indirect (export "indirect") (param i32 i32) (result i32)
    (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (func $total (export "total") (result i32) (global.get $sum))
  (func $twice (param i32) (result i32)
    (call $note (local.get 0))
    (i32.add (call $often (local.get 0)) (call $often (local.get 0))))
  (func $at (param i32) (result i32)
    (call $note (i32.const -1))
    (i32.store (i32.const 16) (i32.const 5))
    (i32.add (call $twice (local.get 0)) (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 16)))))
)"#;

fn whole() -> Vec<u8> {
    wat::parse_str(WHOLE).expect("a module")
}

/// What happened outside of the module.
#[derive(Default)]
struct Seen {
    notes: Vec<i32>,
    loads: usize,
    rest: Vec<u8>,
    first: Option<Instance>,
}

struct Program {
    store: Store<Seen>,
    instance: Instance,
}

impl Program {
    fn new(wasm: &[u8], rest: Vec<u8>) -> Self {
        let engine = Engine::default();
        let mut store = Store::new(&engine, Seen { rest, ..Seen::default() });
        let mut linker = Linker::new(&engine);
        linker
            .func_wrap("page", "note", |mut caller: Caller<'_, Seen>, value: i32| caller.data_mut().notes.push(value))
            .expect("an import");
        linker
            .func_wrap(LOAD.0, LOAD.1, |mut caller: Caller<'_, Seen>| {
                caller.data_mut().loads += 1;
                let (rest, first) = (caller.data().rest.clone(), caller.data().first.expect("it runs"));
                let module = Module::new(caller.engine(), &rest).expect("a module");
                let mut linker = Linker::<Seen>::new(caller.engine());
                let shared: Vec<_> = first.exports(&caller).map(|e| (e.name().to_owned(), e.into_extern())).collect();
                for (name, thing) in shared {
                    linker.define(FIRST, &name, thing).expect("exported once");
                }
                linker.instantiate_and_start(&mut caller, &module).expect("the rest fits");
            })
            .expect("an import");
        let module = Module::new(&engine, wasm).expect("a valid module");
        let instance = linker.instantiate_and_start(&mut store, &module).expect("it fits");
        store.data_mut().first = Some(instance);
        Self { store, instance }
    }

    fn unary(&mut self, name: &str, value: i32) -> i32 {
        let function = self.instance.get_typed_func::<i32, i32>(&self.store, name).expect("exported");
        function.call(&mut self.store, value).expect("no trap")
    }

    fn indirect(&mut self, place: i32, value: i32) -> i32 {
        let function = self.instance.get_typed_func::<(i32, i32), i32>(&self.store, "indirect").expect("exported");
        function.call(&mut self.store, (place, value)).expect("no trap")
    }

    fn total(&mut self) -> i32 {
        let function = self.instance.get_typed_func::<(), i32>(&self.store, "total").expect("exported");
        function.call(&mut self.store, ()).expect("no trap")
    }
}

fn halves(opening: &[&str]) -> Program {
    let opening: HashSet<&str> = opening.iter().copied().collect();
    let halves =
        split(&Wasm::read(&whole()).expect("a module"), &opening, &HashMap::new(), &whole()).expect("it comes apart");
    Program::new(&halves.first, halves.rest)
}

const OPENING: &[&str] = &["often", "calls", "indirect", "total"];

#[test]
fn what_opening_runs_needs_no_rest() {
    let mut page = halves(OPENING);
    assert_eq!(page.unary("calls", 4), 5);
    assert_eq!(page.indirect(1, 6), 7);
    assert_eq!((page.total(), page.store.data().loads), (10, 0));
}

#[test]
fn the_halves_do_what_the_whole_does_and_the_rest_comes_once() {
    let mut whole = Program::new(&whole(), Vec::new());
    let mut page = halves(OPENING);
    for value in [1, 50, 101, 7, 250] {
        assert_eq!(page.unary("calls", value), whole.unary("calls", value), "calls({value})");
        for place in [0, 1] {
            assert_eq!(page.indirect(place, value), whole.indirect(place, value), "table[{place}]({value})");
        }
    }
    assert_eq!(page.total(), whole.total());
    assert_eq!(page.store.data().notes, whole.store.data().notes);
    assert_eq!((page.store.data().loads, whole.store.data().loads), (1, 0));
}

#[test]
fn imports_can_have_other_names() {
    let opening: HashSet<&str> = OPENING.iter().copied().collect();
    let short = HashMap::from([("note".to_owned(), "i0".to_owned())]);
    let halves = split(&Wasm::read(&whole()).expect("a module"), &opening, &short, &whole()).expect("it comes apart");
    let module = Module::new(&Engine::default(), &halves.first).expect("a valid module");
    let names: Vec<_> = module.imports().map(|i| format!("{}.{}", i.module(), i.name())).collect();
    assert_eq!(names, ["page.i0".to_owned(), format!("{}.{}", LOAD.0, LOAD.1)]);
}

#[test]
fn a_recording_says_which_functions_ran() {
    let recording = recording(&whole()).expect("it records");
    assert_eq!(recording.names, ["often", "calls", "indirect", "total", "twice", "at"]);
    let mut wasm = wat::parse_str(WHOLE.replace("(memory 1)", "(memory (export \"memory\") 1)")).expect("a module");
    wasm = backpressure_finish::recording::recording(&wasm).expect("it records").wasm;
    let mut program = Program::new(&wasm, Vec::new());
    assert_eq!(program.unary("calls", 4), 5);
    let memory = program.instance.get_memory(&program.store, "memory").expect("exported");
    let mut ran = [0; 6];
    memory.read(&program.store, usize::try_from(recording.at).expect("an address"), &mut ran).expect("inside");
    assert_eq!(ran, [1, 1, 0, 0, 0, 0]);
}

#[test]
fn what_is_no_module_is_said() {
    let problem = Wasm::read(b"no module").err().expect("an error");
    assert!(problem.contains("cannot be read"), "{problem}");
}
