//! `magpie check`: is this configuration right?

use std::io::Write;
use std::process::ExitCode;

use magpie_model::config::{self, ConfigError, Problem};
use magpie_pipeline::normalise::plan::Plan;

use crate::cli::{CheckArgs, SchemaOf};
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::settings;

/// Exits with 0 when the file is right, with 3 and all mistakes when it is not.
pub(super) fn run(args: &CheckArgs) -> Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    if let Some(of) = args.schema {
        let schema = match of {
            SchemaOf::Server => config::SCHEMA,
            SchemaOf::Agent => config::agent::SCHEMA,
        };
        out.write_all(schema.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let problems = match check(args) {
        Ok(summary) if args.json => {
            writeln!(out, "{}", serde_json::json!({"config": args.config(), "problems": [], "summary": summary}))?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(summary) => {
            writeln!(out, "{} is right: {summary}", args.config().display())?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(Error::Config(ConfigError { problems, .. })) => problems,
        Err(other) => return Err(other),
    };
    show(args, &problems, &mut out)?;
    Ok(ExitCode::from(3))
}

fn check(args: &CheckArgs) -> Result<String> {
    if settings::is_agent(args.config())? {
        let config = settings::load_agent(args.config())?;
        let counts = [(config.sources.len(), "source"), (config.servers.len(), "server")];
        let counts = counts.map(|(count, noun)| numbers::counted(count as u64, noun));
        return Ok(format!("an agent's, {}", counts.join(", ")));
    }
    let config = settings::load_to_serve(args.config())?;
    Plan::compile(&config).map_err(|problems| Error::config(args.config(), problems))?;
    let counts = [
        (config.sources.len(), "source"),
        (config.fields.len(), "field"),
        (config.monitors.len(), "monitor"),
        (config.thresholds().count(), "threshold"),
    ];
    Ok(counts.map(|(count, noun)| numbers::counted(count as u64, noun)).join(", "))
}

fn show(args: &CheckArgs, problems: &[Problem], out: &mut dyn Write) -> Result<()> {
    if args.json {
        let problems: Vec<_> =
            problems.iter().map(|problem| serde_json::json!({"line": problem.line, "message": problem.message})).collect();
        writeln!(out, "{}", serde_json::json!({"config": args.config(), "problems": problems}))?;
        return Ok(());
    }
    for problem in problems {
        writeln!(out, "{}: {problem}", args.config().display())?;
    }
    Ok(())
}
