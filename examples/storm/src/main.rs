//! Runs the experiments: prints what they show beside what they should show, and draws them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use storm::experiments::{collapse, contention, crowd, executor, outage, phases, threshold, tokens};
use storm::{Claim, heading, pictures, tables};

/// Simulates retry storms with the policies and budgets of persevere: what starts them, what feeds them, and what prevents
/// them. Prints each result beside what it should be; the exit code tells whether all of them are.
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
struct Cli {
    /// What to run; everything if nothing is named.
    experiments: Vec<Experiment>,
    /// The seed of everything.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    seed: u64,
    /// Trials of each cell of `contention`; a fifth as many of `collapse`, a hundredth of `threshold`.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(100..=100_000))]
    trials: u32,
    /// Clients of `outage`: the server can do a tenth as many attempts a second.
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    clients: u32,
    /// Seconds of `outage`, which is from the 20th to the 30th of them.
    #[arg(long, default_value_t = 1_200, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(60..=3_600))]
    seconds: u32,
    /// Draws what is run into files in this folder.
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  storm                                   everything, half a minute
  storm threshold tokens                  two of them
  storm --svg docs/storms                 everything, and the pictures
  storm outage --clients 1000000 --seconds 60";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Experiment {
    /// Clients that contend for one row: what jitter does for them
    Contention,
    /// A part of all attempts fails: what budgets make of that
    Tokens,
    /// A server that gets slower the more it has to do, and a burst of calls
    Collapse,
    /// The load up to which a system gets over an outage
    Threshold,
    /// Half of the capacity is away for ten seconds: who comes back
    Outage,
    /// For which loads and outages systems get over it
    Phases,
    /// When a thousand clients come back that have lost the same server
    Crowd,
    /// The same system by the simulation and by the executor of the library
    Executor,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(claims) => verdict(&claims),
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<Vec<Claim>, String> {
    let all = Experiment::value_variants();
    let wanted = if cli.experiments.is_empty() { all } else { cli.experiments.as_slice() };
    if let Some(folder) = &cli.svg {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    println!("seed {}", cli.seed);
    let mut claims = Vec::new();
    for experiment in all.iter().filter(|experiment| wanted.contains(experiment)) {
        let name = experiment.to_possible_value().map(|value| value.get_help().map(ToString::to_string));
        println!("\n{}", name.flatten().unwrap_or_default());
        claims.extend(one(cli, *experiment)?);
    }
    Ok(claims)
}

fn one(cli: &Cli, experiment: Experiment) -> Result<Vec<Claim>, String> {
    let (seed, draw) = (cli.seed, |name: &str, svg: &dyn Fn() -> String| draw(cli, name, svg));
    Ok(match experiment {
        Experiment::Contention => {
            let rows = contention::rows(cli.trials, seed);
            print!("{}", tables::contention(&rows));
            draw("contention", &|| pictures::contention(&contention::curve(cli.trials / 10, seed)))?;
            contention::claims(&rows)
        }
        Experiment::Tokens => {
            let rows = tokens::rows(100, seed);
            print!("{}", tables::tokens(&rows));
            draw("budgets", &|| pictures::budgets(&rows))?;
            tokens::claims(&rows)
        }
        Experiment::Collapse => {
            let rows = collapse::rows(cli.trials / 5, seed);
            print!("{}", tables::collapse(&rows));
            collapse::claims(&rows)
        }
        Experiment::Threshold => {
            let rows = threshold::rows(cli.trials / 100, seed);
            print!("{}", tables::threshold(&rows));
            threshold::claims(&rows)
        }
        Experiment::Outage => outages(cli)?,
        Experiment::Phases => {
            let maps = phases::maps(40, 20, seed);
            print!("{}", tables::phases(&maps));
            draw("phases", &|| pictures::phases(&maps))?;
            phases::claims(&maps)
        }
        Experiment::Crowd => {
            let crowds = crowd::crowds(seed);
            print!("{}", tables::crowds(&crowds));
            draw("crowd", &|| pictures::crowd(&crowds))?;
            Vec::new()
        }
        Experiment::Executor => {
            let rows = executor::rows(seed);
            print!("{}", tables::executor(&rows));
            executor::claims(&rows)
        }
    })
}

fn outages(cli: &Cli) -> Result<Vec<Claim>, String> {
    let size = outage::Size { clients: cli.clients, seconds: cli.seconds, seed: cli.seed };
    let mut claims = Vec::new();
    for (is_open, kind) in [(true, "open"), (false, "closed")] {
        let runs: Vec<_> = outage::ways().iter().map(|way| outage::run(&size, way, is_open)).collect();
        println!("{kind} system: {} clients, {:.0} calls a second", size.clients, size.rate());
        print!("{}{}", tables::outage(&runs), tables::speed(&runs));
        if is_open {
            draw(cli, "outage", &|| pictures::outage(&runs, &size))?;
            claims = outage::claims(&runs, &size);
        }
    }
    Ok(claims)
}

/// Draws into the folder, if there is one.
fn draw(cli: &Cli, name: &str, svg: &dyn Fn() -> String) -> Result<(), String> {
    let Some(folder) = &cli.svg else { return Ok(()) };
    let file = folder.join(name).with_extension("svg");
    std::fs::write(&file, svg()).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("drawn into {}", file.display());
    Ok(())
}

fn verdict(claims: &[Claim]) -> ExitCode {
    println!("\n{}", heading());
    for claim in claims {
        println!("{claim}");
    }
    let held = claims.iter().filter(|claim| claim.holds()).count();
    println!("\n{held} of {} hold", claims.len());
    if held == claims.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
