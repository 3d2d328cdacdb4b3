//! A whole file of routes, as the gateway reads it: it is read, or all of its errors are told.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the gateway uses what no target does")]

#[path = "../../../gateway/src/config/mod.rs"]
mod config;

mod console {
    pub(crate) fn say(_: std::fmt::Arguments<'_>) {}
}

mod time {
    pub(crate) fn since_1970() -> std::time::Duration {
        std::time::Duration::from_secs(1_700_000_000)
    }
}

use libfuzzer_sys::fuzz_target;

/// Most texts are no files of routes: half of them stand below this.
const HEAD: &str = "spring.cloud.gateway:\n";

fuzz_target!(|text: &str| {
    let indented = format!("{HEAD}{}", text.lines().map(|line| format!("  {line}\n")).collect::<String>());
    for file in [text, &indented] {
        let read = config::Config::read(file, &|name| (name == "A").then(|| "x".to_owned()), &[]);
        match read {
            Ok(config) => {
                assert!(!config.routes.is_empty() || !config.warnings.is_empty());
                for route in &config.routes {
                    let _ = (route.to_string(), config::Forecast::of(route, &config).to_string());
                }
            }
            Err(errors) => assert!((1..=101).contains(&errors.len())),
        }
    }
});
