//! [`Storms`]: the options of the experiments.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

/// Runs the experiments about retry storms.
///
/// They show what starts a storm, what feeds it, and what prevents it. Each result is printed beside the expected one. The exit
/// code is 1 if one of them differs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Storms {
    /// What to run; everything if nothing is named.
    pub(crate) experiments: Vec<Experiment>,
    /// The seed of everything.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) seed: u64,
    /// Trials of each cell of `contention`, 1,000 to 100,000; a fifth as many of `collapse`, a hundredth of `threshold`.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = value_parser!(u32).range(1_000..=100_000))]
    pub(crate) trials: u32,
    /// Clients of `outage`, 100 to 10,000,000: the server can do a tenth as many attempts a second.
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER", value_parser = value_parser!(u32).range(100..=10_000_000))]
    pub(crate) clients: u32,
    /// Calls of `outage`, in per cent of what the server can do, 1 to 99.
    #[arg(long, default_value_t = 80, value_name = "PERCENT", value_parser = value_parser!(u32).range(1..=99))]
    pub(crate) load: u32,
    /// Seconds of `outage`, 60 to 3,600; the outage is from the 20th to the 30th of them. Fewer than 1,000 are not judged.
    #[arg(long, default_value_t = 1_200, value_name = "SECONDS", value_parser = value_parser!(u32).range(60..=3_600))]
    pub(crate) seconds: u32,
    /// Draws what is run into files in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) svg: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  persevere-lab storms                                   everything, about a minute
  persevere-lab storms threshold budgets                 two of them
  persevere-lab storms outage --clients 500 --load 60    a server for 50 attempts a second that gets 30 calls
  persevere-lab storms --svg docs/storms                 everything, and the pictures
  persevere-lab storms outage --clients 1000000 --seconds 60";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Experiment {
    /// clients that contend for one row, and what jitter does for them
    Contention,
    /// a part of all attempts fails, and what budgets make of that
    Budgets,
    /// a server that gets slower the more it has to do, and a burst of calls
    Collapse,
    /// the load up to which a system gets over an outage
    Threshold,
    /// half of the capacity is away for ten seconds: who comes back
    Outage,
    /// for which loads and outages systems get over it
    Phases,
    /// when a thousand clients come back that have lost the same server
    Crowd,
    /// the same system by the simulation and by the executor of the library
    Executor,
}
