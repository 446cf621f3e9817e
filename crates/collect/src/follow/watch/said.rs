//! What is said of a source: its files, how far behind they are, and what cannot be read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::{Entry, State, Watch};
use crate::{Error, FileState, FileStatus, SourceStatus};

impl Watch {
    pub(super) fn complain(&mut self, path: Option<PathBuf>, error: &Error) {
        let text = error.chain();
        let path = path.unwrap_or_else(|| match error {
            Error::NotAFile { path, .. } | Error::Open { path, .. } | Error::Read { path, .. } | Error::List { path, .. } => path.clone(),
            Error::Pattern { pattern, .. } | Error::NoMatch { pattern } => PathBuf::from(pattern),
            Error::Start { source_name, .. } => PathBuf::from(source_name),
            _ => PathBuf::new(),
        });
        self.totals.last_error = Some(text.clone());
        self.unreadable.insert(path, text);
    }

    pub(super) fn note(&mut self, entry: &mut Entry, source: io::Error) {
        let error = Error::Open { path: entry.path.clone(), source };
        entry.error = Some(error.chain());
        self.totals.last_error = Some(error.chain());
    }

    pub(super) fn publish(&self) {
        let mut details: Vec<FileStatus> = self.entries.values().map(file_status).collect();
        details.extend(self.unreadable.iter().map(|(path, error)| unreadable_status(path, error)));
        details.sort_by(|one, other| one.path.cmp(&other.path));
        let status = SourceStatus {
            files: details.len(),
            open: self.entries.values().filter(|entry| !matches!(entry.state, State::Idle { .. })).count(),
            unreadable: details.iter().filter(|file| file.error.is_some()).count(),
            lag_bytes: details.iter().map(|file| file.lag_bytes).sum::<u64>() + self.backlog.bytes(),
            backlog_bytes: self.backlog.bytes(),
            details,
            ..self.totals.clone()
        };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

fn file_status(entry: &Entry) -> FileStatus {
    let path = entry.path.display().to_string();
    let error = entry.error.clone();
    let (state, generation, offset, size, lag_bytes) = match &entry.state {
        State::New(candidate) => (FileState::New, 0, 0, candidate.size, candidate.size),
        State::Reading(followed) => {
            let state = if entry.missing.is_some() { FileState::Leaving } else { FileState::Reading };
            (state, followed.generation().0, followed.handed_out(), followed.size(), followed.lag())
        }
        State::Idle { mark, size, .. } => {
            let (generation, offset) = mark.as_ref().map_or((0, 0), |mark| (mark.generation.0, mark.offset));
            (FileState::Idle, generation, offset, *size, 0)
        }
    };
    FileStatus { path, state, generation, offset, size, lag_bytes, error }
}

fn unreadable_status(path: &Path, error: &str) -> FileStatus {
    FileStatus {
        path: path.display().to_string(),
        state: FileState::Unreadable,
        generation: 0,
        offset: 0,
        size: 0,
        lag_bytes: 0,
        error: Some(error.to_owned()),
    }
}
