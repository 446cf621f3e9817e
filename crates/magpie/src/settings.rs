//! Reading a configuration file from disk.

use std::path::Path;

use magpie_model::config::agent::{self, AgentConfig};
use magpie_model::config::{self, Config};

use crate::edge;
use crate::error::{Error, Result};

/// Reads and checks `path`; paths inside it are relative to the working directory.
pub(crate) fn load(path: &Path) -> Result<Config> {
    Ok(config::read(&text(path)?, path, &environment)?)
}

/// The same for who serves, and so must know the tokens that stand in files.
pub(crate) fn load_to_serve(path: &Path) -> Result<Config> {
    let mut config = load(path)?;
    if let Some(access) = &mut config.access {
        let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| error.to_string());
        access.resolve(&read).map_err(|problems| Error::config(path, problems))?;
    }
    Ok(config)
}

/// The same of an agent's.
pub(crate) fn load_agent(path: &Path) -> Result<AgentConfig> {
    let config = agent::read(&text(path)?, path, &environment)?;
    edge::check(&config)?;
    Ok(config)
}

/// Whether it is an agent's.
pub(crate) fn is_agent(path: &Path) -> Result<bool> {
    text(path).map(|text| agent::is_agent(&text))
}

fn text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(Error::file("read config", path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
