//! `magpie`: watches a system of many modules from the logs they write.
//!
//! This crate wires the others together: `commands` are what a user asks for, `engine` runs operators over chunks,
//! `serve` owns the tasks of a running Magpie, `runs` those that run flows, `report` shows what was found, `demo` is a system to watch.

mod cli;
mod commands;
mod demo;
mod edge;
mod engine;
mod error;
mod report;
mod runs;
mod serve;
mod settings;
mod stderr;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            let (red, plain) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::Reset);
            stderr::tell(format_args!("{red}error:{plain} {}", error.chain()));
            error.exit_code()
        }
    }
}
