//! The macro that makes a row of the table and its proofs from one source.
//!
//! A library says how it retries a closure that counts, and how it retries `connection.query()`. The columns say what
//! that connection is, and where the whole runs. So what a library cannot do with a connection fails by what the column
//! adds: the same call compiles in column C. Where rustc gives the error a code, the fence names it; most have none.

/// A library's row. Each cell is a constant whose documentation is its proof: an example that runs for `yes`, one that
/// must not compile for `no`, with the error's code where it has one.
macro_rules! proofs {
    (
        name: $name:literal,
        prelude: $prelude:literal,
        counting: $counting:literal,
        $(lent: $lent:literal,)?
        shared: $shared:literal,
        A: $a:ident $($a_code:literal)?,
        B: $b:ident $($b_code:literal)?,
        C: $c:ident $($c_code:literal)?,
        D: $d:ident $($d_code:literal)?,
        E: $e:ident $($e_code:literal)?,
        F: $f:ident $($f_code:literal)?,
    ) => {
        /// Its line of the table.
        pub(super) const ROW: super::Row = super::Row { name: $name, cells: [A, B, C, D, E, F] };

        proof! { A: $a $($a_code)?, $prelude, counter, $counting, here }
        proof! { B: $b $($b_code)?, $prelude, exclusive, first!($($lent,)? $shared), here }
        proof! { C: $c $($c_code)?, $prelude, concurrent, $shared, here }
        proof! { D: $d $($d_code)?, $prelude, unsendable, $shared, here }
        proof! { E: $e $($e_code)?, $prelude, concurrent, $shared, spawned }
        proof! { F: $f $($f_code)?, $prelude, exclusive, first!($($lent,)? $shared), spawned }
        // What column D runs in place is really not `Send`: nobody can spawn it.
        proof! { _: no, $prelude, unsendable, $shared, spawned }
    };
}

/// One cell: its answer, and the proof of it.
macro_rules! proof {
    ($cell:tt: $answer:ident $($code:literal)?, $prelude:literal, $scene:ident, $call:expr, $place:ident) => {
        #[doc = concat!("```", fence!($answer $($code)?), $prelude, scene!($scene))]
        #[doc = concat!("    let answer = ", $call, ";")]
        #[doc = concat!("    assert_eq!((answer.ok(), ", count!($scene), "), (Some(3), 3));\n}\n")]
        #[doc = concat!(main!($place), "\n```")]
        const $cell: bool = answer!($answer);
    };
}

macro_rules! answer {
    (yes) => {
        true
    };
    (no) => {
        false
    };
}

macro_rules! fence {
    (yes) => {
        ""
    };
    (no) => {
        "compile_fail"
    };
    (no $code:literal) => {
        concat!("compile_fail,", $code)
    };
}

/// What is lent, if a library has its own way for that; else the call is the same.
macro_rules! first {
    ($first:literal $(, $other:literal)?) => {
        $first
    };
}

/// What is retried: it fails twice.
macro_rules! scene {
    // Column A: the attempt wants to know its number, and who counts is the closure.
    (counter) => {
        "
async fn attempt(number: u32) -> Result<u32, Busy> {
    tokio::task::yield_now().await;
    if number < 3 { Err(busy()) } else { Ok(number) }
}

async fn whole() {
    let mut calls = 0;"
    };
    // Columns B and F: a connection that one attempt at a time may use.
    (exclusive) => {
        "
struct Connection {
    queries: u32,
}

impl Connection {
    async fn query(&mut self) -> Result<u32, Busy> {
        self.queries += 1;
        tokio::task::yield_now().await;
        if self.queries < 3 { Err(busy()) } else { Ok(self.queries) }
    }
}

async fn whole() {
    let mut connection = Connection { queries: 0 };"
    };
    // Columns C and E: a connection that attempts may share, on any thread.
    (concurrent) => {
        shared!("Box")
    };
    // Column D: as C, but the attempt holds an `Rc` while it waits.
    (unsendable) => {
        shared!("std::rc::Rc")
    };
}

/// A connection whose attempts keep their number behind such a pointer.
macro_rules! shared {
    ($pointer:literal) => {
        concat!(
            "
use std::sync::atomic::{AtomicU32, Ordering};

struct Connection {
    queries: AtomicU32,
}

impl Connection {
    async fn query(&self) -> Result<u32, Busy> {
        let number = ",
            $pointer,
            "::new(self.queries.fetch_add(1, Ordering::Relaxed) + 1);
        tokio::task::yield_now().await;
        if *number < 3 { Err(busy()) } else { Ok(*number) }
    }
}

async fn whole() {
    let connection = Connection { queries: AtomicU32::new(0) };"
        )
    };
}

/// How many attempts there were, as the caller sees it afterwards.
macro_rules! count {
    (counter) => {
        "calls"
    };
    (exclusive) => {
        "connection.queries"
    };
    ($shared:ident) => {
        "connection.queries.into_inner()"
    };
}

/// Where the whole runs, on a clock that moves by itself when everybody sleeps.
macro_rules! main {
    ($place:ident) => {
        concat!(
            "#[tokio::main(flavor = \"current_thread\", start_paused = true)]\nasync fn main() {\n    ",
            run!($place),
            "\n}"
        )
    };
}

macro_rules! run {
    // Columns A to D: in place.
    (here) => {
        "whole().await;"
    };
    // Columns E and F: as a task, which must be `Send`.
    (spawned) => {
        "tokio::spawn(whole()).await.unwrap();"
    };
}
