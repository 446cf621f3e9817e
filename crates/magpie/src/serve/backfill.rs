//! Rows of new and changed monitors for what was stored before them (design 13): a reconciler in the background.
//!
//! Each turn it asks the store which segment lacks rows of a monitor as it is configured now, and makes those of the newest
//! one anew from its records; the store swaps them in as a whole. It has no state but the store's, so a restart, a kill or
//! another change of the configuration lets it go on where the segments stand, and nothing is ever counted twice. It works
//! half of the time at most and rests the other half: what comes in has precedence.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use magpie_api::{BackfillReport, BackfillState};
use magpie_model::config::{Config, Monitor};
use magpie_model::rollup::Recipe;
use magpie_model::{Code, Notice, Timestamp};
use magpie_store::{TelemetryStore, Unfolded};

use super::now;
use super::progress::Progress;
use crate::engine::again::Again;

/// How often is looked whether there is anything to do.
const LOOK: Duration = Duration::from_millis(250);
/// Longest rest after a batch.
const REST: Duration = Duration::from_millis(500);
/// Pause after something failed.
const PAUSE: Duration = Duration::from_secs(15);

/// How far each monitor is, for those who ask.
#[derive(Debug, Default)]
pub(super) struct Backfills {
    monitors: Mutex<BTreeMap<String, Filling>>,
}

/// One monitor that had to be back-filled since the process started.
#[derive(Clone, Debug)]
struct Filling {
    recipe: Recipe,
    report: BackfillReport,
}

impl Backfills {
    /// How far a monitor is; `None` when there was nothing to do.
    pub(super) fn of(&self, monitor: &str) -> Option<BackfillReport> {
        self.lock().get(monitor).map(|filling| filling.report.clone())
    }

    /// Notes what is still to do of each recipe; gives the monitors that are finished now, with where their rows begin.
    fn look(&self, recipes: &[Recipe], unfolded: &[Unfolded]) -> Vec<(String, Timestamp)> {
        let mut monitors = self.lock();
        monitors.retain(|name, _| recipes.iter().any(|recipe| recipe.monitor == *name));
        let mut finished = Vec::new();
        for recipe in recipes {
            let missing: Vec<&Unfolded> = unfolded.iter().filter(|unfolded| unfolded.recipes.contains(recipe)).collect();
            let records: u64 = missing.iter().map(|unfolded| unfolded.segment.rows).sum();
            let known = monitors.get_mut(&recipe.monitor).filter(|filling| filling.recipe == *recipe);
            match known {
                None if records == 0 => _ = monitors.remove(&recipe.monitor),
                None => {
                    let from = missing.iter().map(|unfolded| unfolded.segment.from).min().unwrap_or(Timestamp::EPOCH);
                    let to = missing.iter().map(|unfolded| unfolded.segment.to).max().unwrap_or(Timestamp::EPOCH);
                    let report = BackfillReport { state: BackfillState::Running, from, to, done: 0, total: records, error: None };
                    monitors.insert(recipe.monitor.clone(), Filling { recipe: recipe.clone(), report });
                }
                Some(Filling { report, .. }) => {
                    report.total = report.total.max(records);
                    report.done = report.total - records;
                    if records == 0 && report.state != BackfillState::Done {
                        (report.state, report.error) = (BackfillState::Done, None);
                        finished.push((recipe.monitor.clone(), report.from));
                    }
                }
            }
        }
        finished
    }

    /// Counts records of a segment that is being worked off.
    fn add(&self, recipes: &[Recipe], records: u64) {
        for (_, Filling { recipe, report }) in self.lock().iter_mut() {
            if recipes.contains(recipe) {
                report.done = report.total.min(report.done + records);
                (report.state, report.error) = (BackfillState::Running, None);
            }
        }
    }

    fn failed(&self, recipes: &[Recipe], error: &str) {
        for (_, Filling { recipe, report }) in self.lock().iter_mut() {
            if recipes.contains(recipe) {
                (report.state, report.error) = (BackfillState::Failed, Some(error.to_owned()));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Filling>> {
        self.monitors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Backfill {
    config: Config,
    recipes: Vec<Recipe>,
    store: Arc<dyn TelemetryStore>,
    progress: Arc<Progress>,
    backfills: Arc<Backfills>,
}

impl Backfill {
    pub(super) fn new(config: &Config, store: Arc<dyn TelemetryStore>, progress: Arc<Progress>, backfills: Arc<Backfills>) -> Self {
        let recipes = magpie_pipeline::aggregate::recipes(config);
        // What there is to do is known before anybody can ask.
        backfills.look(&recipes, &store.unfolded());
        Self { config: config.clone(), recipes, store, progress, backfills }
    }

    /// Works until told to stop.
    pub(super) fn run(self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let unfolded = self.store.unfolded();
            self.look(&unfolded);
            let Some(next) = unfolded.first() else {
                std::thread::sleep(LOOK);
                continue;
            };
            if let Err(error) = self.fill(next, stop)
                && !stop.load(Ordering::Relaxed)
            {
                self.backfills.failed(&next.recipes, &error.to_string());
                self.progress
                    .error(Notice::failed(Code::NotBackfilled, "could not back-fill monitors", &crate::error::chain(&error)), now());
                let begin = Instant::now();
                while begin.elapsed() < PAUSE && !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(LOOK);
                }
            }
        }
    }

    /// Tells how far it is. A finished monitor's thresholds are judged over its new rows, as over any that came late.
    fn look(&self, unfolded: &[Unfolded]) {
        for (monitor, from) in self.backfills.look(&self.recipes, unfolded) {
            tracing::info!(monitor, "back-filled from the stored records");
            if self.config.monitor(&monitor).is_some_and(|monitor| !monitor.thresholds.is_empty()) {
                self.progress.backfilled(monitor, self.config.bucket.start(from));
            }
        }
    }

    /// Makes the missing rows of one segment.
    fn fill(&self, unfolded: &Unfolded, stop: &AtomicBool) -> magpie_store::Result<bool> {
        let wanted = |monitor: &&Monitor| unfolded.recipes.iter().any(|recipe| recipe.monitor == monitor.name);
        let mut again = Again::of(&self.config, self.config.monitors.iter().filter(wanted).cloned().collect());
        let shapes = again.shapes();
        self.store.refold(unfolded.segment.id, &unfolded.recipes, &shapes, &mut |batch| {
            if stop.load(Ordering::Relaxed) {
                return Err(magpie_store::Error::Closed);
            }
            let begin = Instant::now();
            let tables = again.fold(batch);
            self.backfills.add(&unfolded.recipes, batch.records.len() as u64);
            std::thread::sleep(begin.elapsed().min(REST));
            Ok(tables)
        })
    }
}

#[cfg(test)]
mod tests {
    use magpie_store::SegmentInfo;

    use super::*;

    fn recipe(monitor: &str, version: &str) -> Recipe {
        Recipe { monitor: monitor.into(), rows: version.into(), fields: version.into() }
    }

    fn unfolded(segments: &[(u64, &[&Recipe])]) -> Vec<Unfolded> {
        let segment = |rows: u64| SegmentInfo {
            id: rows,
            rows,
            bytes: 0,
            from: Timestamp(rows as i64),
            to: Timestamp(rows as i64 + 10),
            sealed: Timestamp(0),
            level: 0,
            files: Vec::new(),
            recipes: Vec::new(),
        };
        let unfolded = |(rows, recipes): &(u64, &[&Recipe])| Unfolded {
            segment: segment(*rows),
            recipes: recipes.iter().map(|&recipe| recipe.clone()).collect(),
        };
        segments.iter().map(unfolded).collect()
    }

    #[test]
    fn progress_counts_records_from_the_first_look_to_the_end() {
        let (m, n, changed) = (recipe("m", "1"), recipe("n", "1"), recipe("m", "2"));
        let backfills = Backfills::default();
        let shown = |monitor: &str| backfills.of(monitor).map(|report| (report.state, report.done, report.total));
        let both = [m.clone(), n.clone()];
        assert_eq!(backfills.look(&both, &unfolded(&[(70, &[&m]), (30, &[&m])])), []);
        assert_eq!((shown("m"), shown("n")), (Some((BackfillState::Running, 0, 100)), None), "n has all of its rows");
        let range = backfills.of("m").map(|report| (report.from, report.to));
        assert_eq!(range, Some((Timestamp(30), Timestamp(80))));
        backfills.add(std::slice::from_ref(&m), 50);
        assert_eq!(shown("m"), Some((BackfillState::Running, 50, 100)));
        backfills.failed(std::slice::from_ref(&m), "disk full");
        assert_eq!(backfills.of("m").and_then(|report| report.error).as_deref(), Some("disk full"));
        backfills.look(&both, &unfolded(&[(30, &[&m])]));
        assert_eq!(shown("m"), Some((BackfillState::Failed, 70, 100)), "what is done stays done");
        assert_eq!(backfills.look(&both, &[]), [("m".to_owned(), Timestamp(30))]);
        assert_eq!(backfills.look(&both, &[]), [], "it is finished once");
        assert_eq!(shown("m"), Some((BackfillState::Done, 100, 100)));
        backfills.look(&[changed.clone(), n.clone()], &unfolded(&[(70, &[&changed])]));
        assert_eq!(shown("m"), Some((BackfillState::Running, 0, 70)), "another form begins anew");
        backfills.look(&[n], &[]);
        assert_eq!(shown("m"), None, "a monitor that is gone has no progress");
    }
}
