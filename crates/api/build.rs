//! Lists the files of the built web UI (`web/dist`), so that they are compiled into the binary.
//!
//! It reads and lists; it builds and downloads nothing. Where the UI was not built, the list is empty and `/` says how to build
//! it. A file `x.br` or `x.gz` beside `x` is the same content compressed by the web build. The list is made anew when a
//! file is added, changed or removed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../web");
    let dist = web.join("dist");
    // Watching a path that does not exist makes every build run this again and compile the crate anew, and watching the
    // folder above would do so for every edit of the UI's sources: an empty folder is made to be watched instead.
    let _ = fs::create_dir(&dist);
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = BTreeMap::new();
    if dist.is_dir() {
        list(&dist.canonicalize()?, "", &mut files)?;
    }
    if !files.contains_key("index.html") {
        // Not built, or being built just now.
        files.clear();
    }
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("pages.rs");
    fs::write(out, table(&files)?)
}

/// Path below the folder, with `/` between its parts, and where the file is.
type Files = BTreeMap<String, PathBuf>;

fn list(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else if !name.trim_end_matches(".br").trim_end_matches(".gz").ends_with(".map") {
            files.insert(name, entry.path());
        }
    }
    Ok(())
}

/// The files as a Rust expression.
fn table(files: &Files) -> io::Result<String> {
    let mut table = "&[\n".to_owned();
    for (name, path) in files {
        let is_variant = [".br", ".gz"].iter().any(|end| name.strip_suffix(end).is_some_and(|plain| files.contains_key(plain)));
        if is_variant {
            continue;
        }
        let include = |path: &Path| format!("include_bytes!({:?})", path.display().to_string());
        let variant = |end: &str| files.get(&format!("{name}{end}")).map_or("None".to_owned(), |path| format!("Some({})", include(path)));
        let (plain, brotli, gzip, tag) = (include(path), variant(".br"), variant(".gz"), tag(path)?);
        let _ = writeln!(table, "Page {{ path: {name:?}, plain: {plain}, brotli: {brotli}, gzip: {gzip}, tag: {tag:?} }},");
    }
    table.push(']');
    Ok(table)
}

/// A name of the content: 16 hex digits that change with it.
fn tag(path: &Path) -> io::Result<String> {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(&fs::read(path)?);
    Ok(format!("{:016x}", hasher.finish()))
}
