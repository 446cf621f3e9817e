//! What a retry needs, at rest: encrypted with the key of the instance, so that a copy of the database alone tells nothing.
//!
//! ChaCha20-Poly1305 with a key for each run, which HKDF-SHA256 derives from the key file, and a random nonce; so few
//! messages share a key that nonces do not repeat. What a text is (which run, which step) is authenticated with it: one that
//! is moved elsewhere cannot be opened. The key is a file beside the database that only its owner may read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use magpie_model::run::JobId;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use crate::runs::StepId;
use crate::{Error, Result};

/// Name of the key file.
const KEY_FILE: &str = "runs.key";
/// Length of the key in bytes.
const KEY: usize = 32;
/// First byte of what is sealed: the form of the rest.
const FORM: u8 = 1;

/// Seals and opens.
pub(super) struct Vault {
    prk: Prk,
    random: SystemRandom,
}

impl Vault {
    /// Reads the key file of a directory, or makes one.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let (path, random) = (dir.join(KEY_FILE), SystemRandom::new());
        let key = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make_key(dir, &path, &random)?,
            read => read.map_err(Error::io("read", &path))?,
        };
        let mode = std::fs::metadata(&path).map_err(Error::io("look at", &path))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Error::Key { path, why: "others may read it: `chmod 600` it".to_owned() });
        }
        if key.len() != KEY {
            return Err(Error::Key { path, why: format!("it has {} bytes instead of {KEY}", key.len()) });
        }
        Ok(Self { prk: Salt::new(HKDF_SHA256, b"magpie runs").extract(&key), random })
    }

    pub(super) fn seal_input(&self, job_id: JobId, plain: &[u8]) -> Vec<u8> {
        self.seal(job_id, b"input", plain)
    }

    pub(super) fn open_input(&self, job_id: JobId, sealed: &[u8]) -> Result<Vec<u8>> {
        self.unseal(job_id, b"input", sealed)
    }

    pub(super) fn seal_trigger(&self, job_id: JobId, plain: &[u8]) -> Vec<u8> {
        self.seal(job_id, b"trigger", plain)
    }

    pub(super) fn open_trigger(&self, job_id: JobId, sealed: &[u8]) -> Result<Vec<u8>> {
        self.unseal(job_id, b"trigger", sealed)
    }

    pub(super) fn seal_step(&self, job_id: JobId, step: &StepId, plain: &[u8]) -> Vec<u8> {
        self.seal(job_id, name_of(step).as_bytes(), plain)
    }

    pub(super) fn open_step(&self, job_id: JobId, step: &StepId, sealed: &[u8]) -> Result<Vec<u8>> {
        self.unseal(job_id, name_of(step).as_bytes(), sealed)
    }

    /// An empty result stands for what could not be sealed, and is refused when it is opened: the system had no random numbers.
    fn seal(&self, job_id: JobId, what: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        if self.random.fill(&mut nonce).is_err() {
            return Vec::new();
        }
        let mut text = plain.to_vec();
        let Some(key) = self.key(job_id) else { return Vec::new() };
        if key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(what), &mut text).is_err() {
            return Vec::new();
        }
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(FORM);
        sealed.extend(nonce);
        sealed.extend(text);
        sealed
    }

    fn unseal(&self, job_id: JobId, what: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let opened = || {
            let (form, rest) = sealed.split_first()?;
            let (nonce, text) = rest.split_at_checked(NONCE_LEN).filter(|_| *form == FORM)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut text = text.to_vec();
            let length = self.key(job_id)?.open_in_place(nonce, Aad::from(what), &mut text).ok()?.len();
            text.truncate(length);
            Some(text)
        };
        opened().ok_or_else(|| Error::Query(format!("what is kept of run {job_id} cannot be opened with the key of this directory")))
    }

    fn key(&self, job_id: JobId) -> Option<LessSafeKey> {
        let info = job_id.to_bytes();
        let parts = [&info[..]];
        let derived = self.prk.expand(&parts, &CHACHA20_POLY1305).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(derived)))
    }
}

fn name_of(step: &StepId) -> String {
    format!("{}\n{}\n{}", step.attempt, step.iteration, step.pointer)
}

/// Makes a key file, whole or not at all; of two processes that make one at once, both use the first.
fn make_key(dir: &Path, path: &Path, random: &SystemRandom) -> Result<Vec<u8>> {
    let mut key = vec![0; KEY];
    random.fill(&mut key).map_err(|_| Error::Key { path: path.to_owned(), why: "the system has no random numbers".to_owned() })?;
    let draft = dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(Error::io("create", &draft))?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(Error::io("write", &draft))?;
    match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        linked => linked.map_err(Error::io("create", path))?,
    }
    std::fs::remove_file(&draft).map_err(Error::io("remove", &draft))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::io("sync", dir))?;
    std::fs::read(path).map_err(Error::io("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use magpie_model::Timestamp;

    #[test]
    fn only_the_right_key_opens_the_right_text_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let (job, other) = (JobId::new(Timestamp(0), 1), JobId::new(Timestamp(0), 2));
        let step = |iteration: &str| StepId { pointer: "/do/0/a".into(), iteration: iteration.into(), attempt: 1 };
        let sealed = vault.seal_step(job, &step("1"), b"card 4711");
        assert!(!sealed.windows(4).any(|bytes| bytes == b"4711"));
        assert_ne!(sealed, vault.seal_step(job, &step("1"), b"card 4711"), "nonces differ");
        assert_eq!(Vault::open(dir.path()).unwrap().open_step(job, &step("1"), &sealed).unwrap(), b"card 4711");
        assert!(vault.open_step(other, &step("1"), &sealed).is_err(), "of another run");
        assert!(vault.open_step(job, &step("2"), &sealed).is_err(), "of another step");
        assert!(vault.open_input(job, &sealed).is_err(), "an input");
        assert!(vault.open_step(job, &step("1"), &[]).is_err(), "nothing");
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(Vault::open(elsewhere.path()).unwrap().open_step(job, &step("1"), &sealed).is_err(), "another key");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Vault::open(dir.path()).unwrap();
        let path = dir.path().join(KEY_FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Vault::open(dir.path()).err().unwrap().to_string().contains("chmod 600"));
    }
}
