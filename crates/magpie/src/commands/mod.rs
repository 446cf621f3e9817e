//! What a user can ask for, one module per command.

mod agent;
mod alerts;
mod asked;
mod check;
mod client;
mod demo;
mod doctor;
mod event;
mod exec;
mod expressions;
mod failures;
mod flows;
mod following;
mod graph;
mod line_diff;
mod logs;
mod measures;
mod output;
mod parse;
mod report;
mod runs;
mod schedules;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, Color, Command};
use crate::error::Result;

/// Does what was typed.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    match cli.command {
        Command::Report(args) => report::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Agent(args) => agent::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Parse(args) => parse::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Alerts(args) => alerts::run(&args),
        Command::Flows(args) => flows::run(&args),
        Command::Runs(args) => runs::run(&args),
        Command::Schedules(args) => schedules::run(&args),
        Command::Exec(args) => exec::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::EvaluateExpressions => expressions::run(),
        Command::GuardProcesses => {
            magpie_flows::run::guard_processes(std::io::stdin().lock());
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            // Through a buffer, because the generator panics where a pipe is closed before its end.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "magpie", &mut script);
            let mut out = output::Output::open(None)?;
            out.write_all(&script)?;
            out.finish()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
