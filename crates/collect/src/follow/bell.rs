//! Rings when a folder gets a new entry or a closed file grows, so that folders need not be looked into again and again.
//!
//! inotify, where there is any: it says that it is worth looking, never what is there. So a lost event, a full queue, a
//! network file system or a system without watches to spare cost the time until the next regular look and nothing else.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

/// Watches of one source; the system allows a user some 8,000 to 1,000,000 over all programs.
const MOST_WATCHES: usize = 1024;

/// What rings for one source.
#[derive(Debug)]
pub(super) struct Bell {
    inotify: OwnedFd,
    watches: HashSet<i32>,
}

impl Bell {
    /// `None` where the system has no inotify to give.
    pub(super) fn new() -> Option<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        Some(Self { inotify, watches: HashSet::new() })
    }

    /// Rings from now on when something appears in the folder. Asking again changes nothing, and is how a folder that was
    /// made anew is watched again.
    pub(super) fn watch_folder(&mut self, folder: &Path) {
        self.watch(folder, WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR);
    }

    /// Rings once when the file is written to.
    pub(super) fn watch_file_once(&mut self, file: &Path) {
        self.watch(file, WatchFlags::MODIFY | WatchFlags::ONESHOT);
    }

    fn watch(&mut self, path: &Path, flags: WatchFlags) {
        if self.watches.len() < MOST_WATCHES
            && let Ok(watch) = inotify::add_watch(&self.inotify, path, flags)
        {
            self.watches.insert(watch);
        }
    }

    /// Whether it rang since it was last asked.
    pub(super) fn rang(&mut self) -> bool {
        let mut rang = false;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.inotify, &mut buffer);
        // Ends with "would block" when there is nothing more, and at any other error: then the regular look must do.
        while let Ok(event) = events.next() {
            if event.events().contains(ReadFlags::IGNORED) {
                self.watches.remove(&event.wd());
            } else {
                rang = true;
            }
        }
        rang
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_names_and_growth_of_a_closed_file_ring_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut bell = Bell::new().expect("inotify");
        std::fs::write(path("old"), "1").expect("writes");
        bell.watch_folder(folder.path());
        assert!(!bell.rang());
        std::fs::write(path("old"), "2").expect("writes");
        assert!(!bell.rang(), "what is followed is looked at anyway");
        std::fs::write(path("new"), "1").expect("writes");
        assert!(bell.rang() && !bell.rang());
        std::fs::rename(path("new"), path("newer")).expect("renames");
        assert!(bell.rang());
        bell.watch_file_once(&path("old"));
        std::fs::write(path("old"), "3").expect("writes");
        assert!(bell.rang());
        std::fs::write(path("old"), "4").expect("writes");
        assert!(!bell.rang());
        assert_eq!(bell.watches.len(), 1, "what has rung once is forgotten");
    }

    #[test]
    fn what_cannot_be_watched_is_left_to_the_regular_look() {
        let mut bell = Bell::new().expect("inotify");
        bell.watch_folder(Path::new("/nowhere/at/all"));
        bell.watch_folder(Path::new("/proc/self/status"));
        assert!(!bell.rang() && bell.watches.is_empty());
    }
}
