//! `magpie doctor`: is this data directory sound, and do its rollups say what its records say?
//!
//! First the store examines every file that its manifest names; then, where that found nothing wrong, all records are
//! aggregated afresh and compared with the stored rollups. Leftovers of an interrupted write are what any start removes:
//! they are told, but are no damage. Nothing is changed without `--repair`, and never while a `serve` has the directory.

mod comparison;
mod positions;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use magpie_model::config::Config;
use magpie_store::TelemetryStore;
use magpie_store::embedded::doctor::{self, Examination, Finding, QUARANTINE, Repair};
use magpie_store::embedded::{EmbeddedTelemetry, Options, SqliteState};
use magpie_store::telemetry::Declared;
use serde_json::json;

use super::output::Output;
use crate::cli::DoctorArgs;
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::report::paint::{Paint, Tone};
use crate::serve::written_since;
use crate::settings;
use comparison::Comparison;
use positions::Positions;

/// Where the configuration is looked for when nobody says.
const USUAL: &str = "magpie.yaml";

/// Exits with 3 when damage was found, repaired or not.
pub(super) fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let config = configuration(args)?;
    let dir = args
        .data_dir
        .clone()
        .unwrap_or_else(|| config.as_ref().map_or_else(|| Config::default().data_dir, |config| config.data_dir.clone()));
    // A manifest that is lost is damage where there is something that it named.
    if !dir.join("MANIFEST").is_file() && !dir.join("segments").is_dir() {
        return Err(Error::Usage(format!(
            "`{}` is no data directory of Magpie: it has no MANIFEST; name another with --data-dir or --config",
            dir.display()
        )));
    }
    let examination = if args.repair { doctor::repair(&dir)? } else { doctor::examine(&dir)? };
    let Databases { state, problem } = Databases::examine(&dir);
    let compared = compare(args, config.as_ref(), &dir, &examination, state)?;
    let outcome = Outcome { dir, repaired: args.repair, examination, state: problem, compared };
    let mut out = Output::open(None)?;
    if args.json {
        writeln!(out, "{}", outcome.json())?;
    } else {
        let paint = Paint { color: out.color };
        outcome.tell(paint, &mut out)?;
    }
    out.finish()?;
    Ok(ExitCode::from(if outcome.is_damaged() { 3 } else { 0 }))
}

fn configuration(args: &DoctorArgs) -> Result<Option<Config>> {
    let usual = (args.data_dir.is_none() && Path::new(USUAL).is_file()).then(|| PathBuf::from(USUAL));
    args.config.clone().or(usual).map(|path| settings::load(&path)).transpose()
}

/// The databases that are there.
struct Databases {
    /// Alerts, monitors and parsers; `None` where the file is damaged or not there: opening would make one.
    state: Option<SqliteState>,
    /// What is wrong with them.
    problem: Option<String>,
}

impl Databases {
    /// Each is looked through once. Nobody but its owner can say what a lost one is worth, so it is told what it holds.
    fn examine(dir: &Path) -> Self {
        let problem = |name: &str, held: &str| {
            let path = dir.join(name);
            let problem = doctor::examine_database(&path)?;
            let help = "bring it back from a backup, or move it aside with its `-wal` to begin anew";
            Some(format!("{}: {problem}; it holds {held}: {help}", path.display()))
        };
        let of_state = problem("state.db", "alerts, and monitors and parsers made in the UI");
        let of_runs = problem("runs.db", "runs of flows, with the inputs of failed ones");
        let is_sound = of_state.is_none() && dir.join("state.db").is_file();
        // One that is sound may still not open, such as that of a newer Magpie.
        let (state, unopened) = match is_sound.then(|| SqliteState::open(dir)).transpose() {
            Ok(state) => (state, None),
            Err(problem) => (None, Some(Error::from(problem).chain())),
        };
        let told: Vec<String> = of_state.into_iter().chain(of_runs).chain(unopened).collect();
        Self { state, problem: (!told.is_empty()).then(|| told.join("; ")) }
    }
}

/// Whether and how rollups were compared with records.
enum Compared {
    /// They were; and how far files were read.
    Done(Comparison, Positions),
    /// They were not, and why.
    Not(&'static str),
}

fn compare(
    args: &DoctorArgs,
    config: Option<&Config>,
    dir: &Path,
    examination: &Examination,
    state: Option<SqliteState>,
) -> Result<Compared> {
    let Some(config) = config else { return Ok(Compared::Not("no configuration says which rollups to expect; name it with --config")) };
    let is_aside = |finding: &Finding| finding.path.starts_with(dir.join(QUARANTINE));
    if !args.repair && examination.findings.iter().any(|finding| finding.repair.is_some() && !is_aside(finding)) {
        // Opening the store removes leftovers and refuses what is missing; what was set aside it leaves alone.
        return Ok(Compared::Not("the findings must be repaired first; run with --repair"));
    }
    if examination.findings.iter().any(|finding| finding.repair.is_none() && !is_leftover(finding)) {
        return Ok(Compared::Not("what was found cannot be repaired"));
    }
    // What was made over the API is as much in force as what the file says.
    let config = &state.as_ref().map_or_else(|| Ok(config.clone()), |state| crate::serve::in_force(config, state))?;
    // Every stored row is looked at, by whatever it was made.
    let declared = Declared { recipes: Vec::new(), ..crate::serve::declared(config) };
    let store = EmbeddedTelemetry::open(dir, declared, Options::default())?;
    if store.segments().iter().any(|segment| segment.rows > 0 && segment.recipes.is_empty()) {
        return Ok(Compared::Not("the next start makes those of some segments anew"));
    }
    let since = state.map_or_else(|| Ok(Default::default()), |state| written_since::since(config, &store, &state))?;
    let positions = positions::check(&store.positions());
    Ok(Compared::Done(comparison::compare(&store, config, &since)?, positions))
}

/// Whether a finding is what a crash leaves behind: never complete, never acknowledged, removed by any start.
fn is_leftover(finding: &Finding) -> bool {
    match finding.repair {
        Some(Repair::Remove | Repair::Cut | Repair::Keep) => true,
        Some(
            Repair::Quarantine(_) | Repair::SetAside(_) | Repair::MoveUnnamed | Repair::Rewrite | Repair::TakeBack | Repair::ForgetHalves,
        ) => false,
        None => finding.what.contains("never acknowledged"),
    }
}

/// Whether a finding is of a file of rollups, which the records of its segment make again.
fn is_rollups(finding: &Finding) -> bool {
    finding.path.to_string_lossy().ends_with(".rollups.parquet")
}

/// Everything that was found.
struct Outcome {
    dir: PathBuf,
    repaired: bool,
    examination: Examination,
    state: Option<String>,
    compared: Compared,
}

impl Outcome {
    fn is_damaged(&self) -> bool {
        self.examination.findings.iter().any(|finding| !is_leftover(finding))
            || self.state.is_some()
            || matches!(&self.compared, Compared::Done(comparison, _) if comparison.differences > 0)
    }

    fn action(&self, finding: &Finding) -> &'static str {
        match (finding.repair, self.repaired) {
            (None, _) if is_leftover(finding) => "needs nothing",
            (None, _) => "must be decided by a person",
            (Some(Repair::Remove), true) => "removed",
            (Some(Repair::Cut), true) => "cut",
            (Some(Repair::Quarantine(_) | Repair::MoveUnnamed | Repair::Keep), true) => "moved to quarantine",
            (Some(Repair::SetAside(_)), true) if is_rollups(finding) => "moved to quarantine; the next start makes it anew of the records",
            (Some(Repair::SetAside(_)), true) => "moved to quarantine; how complete its buckets are is not known any more",
            (Some(Repair::Rewrite), true) => "written anew of what can be read",
            (Some(Repair::TakeBack), true) => "taken back; the next start makes its rollups",
            (Some(Repair::ForgetHalves), true) => "forgotten; calls of which one half was read stay one-sided",
            (Some(Repair::Remove), false) => "would be removed",
            (Some(Repair::Cut), false) => "would be cut",
            (Some(Repair::Quarantine(_) | Repair::MoveUnnamed | Repair::Keep), false) => "would be moved to quarantine",
            (Some(Repair::SetAside(_)), false) if is_rollups(finding) => "would be moved to quarantine, and made anew of the records",
            (Some(Repair::SetAside(_)), false) => "would be moved to quarantine; how complete its buckets are would not be known any more",
            (Some(Repair::TakeBack), false) => "would be taken back",
            (Some(Repair::ForgetHalves), false) => "would be forgotten; calls of which one half was read would stay one-sided",
            (Some(Repair::Rewrite), false) => "would be written anew of what can be read",
        }
    }

    fn json(&self) -> serde_json::Value {
        let finding = |finding: &Finding| json!({"path": finding.path, "what": finding.what, "damage": !is_leftover(finding), "action": self.action(finding)});
        let rollups = match &self.compared {
            Compared::Done(comparison, _) => comparison.json(),
            Compared::Not(why) => json!({"compared": false, "why": why}),
        };
        let positions = match &self.compared {
            Compared::Done(_, positions) => positions.json(),
            Compared::Not(_) => serde_json::Value::Null,
        };
        json!({
            "data_dir": self.dir,
            "positions": positions,
            "sound": !self.is_damaged(),
            "repaired": self.repaired,
            "segments": self.examination.segments,
            "records": self.examination.rows,
            "bytes": self.examination.bytes,
            "waiting": self.examination.waiting,
            "findings": self.examination.findings.iter().map(finding).collect::<Vec<_>>(),
            "state": self.state,
            "rollups": rollups,
        })
    }

    fn tell(&self, paint: Paint, out: &mut dyn Write) -> std::io::Result<()> {
        let examination = &self.examination;
        let size = numbers::bytes(examination.bytes as f64).replace('\u{202f}', " ");
        let segments = numbers::counted(examination.segments as u64, "segment");
        let rows = numbers::counted(examination.rows, "record");
        writeln!(out, "{}: {segments}, {rows}, {size} read", self.dir.display())?;
        for finding in &examination.findings {
            let tone = if is_leftover(finding) { Tone::Quiet } else { Tone::Firing };
            let kind = if is_leftover(finding) { "leftover" } else { "damage" };
            writeln!(out, "  {}  {}: {} ({})", paint.of(tone, kind), finding.path.display(), finding.what, self.action(finding))?;
        }
        if let Some(problem) = &self.state {
            writeln!(out, "  {}  {problem}", paint.of(Tone::Firing, "damage"))?;
        }
        match &self.compared {
            Compared::Done(comparison, positions) => {
                comparison.tell(paint, out)?;
                positions.tell(out)?;
            }
            Compared::Not(why) => writeln!(out, "  rollups were not compared with records: {why}")?,
        }
        if self.repaired
            && examination
                .findings
                .iter()
                .any(|finding| !matches!(finding.repair, None | Some(Repair::Remove | Repair::Cut | Repair::TakeBack)))
        {
            writeln!(out, "  what was moved is kept in {}", self.dir.join(QUARANTINE).display())?;
        }
        if examination.waiting > 0 {
            let segments = numbers::counted(examination.waiting as u64, "segment");
            writeln!(
                out,
                "  {segments} in quarantine that nothing names: start Magpie, which reads again what it can, then `magpie doctor --repair` takes back what is missing"
            )?;
        }
        let verdict = match (self.is_damaged(), self.repaired) {
            (false, _) => paint.of(Tone::Strong, "sound"),
            (true, true) => paint.of(Tone::Firing, "damage was found; what could be repaired is"),
            (true, false) => paint.of(Tone::Firing, "damaged"),
        };
        writeln!(out, "{verdict}")
    }
}

/// The numbers of a store that is open, for the comparison's progress.
fn rows(store: &dyn TelemetryStore) -> u64 {
    store.stats().rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(repaired: bool, findings: Vec<Finding>) -> Outcome {
        let examination = Examination { segments: 2, rows: 10, bytes: 2_000, findings, waiting: 0 };
        Outcome { dir: "data".into(), repaired, examination, state: None, compared: Compared::Not("nobody asked") }
    }

    #[test]
    fn leftovers_of_a_crash_are_no_damage() {
        let finding = |what: &str, repair| Finding { path: "data/x".into(), what: what.to_owned(), repair };
        for (found, damaged, action) in [
            (finding("its last 3 bytes were never completely written", Some(Repair::Cut)), false, "would be cut"),
            (finding("the manifest does not name it", Some(Repair::Remove)), false, "would be removed"),
            (finding("its last 3 bytes were never acknowledged; they are passed over", None), false, "needs nothing"),
            (finding("it does not fit its checksum", Some(Repair::Quarantine(7))), true, "would be moved to quarantine"),
            (finding("it does not fit its checksum", None), true, "must be decided by a person"),
        ] {
            let what = found.what.clone();
            let outcome = outcome(false, vec![found.clone()]);
            assert_eq!((outcome.is_damaged(), outcome.action(&found)), (damaged, action), "{what}");
        }
    }

    #[test]
    fn the_verdict_is_the_last_line() {
        let finding = Finding { path: "data/x".into(), what: "it does not fit its checksum".into(), repair: Some(Repair::Quarantine(7)) };
        for (repaired, findings, verdict) in [
            (false, vec![], "sound"),
            (false, vec![finding.clone()], "damaged"),
            (true, vec![finding], "damage was found; what could be repaired is"),
        ] {
            let mut out = Vec::new();
            outcome(repaired, findings).tell(Paint { color: false }, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap().lines().last(), Some(verdict));
        }
    }
}
