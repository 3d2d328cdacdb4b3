//! Runs the experiments: prints what they show beside what they should show, and draws them.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::ValueEnum;

use super::claim::{Claim, heading};
use super::experiments::{budgets, collapse, contention, crowd, executor, outage, phases, threshold};
use super::options::{Experiment, Storms};
use super::{pictures, tables};

/// Runs the experiments that are asked for, or all of them.
///
/// # Errors
///
/// Returns an error if a picture cannot be written, or if nobody reads what is printed.
pub fn run(options: &Storms) -> Result<ExitCode, String> {
    verdict(&claims(options)?)
}

/// Prints a line or more.
fn say(text: impl Display) -> Result<(), String> {
    writeln!(io::stdout(), "{text}").map_err(|error| error.to_string())
}

fn claims(options: &Storms) -> Result<Vec<Claim>, String> {
    let all = Experiment::value_variants();
    let wanted = if options.experiments.is_empty() { all } else { options.experiments.as_slice() };
    if let Some(folder) = &options.svg {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    say(format_args!("seed {}", options.seed))?;
    let mut claims = Vec::new();
    for experiment in all.iter().filter(|experiment| wanted.contains(experiment)) {
        let value = experiment.to_possible_value().expect("none is hidden");
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        say(format_args!("\n== {}: {help}", value.get_name()))?;
        claims.extend(one(options, *experiment)?);
    }
    Ok(claims)
}

fn one(options: &Storms, experiment: Experiment) -> Result<Vec<Claim>, String> {
    Ok(match experiment {
        Experiment::Contention => contentions(options)?,
        Experiment::Budgets => {
            let rows = budgets::rows(100, options.seed);
            say(tables::budgets(&rows))?;
            draw(options, "budgets", &|| pictures::budgets(&rows))?;
            budgets::claims(&rows)
        }
        Experiment::Collapse => {
            let rows = collapse::rows(options.trials / 5, options.seed);
            say(tables::collapse(&rows))?;
            collapse::claims(&rows)
        }
        Experiment::Threshold => {
            let rows = threshold::rows(options.trials / 100, options.seed);
            say(tables::threshold(&rows))?;
            threshold::claims(&rows)
        }
        Experiment::Outage => outages(options)?,
        Experiment::Phases => {
            let maps = phases::maps(40, 20, options.seed);
            say(tables::phases(&maps))?;
            draw(options, "phases", &|| pictures::phases(&maps))?;
            phases::claims(&maps)
        }
        Experiment::Crowd => {
            let crowds = crowd::crowds(options.seed);
            say(tables::crowds(&crowds))?;
            draw(options, "crowd", &|| pictures::crowd(&crowds))?;
            Vec::new()
        }
        Experiment::Executor => {
            let rows = executor::rows(options.seed);
            say(tables::executor(&rows))?;
            executor::claims(&rows)
        }
    })
}

fn contentions(options: &Storms) -> Result<Vec<Claim>, String> {
    let rows = contention::rows(options.trials, options.seed);
    say(tables::contention(&rows))?;
    draw(options, "contention", &|| {
        pictures::contention(&contention::curve(options.trials / 10, options.seed))
    })?;
    Ok(contention::claims(&rows))
}

fn outages(options: &Storms) -> Result<Vec<Claim>, String> {
    let load = f64::from(options.load) / 100.0;
    let size = outage::Size { clients: options.clients, load, seconds: options.seconds, seed: options.seed };
    let mut claims = Vec::new();
    for (is_open, kind) in [(true, "open"), (false, "closed")] {
        let runs = outage::runs(&size, is_open);
        let (calls, capacity) = (size.rate(), size.capacity());
        say(format_args!(
            "{kind} system: {} clients, {calls:.0} calls a second, capacity {capacity:.0}",
            size.clients
        ))?;
        say(format_args!("{}{}", tables::outage(&runs), tables::speed(&runs)))?;
        if is_open {
            draw(options, "outage", &|| pictures::outage(&runs, &size))?;
            claims.extend(outage::claims(&runs, &size));
        } else {
            claims.extend(outage::closed_claims(&runs, &size));
        }
    }
    if size.seconds < outage::LONG_ENOUGH {
        let (enough, seconds) = (outage::LONG_ENOUGH, size.seconds);
        say(format_args!(
            "not judged: {seconds} s are fewer than {enough}, and \"never\" means \"not by then\""
        ))?;
    }
    Ok(claims)
}

/// Draws into the folder, if there is one.
fn draw(options: &Storms, name: &str, svg: &dyn Fn() -> String) -> Result<(), String> {
    let Some(folder) = &options.svg else { return Ok(()) };
    let file = folder.join(name).with_extension("svg");
    std::fs::write(&file, svg()).map_err(|error| format!("{}: {error}", file.display()))?;
    say(format_args!("drawn into {}", file.display()))
}

fn verdict(claims: &[Claim]) -> Result<ExitCode, String> {
    if claims.is_empty() {
        say("\nnothing here has a target")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("\n{}", heading()))?;
    claims.iter().try_for_each(say)?;
    let held = claims.iter().filter(|claim| claim.holds()).count();
    say(format_args!("\n{held} of {} hold", claims.len()))?;
    Ok(if held == claims.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
