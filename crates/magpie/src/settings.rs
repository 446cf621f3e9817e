//! Reading a configuration file from disk.

use std::path::Path;

use magpie_model::config::{self, Config};

use crate::error::{Error, Result};

/// Reads and checks `path`; paths inside it are relative to the working directory.
pub(crate) fn load(path: &Path) -> Result<Config> {
    let bytes = std::fs::read(path).map_err(Error::file("read config", path))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(config::read(&text, path, &|name| std::env::var(name).ok())?)
}
