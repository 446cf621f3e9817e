//! Files that people hand over: kept in a folder of the data directory, which the built-in source `uploads` follows.
//!
//! So an uploaded line takes the way of every other line: detected, parsed, stored, counted, and read again after a crash. A
//! piece is written where it belongs or refused; one that is there already is not written twice.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use magpie_api::{UPLOADS, Upload, UploadRefusal, Uploaded};
use magpie_model::config::{Config, Input, Source};

/// Longest name in characters.
const LONGEST_NAME: usize = 100;
/// Bytes that the disk keeps free.
const LEAST_FREE: u64 = 256 << 20;
/// Longest file in bytes; beyond it, the file should be read where it is.
const LONGEST_FILE: u64 = 4 << 30;
/// Files of one name that are told apart by a number.
const MOST_NAMESAKES: u32 = 1_000;

/// The folder.
pub(super) struct Uploads {
    folder: PathBuf,
    /// One piece at a time: a file must not change between looking and writing.
    writing: Mutex<()>,
}

impl Uploads {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { folder: folder_of(data_dir), writing: Mutex::new(()) }
    }

    /// Adds a piece to its file.
    pub(super) fn take(&self, upload: &Upload) -> Result<Uploaded, UploadRefusal> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = safe_name(&upload.name);
        let failed = |error: io::Error| UploadRefusal::Failed { name: wanted.clone(), reason: error.to_string() };
        fs::create_dir_all(&self.folder).map_err(failed)?;
        self.check_room(upload)?;
        let name = if upload.offset == 0 { self.free_name(&wanted, &upload.content).map_err(failed)? } else { wanted.clone() };
        let path = self.folder.join(&name);
        let mut file = OpenOptions::new().read(true).append(true).create(upload.offset == 0).open(&path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                UploadRefusal::NotNext { name: name.clone(), bytes: 0, offset: upload.offset }
            } else {
                failed(error)
            }
        })?;
        let bytes = file.metadata().map_err(failed)?.len();
        let mut content = upload.content.clone().into_bytes();
        if upload.last && !content.ends_with(b"\n") && !content.is_empty() {
            // A line without an end would wait for its rest.
            content.push(b'\n');
        }
        if upload.offset != bytes && !holds(&mut file, upload.offset, &content).map_err(failed)? {
            return Err(UploadRefusal::NotNext { name, bytes, offset: upload.offset });
        }
        if upload.offset == bytes {
            file.write_all(&content).and_then(|()| file.sync_data()).map_err(failed)?;
        }
        let bytes = file.metadata().map_err(failed)?.len();
        Ok(Uploaded { file: path.display().to_string(), name, bytes, source: UPLOADS.to_owned() })
    }

    fn check_room(&self, upload: &Upload) -> Result<(), UploadRefusal> {
        let length = upload.content.len() as u64;
        if upload.offset.saturating_add(length) > LONGEST_FILE {
            return Err(UploadRefusal::NoRoom("the file is longer than 4 GiB: let Magpie read it where it is".to_owned()));
        }
        let room = rustix::fs::statvfs(&self.folder).map(|room| room.f_bavail * room.f_frsize);
        match room {
            Ok(free) if free < LEAST_FREE.saturating_add(length) => {
                Err(UploadRefusal::NoRoom("the disk of the data directory is nearly full".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The name itself, or with the first number that no other file has. A file that begins with this very piece is this
    /// one: its first piece was sent again.
    fn free_name(&self, name: &str, content: &str) -> io::Result<String> {
        let (stem, ending) = name.rsplit_once('.').map_or((name, String::new()), |(stem, ending)| (stem, format!(".{ending}")));
        for number in 1..=MOST_NAMESAKES {
            let candidate = if number == 1 { name.to_owned() } else { format!("{stem}-{number}{ending}") };
            let is_free = match File::open(self.folder.join(&candidate)) {
                Ok(mut file) => holds(&mut file, 0, content.as_bytes())?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                Err(error) => return Err(error),
            };
            if is_free {
                return Ok(candidate);
            }
        }
        Err(io::Error::other("there are too many files of this name"))
    }
}

/// Removes the files that were last written so long ago that their records have expired; gives their number.
pub(super) fn expire(data_dir: &Path, age: Duration) -> io::Result<u64> {
    let entries = match fs::read_dir(folder_of(data_dir)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let is_old = entry.metadata()?.modified()?.elapsed().is_ok_and(|since| since > age);
        if is_old && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The configuration with the built-in source, unless it has one of that name.
pub(super) fn with_builtin_source(mut config: Config) -> Config {
    if !config.sources.iter().any(|source| source.name == UPLOADS) {
        let include = vec![folder_of(&config.data_dir).join("*").display().to_string()];
        let input = Input::File { include, exclude: Vec::new(), follow: true, from_end: false };
        config.sources.push(Source { name: UPLOADS.to_owned(), input, ..Source::default() });
    }
    config
}

/// Whether a source is the built-in one.
pub(super) fn is_builtin(config: &Config, source: &Source) -> bool {
    let folder = folder_of(&config.data_dir);
    source.name == UPLOADS
        && matches!(&source.input, Input::File { include, .. } if include.iter().all(|path| Path::new(path).starts_with(&folder)))
}

fn folder_of(data_dir: &Path) -> PathBuf {
    // Patterns of sources are compared with what is found on disk, so the folder has one spelling.
    data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned()).join(UPLOADS)
}

/// Whether the file has this content there.
fn holds(file: &mut File, offset: u64, content: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(content.len() as u64).read_to_end(&mut found)?;
    Ok(found == content)
}

/// The last part of a path with nothing in it that a file system or a pattern could take for something else.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("").trim();
    let plain: String =
        last.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).take(LONGEST_NAME).collect();
    let plain = plain.trim_start_matches('.');
    // Compressed files are told by their ending, and what is handed over is text.
    let plain = plain.strip_suffix(".gz").or_else(|| plain.strip_suffix(".zst")).unwrap_or(plain);
    if plain.is_empty() { "upload.log".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(name: &str, offset: u64, content: &str, last: bool) -> Upload {
        Upload { name: name.into(), offset, content: content.into(), last }
    }

    #[test]
    fn names_stay_within_the_folder() {
        for (name, safe) in [
            ("access.log", "access.log"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\x.log", "x.log"),
            ("../..", "upload.log"),
            (".hidden", "hidden"),
            ("a b[*]?.log", "a_b____.log"),
            ("日志.log", "日志.log"),
            ("app.log.gz", "app.log"),
            ("  ", "upload.log"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
        assert_eq!(safe_name(&"x".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn files_go_with_their_records() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(expire(dir.path(), Duration::ZERO).unwrap(), 0, "there is no folder yet");
        let uploads = Uploads::of(dir.path());
        uploads.take(&piece("a.log", 0, "one\n", true)).unwrap();
        assert_eq!(expire(dir.path(), Duration::from_secs(3_600)).unwrap(), 0, "too young");
        let old = File::options().write(true).open(dir.path().join("uploads/a.log")).unwrap();
        old.set_modified(std::time::SystemTime::now() - Duration::from_secs(7_200)).unwrap();
        assert_eq!(expire(dir.path(), Duration::from_secs(3_600)).unwrap(), 1);
        assert_eq!(expire(dir.path(), Duration::from_secs(3_600)).unwrap(), 0);
    }

    #[test]
    fn pieces_follow_each_other_and_are_never_written_twice() {
        let dir = tempfile::tempdir().unwrap();
        let uploads = Uploads::of(dir.path());
        let content = |name: &str| fs::read_to_string(dir.path().join("uploads").join(name)).unwrap();
        let bytes = |upload: Upload| uploads.take(&upload).map(|uploaded| (uploaded.name, uploaded.bytes));
        assert_eq!(bytes(piece("a.log", 0, "one\n", false)), Ok(("a.log".into(), 4)));
        assert_eq!(bytes(piece("a.log", 4, "two", true)), Ok(("a.log".into(), 8)), "the last line is ended");
        assert_eq!(bytes(piece("a.log", 0, "one\n", false)), Ok(("a.log".into(), 8)), "sent again");
        assert_eq!(bytes(piece("a.log", 4, "two", true)), Ok(("a.log".into(), 8)), "sent again");
        assert_eq!(content("a.log"), "one\ntwo\n");
        let gap = UploadRefusal::NotNext { name: "a.log".into(), bytes: 8, offset: 99 };
        assert_eq!(bytes(piece("a.log", 99, "x", false)), Err(gap));
        assert!(matches!(bytes(piece("a.log", 4, "other", false)), Err(UploadRefusal::NotNext { .. })));
        assert_eq!(bytes(piece("a.log", 0, "another file\n", true)), Ok(("a-2.log".into(), 13)), "of the same name");
        assert_eq!(content("a.log"), "one\ntwo\n");
        assert!(matches!(bytes(piece("b.log", 5, "x", true)), Err(UploadRefusal::NotNext { bytes: 0, .. })));
        assert!(matches!(bytes(piece("b.log", LONGEST_FILE, "x", true)), Err(UploadRefusal::NoRoom(_))));
    }
}
