//! Front-end and back-end modules: as the configuration says, else derived from who calls whom.
//!
//! A module is of the front when it is called only from outside, or by nobody at all; of the back when another known module
//! calls it. What is no module (`(all)`, `(unknown)`, `(outside)`) has no tier.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{ALL, OTHER, OUTSIDE, UNKNOWN};

/// Where a module stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// What people and programs outside call.
    Front,
    /// What other modules call.
    Back,
}

/// The tiers of a system.
#[derive(Clone, Debug, Default)]
pub struct Tiers {
    configured: BTreeMap<String, Tier>,
    called: BTreeSet<String>,
}

impl Tiers {
    /// Nothing is known but what is configured.
    pub fn new(configured: &BTreeMap<String, Tier>) -> Self {
        Self { configured: configured.clone(), called: BTreeSet::new() }
    }

    /// Notes that one module was seen to call another.
    pub fn observe(&mut self, caller: &str, callee: &str) {
        if is_module(caller) && is_module(callee) && caller != callee {
            self.called.insert(callee.to_owned());
        }
    }

    /// The tier of a module; `None` for what is none.
    pub fn of(&self, module: &str) -> Option<Tier> {
        match self.configured.get(module) {
            Some(&tier) => Some(tier),
            None if !is_module(module) => None,
            None if self.called.contains(module) => Some(Tier::Back),
            None => Some(Tier::Front),
        }
    }
}

fn is_module(name: &str) -> bool {
    !matches!(name, "" | ALL | OTHER | OUTSIDE | UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_outsiders_call_is_of_the_front() {
        let mut tiers = Tiers::new(&[("stock".to_owned(), Tier::Front)].into());
        for (caller, callee) in
            [(OUTSIDE, "web"), (UNKNOWN, "web"), ("", "web"), ("web", "web"), ("web", "video"), ("web", "stock"), ("web", OTHER)]
        {
            tiers.observe(caller, callee);
        }
        for (module, tier) in [
            ("web", Some(Tier::Front)),
            ("video", Some(Tier::Back)),
            ("stock", Some(Tier::Front)),
            ("batch", Some(Tier::Front)),
            (OUTSIDE, None),
            (UNKNOWN, None),
            (ALL, None),
            ("", None),
        ] {
            assert_eq!(tiers.of(module), tier, "{module}");
        }
    }
}
