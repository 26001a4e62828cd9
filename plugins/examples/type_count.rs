// SPDX-License-Identifier: Apache-2.0
//! A handler in Rust: counts events by their type. Call: `counts`, as a JSON object. State 1: how many types, and for
//! each its name and its count.
mod baton;

use baton::{json_string, padded, Answer, Handler, HandlerTable, Init, Manifest, Message, Plugin, StateReader};
use std::collections::BTreeMap;

struct TypeCount {
    counts: BTreeMap<Vec<u8>, u64>,
}

fn load(state: &[u8]) -> Option<BTreeMap<Vec<u8>, u64>> {
    let mut reader = StateReader(state);
    let mut counts = BTreeMap::new();
    for _ in 0..reader.u64()? {
        let kind = reader.text()?.to_vec();
        counts.insert(kind, reader.u64()?);
    }
    reader.is_at_end().then(|| counts)
}

impl Handler for TypeCount {
    fn new(init: &Init) -> Result<Self, String> {
        let counts = match init.state() {
            Some((_, state)) => load(state).ok_or("the state is malformed")?,
            None => BTreeMap::new(),
        };
        Ok(TypeCount { counts })
    }

    fn handle_event(&mut self, event: &Message) -> Result<(), String> {
        *self.counts.entry(event.kind().to_vec()).or_insert(0) += 1;
        Ok(())
    }

    fn handle_call(&mut self, request: &Message) -> Result<Answer, String> {
        if request.kind() != b"counts" {
            return Ok(Answer::UnknownRequest);
        }
        let entries = self.counts.iter().map(|(kind, count)| format!("{}: {}", json_string(kind), count));
        Ok(Answer::Json(format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))))
    }

    fn save(&self) -> (u32, Vec<u8>) {
        let mut state = (self.counts.len() as u64).to_le_bytes().to_vec();
        for (kind, count) in &self.counts {
            state.extend((kind.len() as u64).to_le_bytes());
            state.extend(kind);
            state.extend(count.to_le_bytes());
        }
        (1, state)
    }
}

static HANDLER: HandlerTable = HandlerTable::of::<TypeCount>("TypeCount");
static HANDLERS: [&HandlerTable; 1] = [&HANDLER];

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static baton_plugin_v1: Plugin = Plugin::of(&HANDLERS, &[]);

const MANIFEST: &str = r#"{"name": "type_count", "version": "1.0.0", "provides": [{"kind": "handler",
  "name": "TypeCount", "help": "counts events by their type; call: counts", "capabilities": ["pure_events"],
  "state": {"writes": 1, "reads": [1]}}]}"#;

#[used]
#[link_section = ".note.baton"]
static NOTE: Manifest<{ padded(MANIFEST.len()) }> = Manifest::of(MANIFEST);
