//! A disk for tests that forgets what was not fsynced, and fails when told to.
//!
//! Every operation counts; at a chosen one the power goes, and all operations after it fail. What a restart then finds
//! is one of several legal outcomes: nothing that was not synced, only the names, everything, or torn ends.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::disk::{Disk, DiskFile, ReadAt};

/// What survives of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Survives {
    /// Nothing: neither content nor names.
    Nothing,
    /// Names, but no content.
    Names,
    /// Names, and the first half of each file's new content.
    Torn,
    /// Everything: the disk was quicker than it had to be.
    Everything,
}

impl Survives {
    pub(super) const ALL: [Self; 4] = [Self::Nothing, Self::Names, Self::Torn, Self::Everything];
}

#[derive(Clone, Default)]
struct Inode {
    content: Vec<u8>,
    synced: Vec<u8>,
}

#[derive(Default)]
struct State {
    inodes: HashMap<u64, Inode>,
    names: BTreeMap<PathBuf, u64>,
    synced_names: BTreeMap<PathBuf, u64>,
    next: u64,
    operations: usize,
    power_until: usize,
    /// Bytes left before the disk is full.
    room: Option<usize>,
    read_only: bool,
}

/// The disk.
#[derive(Clone, Default)]
pub(super) struct ForgetfulDisk {
    state: Arc<Mutex<State>>,
}

impl ForgetfulDisk {
    /// A disk whose power goes before operation number `operations`, counted from 0.
    pub(super) fn with_power_until(operations: usize) -> Self {
        let disk = Self::default();
        disk.state.lock().unwrap().power_until = operations;
        disk
    }

    pub(super) fn new() -> Self {
        Self::with_power_until(usize::MAX)
    }

    /// Lets the power go after so many more operations.
    pub(super) fn cut_after(&self, operations: usize) {
        let mut state = self.state.lock().unwrap();
        state.power_until = state.operations.saturating_add(operations);
    }

    pub(super) fn lost_power(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.operations > state.power_until
    }

    /// The disk after a restart.
    pub(super) fn restarted(&self, survives: Survives) -> Self {
        let state = self.state.lock().unwrap();
        let names = if survives == Survives::Nothing { &state.synced_names } else { &state.names };
        let mut after = State { power_until: usize::MAX, next: state.next, ..State::default() };
        for (path, id) in names {
            let inode = &state.inodes[id];
            let common = inode.synced.len().min(inode.content.len());
            let content = match survives {
                Survives::Nothing | Survives::Names => inode.synced.clone(),
                Survives::Everything => inode.content.clone(),
                Survives::Torn => inode.content[..common + (inode.content.len() - common) / 2].to_vec(),
            };
            after.inodes.insert(*id, Inode { synced: content.clone(), content });
            after.names.insert(path.clone(), *id);
        }
        after.synced_names.clone_from(&after.names);
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// Leaves room for so many bytes; `None` for any number.
    pub(super) fn limit(&self, room: Option<usize>) {
        self.state.lock().unwrap().room = room;
    }

    pub(super) fn set_read_only(&self, read_only: bool) {
        self.state.lock().unwrap().read_only = read_only;
    }

    /// Flips a bit of a file, as a bad disk does.
    pub(super) fn flip(&self, path: &Path, at: usize) {
        let mut state = self.state.lock().unwrap();
        let id = state.names[path];
        state.inodes.get_mut(&id).unwrap().content[at] ^= 0x10;
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.state.lock().unwrap().names.keys().cloned().collect()
    }

    fn operate<T>(&self, writes: bool, operation: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state.lock().unwrap();
        if writes {
            state.operations += 1;
        }
        if state.operations > state.power_until {
            return Err(io::Error::other("the power is gone"));
        }
        if writes && state.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        operation(&mut state)
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

struct Writing {
    disk: ForgetfulDisk,
    inode: u64,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.operate(true, |state| {
            let fitting = state.room.map_or(bytes.len(), |room| room.min(bytes.len()));
            if fitting == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.room = state.room.map(|room| room - fitting);
            state.inodes.get_mut(&self.inode).ok_or_else(missing)?.content.extend(&bytes[..fitting]);
            Ok(fitting)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for Writing {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.operate(true, |state| {
            let inode = state.inodes.get_mut(&self.inode).ok_or_else(missing)?;
            inode.synced.clone_from(&inode.content);
            Ok(())
        })
    }
}

struct Reading(Bytes);

impl ReadAt for Reading {
    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let range = offset as usize..(offset as usize).saturating_add(length);
        if range.end > self.0.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.0.slice(range))
    }
}

impl Disk for ForgetfulDisk {
    fn create_dir(&self, _path: &Path) -> io::Result<()> {
        self.operate(false, |_| Ok(()))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>> {
        self.operate(false, |state| {
            let of_dir = state.names.iter().filter(|(path, _)| path.parent() == Some(dir));
            Ok(of_dir
                .map(|(path, id)| (path.file_name().unwrap().to_str().unwrap().to_owned(), state.inodes[id].content.len() as u64))
                .collect())
        })
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.operate(true, |state| {
            state.next += 1;
            let id = state.next;
            state.inodes.insert(id, Inode::default());
            state.names.insert(path.to_owned(), id);
            Ok(id)
        })?;
        Ok(Box::new(Writing { disk: self.clone(), inode }))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.operate(false, |state| state.names.get(path).copied().ok_or_else(missing))?;
        Ok(Box::new(Writing { disk: self.clone(), inode }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.operate(false, |state| Ok(state.inodes[state.names.get(path).ok_or_else(missing)?].content.clone()))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
        Ok(Arc::new(Reading(self.read(path)?.into())))
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        self.operate(true, |state| {
            let id = *state.names.get(path).ok_or_else(missing)?;
            let inode = state.inodes.get_mut(&id).ok_or_else(missing)?;
            inode.content.truncate(length as usize);
            inode.synced.clone_from(&inode.content);
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate(true, |state| {
            let id = state.names.remove(from).ok_or_else(missing)?;
            state.names.insert(to.to_owned(), id);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operate(true, |state| state.names.remove(path).map(|_| ()).ok_or_else(missing))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.operate(true, |state| {
            state.synced_names.retain(|path, _| path.parent() != Some(dir));
            let of_dir: Vec<(PathBuf, u64)> =
                state.names.iter().filter(|(path, _)| path.parent() == Some(dir)).map(|(path, id)| (path.clone(), *id)).collect();
            state.synced_names.extend(of_dir);
            Ok(())
        })
    }
}
