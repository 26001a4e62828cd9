//! <baton/abi.h> in Rust, as far as this plugin needs it: boundary 1.0, which every host of major version 1 has.
//! That header is the specification. Structs only grow, so what a newer host knows more is passed over.
//! A panic ends at this border, as the failure of one callback.
#![allow(dead_code)]

use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

pub type Status = i32;
pub const OK: Status = 0;
pub const REFUSED: Status = 4;
pub const ERROR: Status = -1;
pub const EXCEPTION: Status = -2;
pub const UNSUPPORTED: Status = -4;
pub const BAD_STATE: Status = -5;

pub const TEXT_PLAIN: u32 = 1;
pub const APPLICATION_JSON: u32 = 2;

// ---- The structs of the boundary ----

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

impl Bytes {
    const fn of(text: &'static str) -> Bytes {
        Bytes { data: text.as_ptr(), size: text.len() }
    }

    /// Borrowed from the host, until the callback returns.
    fn get(&self) -> &[u8] {
        if self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

/// An event, a request or an info.
#[repr(C)]
pub struct Message {
    kind: Bytes,
    data: Bytes,
    type_atom: u32,
    content_type: u32,
    seq: u64,
    time_us: i64,
    attributes: *const c_void,
}

impl Message {
    /// OTP's first tuple element.
    pub fn kind(&self) -> &[u8] {
        self.kind.get()
    }

    pub fn data(&self) -> &[u8] {
        self.data.get()
    }

    /// Events: the number that the manager has given it, from 1.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

#[repr(C)]
pub struct Batch {
    size: u32,
    stride: u32,
    first: *const Message,
    count: usize,
}

#[repr(C)]
pub struct Sink {
    size: u32,
    context: *mut c_void,
    write: unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> Status,
    set_content_type: unsafe extern "C" fn(*mut c_void, u32),
}

#[repr(C)]
pub struct Outcome {
    size: u32,
    reply: *mut Sink,
    reason: *mut Sink,
    handled: usize,
    refused: usize,
    then: u32,
    reserved: u32,
    then_ms: u64,
    then_what: *mut Sink,
}

unsafe fn write(sink: *mut Sink, data: &[u8]) -> Status {
    ((*sink).write)((*sink).context, data.as_ptr() as *const c_void, data.len())
}

#[repr(C)]
struct RawOption {
    name: Bytes,
    kind: u32,
    item_count: u32,
    integer: i64,
    number: f64,
    text: Bytes,
    items: *const Bytes,
}

#[repr(C)]
struct RawState {
    size: u32,
    version: u32,
    data: Bytes,
    extra: Bytes,
}

#[repr(C)]
pub struct Init {
    size: u32,
    option_stride: u32,
    options: *const RawOption,
    option_count: usize,
    id: Bytes,
    process: Bytes,
    instance: u64,
    state: *const RawState,
}

impl Init {
    fn option(&self, name: &str) -> Option<&RawOption> {
        (0..self.option_count)
            .map(|i| unsafe {
                let first = self.options as *const u8;
                &*(first.add(i * self.option_stride as usize) as *const RawOption)
            })
            .find(|option| option.name.get() == name.as_bytes())
    }

    /// An option of type int, bool, duration (milliseconds) or size (bytes); checked by the host.
    pub fn integer(&self, name: &str) -> i64 {
        self.option(name).map_or(0, |option| option.integer)
    }

    /// An option of type text or path.
    pub fn text(&self, name: &str) -> String {
        let text = self.option(name).map_or(&[][..], |option| option.text.get());
        String::from_utf8_lossy(text).into_owned()
    }

    /// The state of the instance that is to be replaced, and its version.
    pub fn state(&self) -> Option<(u32, &[u8])> {
        unsafe { self.state.as_ref() }.map(|state| (state.version, state.data.get()))
    }
}

// ---- What a plugin implements ----

/// What comes of a call.
pub enum Answer {
    Text(String),
    Json(String),
    /// The caller is told; nothing else happens.
    UnknownRequest,
    /// The same, with the reason.
    Refused(String),
}

/// Callbacks never overlap. An Err is a crash of this handler, with that reason.
pub trait Handler: Sized + Send {
    fn new(init: &Init) -> Result<Self, String>;
    fn handle_event(&mut self, event: &Message) -> Result<(), String>;
    fn handle_call(&mut self, request: &Message) -> Result<Answer, String>;
    /// The whole state, and its version, which is the one in the manifest.
    fn save(&self) -> (u32, Vec<u8>);
}

/// The same for a server.
pub trait Server: Sized + Send {
    fn new(init: &Init) -> Result<Self, String>;
    fn handle_call(&mut self, request: &Message) -> Result<Answer, String>;
    fn handle_cast(&mut self, request: &Message) -> Result<(), String>;
    fn save(&self) -> (u32, Vec<u8>);
}

// ---- From the tables to the traits ----

/// Runs a callback. A panic is its failure.
unsafe fn guarded(outcome: *mut Outcome, callback: impl FnOnce() -> Result<Status, (Status, String)>) -> Status {
    let (status, reason) = match catch_unwind(AssertUnwindSafe(callback)) {
        Ok(Ok(status)) => return status,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            (EXCEPTION, text.unwrap_or_else(|| "panic".to_string()))
        }
    };
    write((*outcome).reason, reason.as_bytes());
    status
}

unsafe fn create<T>(
    init: *const Init,
    instance: *mut *mut c_void,
    outcome: *mut Outcome,
    new: fn(&Init) -> Result<T, String>,
) -> Status {
    guarded(outcome, || {
        let failure = if (*init).state.is_null() { ERROR } else { BAD_STATE };
        let made = new(&*init).map_err(|reason| (failure, reason))?;
        *instance = Box::into_raw(Box::new(made)) as *mut c_void;
        Ok(OK)
    })
}

unsafe fn give_each(
    batch: *const Batch,
    outcome: *mut Outcome,
    mut each: impl FnMut(&Message) -> Result<(), String>,
) -> Status {
    guarded(outcome, || {
        for i in 0..(*batch).count {
            let at = ((*batch).first as *const u8).add(i * (*batch).stride as usize);
            each(&*(at as *const Message)).map_err(|reason| (ERROR, reason))?;
            (*outcome).handled += 1;
        }
        Ok(OK)
    })
}

unsafe fn answer(outcome: *mut Outcome, call: impl FnOnce() -> Result<Answer, String>) -> Status {
    guarded(outcome, || {
        let (text, content_type) = match call().map_err(|reason| (ERROR, reason))? {
            Answer::Text(text) => (text, TEXT_PLAIN),
            Answer::Json(json) => (json, APPLICATION_JSON),
            Answer::UnknownRequest => return Ok(UNSUPPORTED),
            Answer::Refused(reason) => return Err((REFUSED, reason)),
        };
        let sink = (*outcome).reply;
        ((*sink).set_content_type)((*sink).context, content_type);
        Ok(write(sink, text.as_bytes()))
    })
}

unsafe fn save(version: *mut u32, outcome: *mut Outcome, state: impl FnOnce() -> (u32, Vec<u8>)) -> Status {
    guarded(outcome, || {
        let (written, bytes) = state();
        *version = written;
        Ok(write((*outcome).reply, &bytes))
    })
}

unsafe extern "C" fn destroy<T>(instance: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(instance as *mut T))));
}

type Create = unsafe extern "C" fn(*const c_void, *const Init, *mut *mut c_void, *mut Outcome) -> Status;
type Save = unsafe extern "C" fn(*mut c_void, *mut u32, *mut Outcome) -> Status;
type OnMessage = unsafe extern "C" fn(*mut c_void, *const Message, *mut Outcome) -> Status;
type OnBatch = unsafe extern "C" fn(*mut c_void, *const Batch, *mut Outcome) -> Status;

#[repr(C)]
pub struct HandlerTable {
    size: u32,
    reserved: u32,
    name: Bytes,
    create: Create,
    destroy: unsafe extern "C" fn(*mut c_void),
    handle_events: OnBatch,
    handle_call: OnMessage,
    handle_info: Option<OnMessage>,
    terminate: Option<OnMessage>,
    save: Save,
}

unsafe impl Sync for HandlerTable {}

impl HandlerTable {
    pub const fn of<T: Handler>(name: &'static str) -> HandlerTable {
        unsafe extern "C" fn create_one<T: Handler>(
            _host: *const c_void, init: *const Init, instance: *mut *mut c_void, outcome: *mut Outcome,
        ) -> Status {
            create::<T>(init, instance, outcome, T::new)
        }
        unsafe extern "C" fn handle_events<T: Handler>(
            instance: *mut c_void, events: *const Batch, outcome: *mut Outcome,
        ) -> Status {
            let handler = &mut *(instance as *mut T);
            give_each(events, outcome, |event| handler.handle_event(event))
        }
        unsafe extern "C" fn handle_call<T: Handler>(
            instance: *mut c_void, request: *const Message, outcome: *mut Outcome,
        ) -> Status {
            answer(outcome, || (*(instance as *mut T)).handle_call(&*request))
        }
        unsafe extern "C" fn save_one<T: Handler>(
            instance: *mut c_void, version: *mut u32, outcome: *mut Outcome,
        ) -> Status {
            save(version, outcome, || (*(instance as *mut T)).save())
        }
        HandlerTable {
            size: std::mem::size_of::<HandlerTable>() as u32,
            reserved: 0,
            name: Bytes::of(name),
            create: create_one::<T>,
            destroy: destroy::<T>,
            handle_events: handle_events::<T>,
            handle_call: handle_call::<T>,
            handle_info: None,
            terminate: None,
            save: save_one::<T>,
        }
    }
}

#[repr(C)]
pub struct ServerTable {
    size: u32,
    reserved: u32,
    name: Bytes,
    create: Create,
    destroy: unsafe extern "C" fn(*mut c_void),
    handle_call: unsafe extern "C" fn(*mut c_void, *const Message, u64, *mut Outcome) -> Status,
    handle_casts: OnBatch,
    handle_info: Option<OnMessage>,
    terminate: Option<OnMessage>,
    save: Save,
}

unsafe impl Sync for ServerTable {}

impl ServerTable {
    pub const fn of<T: Server>(name: &'static str) -> ServerTable {
        unsafe extern "C" fn create_one<T: Server>(
            _host: *const c_void, init: *const Init, instance: *mut *mut c_void, outcome: *mut Outcome,
        ) -> Status {
            create::<T>(init, instance, outcome, T::new)
        }
        unsafe extern "C" fn handle_call<T: Server>(
            instance: *mut c_void, request: *const Message, _from: u64, outcome: *mut Outcome,
        ) -> Status {
            answer(outcome, || (*(instance as *mut T)).handle_call(&*request))
        }
        unsafe extern "C" fn handle_casts<T: Server>(
            instance: *mut c_void, requests: *const Batch, outcome: *mut Outcome,
        ) -> Status {
            let server = &mut *(instance as *mut T);
            give_each(requests, outcome, |request| server.handle_cast(request))
        }
        unsafe extern "C" fn save_one<T: Server>(
            instance: *mut c_void, version: *mut u32, outcome: *mut Outcome,
        ) -> Status {
            save(version, outcome, || (*(instance as *mut T)).save())
        }
        ServerTable {
            size: std::mem::size_of::<ServerTable>() as u32,
            reserved: 0,
            name: Bytes::of(name),
            create: create_one::<T>,
            destroy: destroy::<T>,
            handle_call: handle_call::<T>,
            handle_casts: handle_casts::<T>,
            handle_info: None,
            terminate: None,
            save: save_one::<T>,
        }
    }
}

/// What `baton_plugin_v1` is.
#[repr(C)]
pub struct Plugin {
    size: u32,
    abi_major: u16,
    abi_minor: u16,
    handlers: *const &'static HandlerTable,
    handler_count: usize,
    servers: *const &'static ServerTable,
    server_count: usize,
    extension: *const c_void,
}

unsafe impl Sync for Plugin {}

impl Plugin {
    pub const fn of(handlers: &'static [&'static HandlerTable], servers: &'static [&'static ServerTable]) -> Plugin {
        Plugin {
            size: std::mem::size_of::<Plugin>() as u32,
            abi_major: 1,
            abi_minor: 0,
            handlers: handlers.as_ptr(),
            handler_count: handlers.len(),
            servers: servers.as_ptr(),
            server_count: servers.len(),
            extension: std::ptr::null(),
        }
    }
}

/// The manifest: an ELF note that is read without loading the library. JSON, as <baton/abi.h> has it; N is
/// padded(json.len()).
#[repr(C, align(4))]
pub struct Manifest<const N: usize> {
    owner_size: u32,
    size: u32,
    kind: u32,
    owner: [u8; 8],
    abi_major: u16,
    abi_minor: u16,
    json: [u8; N],
}

pub const fn padded(size: usize) -> usize {
    (size + 1 + 3) & !3
}

impl<const N: usize> Manifest<N> {
    pub const fn of(text: &str) -> Manifest<N> {
        let mut json = [0; N];
        let mut i = 0;
        while i < text.len() {
            json[i] = text.as_bytes()[i];
            i += 1;
        }
        Manifest {
            owner_size: 6,
            size: 4 + N as u32,
            kind: 1,
            owner: *b"Baton\0\0\0",
            abi_major: 1,
            abi_minor: 0,
            json,
        }
    }
}

// ---- Help for states and JSON ----

/// Reads what was written with to_le_bytes() and texts behind their length. None: the bytes are not there.
pub struct StateReader<'a>(pub &'a [u8]);

impl<'a> StateReader<'a> {
    pub fn u64(&mut self) -> Option<u64> {
        let bytes = self.take(8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    pub fn text(&mut self) -> Option<&'a [u8]> {
        let size = self.u64()?;
        self.take(usize::try_from(size).ok()?)
    }

    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        if size > self.0.len() {
            return None;
        }
        let (taken, rest) = self.0.split_at(size);
        self.0 = rest;
        Some(taken)
    }
}

/// A JSON string. Bytes that are no UTF-8 become U+FFFD.
pub fn json_string(text: &[u8]) -> String {
    let mut json = String::from("\"");
    for letter in String::from_utf8_lossy(text).chars() {
        match letter {
            '"' | '\\' => {
                json.push('\\');
                json.push(letter);
            }
            '\0'..='\x1f' => json.push_str(&format!("\\u{:04x}", letter as u32)),
            _ => json.push(letter),
        }
    }
    json.push('"');
    json
}
