//! The hidden command behind expressions that could loop or grow: a child of a running Magpie, with bounded memory.

use std::process::ExitCode;

use magpie_flows::expression::serve_expressions;
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::error::Result;
use crate::runs::EXPRESSION_MEMORY;

/// Runs until the parent closes its end; a parent that is killed takes it along, even out of an endless loop.
pub(super) fn run() -> Result<ExitCode> {
    // Elsewhere than on Linux the end of the input has to do.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    serve_expressions(std::io::stdin().lock(), std::io::stdout().lock(), EXPRESSION_MEMORY)?;
    Ok(ExitCode::SUCCESS)
}
