//! Prints and draws what a policy would do.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::picture::draw;
use clap::Args;
use persevere::testing::{Bands, sparkline};
use persevere::{Bounds, Parts, PolicyConfig, Schedule};

/// Prints and draws what a policy would do.
///
/// Shows its delays with the jitter of one seed, how long they are over many seeds, and what a call never exceeds.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// The policy, in YAML or JSON: the fields of `PolicyConfig`; what is not written is as in the default policy.
    #[arg(value_name = "POLICY", default_value = "{}", conflicts_with = "file")]
    policy: String,

    /// Takes the policy from a file.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// The seed of the schedule that is printed.
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Over so many seeds the bands are taken.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seeds: u64,

    /// How long an attempt takes, for the longest time of a call.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000)]
    attempt: u64,

    /// Draws the bands into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  persevere-lab schedule
  persevere-lab schedule '{ backoff: { exponential: { base: 50ms, factor: 3 } }, cap: 5s, jitter: equal, attempts: 8 }'
  persevere-lab schedule --file policy.yaml --seeds 10000 --svg policy.svg";

/// Prints what the policy would do, and draws it if a file is named.
///
/// # Errors
///
/// Returns an error if the policy cannot be read, or if the picture cannot be written.
pub fn run(options: &Options) -> Result<(), String> {
    let text = match &options.file {
        Some(file) => fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
        None => options.policy.clone(),
    };
    let config: PolicyConfig = serde_yaml_ng::from_str(&text).map_err(|error| error.to_string())?;
    let policy = config.policy().map_err(|error| error.to_string())?;
    println!("{policy}\n");

    let schedule = Schedule::of(&policy, options.seed);
    println!("with seed {}: {}", options.seed, sparkline(first(schedule.delays())));
    let text = schedule.to_string();
    let lines: Vec<_> = text.lines().collect();
    lines.iter().take(SHOWN).for_each(|line| println!("{line}"));
    if let Some(hidden) = lines.len().checked_sub(SHOWN).filter(|&hidden| hidden > 0) {
        println!("… {hidden} lines more");
    }

    let bands = Bands::of(&policy, 0..options.seeds);
    println!("\nover {} seeds\n{bands}", options.seeds);
    println!("{}", never(&policy, Duration::from_millis(options.attempt)));
    if let Some(file) = &options.svg {
        fs::write(file, draw(&bands, &policy.to_string(), 800, 400))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        println!("drawn into {}", file.display());
    }
    Ok(())
}

/// Lines of a table that are printed.
const SHOWN: usize = 40;

fn first(delays: &[Duration]) -> &[Duration] {
    &delays[..delays.len().min(SHOWN)]
}

/// What a call never exceeds.
fn never<P: Parts>(policy: &P, attempt: Duration) -> String {
    let bounds = Bounds::of(policy);
    let attempts = bounds
        .attempts
        .map_or("no limit to the attempts".to_owned(), |most| format!("at most {most} attempts"));
    let sleep = bounds
        .most_sleep
        .map_or("no limit to the sleep".to_owned(), |most| format!("at most {most:?} of sleep"));
    let time = bounds
        .worst_time(attempt)
        .map_or("no limit to a call".to_owned(), |most| format!("at most {most:?} for a call"));
    let restarts = bounds.reset_after.map_or_else(String::new, |healthy| {
        format!("; all of it again after an attempt of {healthy:?}, as the call starts over then")
    });
    format!("never more: {attempts}, {sleep}, {time} whose attempts take {attempt:?}{restarts}")
}
