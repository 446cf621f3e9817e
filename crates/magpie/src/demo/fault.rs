//! The faults that a person can switch on and off while the demo runs.
//! A service asks the switch on every request, so a fault starts and ends with the next request and needs no restart.
//! What a fault does to a service is written in that service; which key or API call flips it is decided by the caller.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// One thing that can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `search` answers correctly, but half a second late.
    SlowSearch,
    /// `order` fails every second request with a stack trace.
    OrderErrors,
    /// `stock` hangs: it neither answers nor logs, and `order` soon stops calling it.
    SilentStock,
}

impl Fault {
    /// Every fault, in the order in which they are listed and numbered.
    pub(crate) const ALL: [Fault; 3] = [Fault::SlowSearch, Fault::OrderErrors, Fault::SilentStock];

    /// The stable name, as used in the API and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fault::SlowSearch => "slow-search",
            Fault::OrderErrors => "order-errors",
            Fault::SilentStock => "silent-stock",
        }
    }

    /// What a person will see while the fault is on.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Fault::SlowSearch => "search takes 350 to 700 ms longer and marks its answers with a warning",
            Fault::OrderErrors => "order answers every second request with 500 and logs a stack trace",
            Fault::SilentStock => "stock hangs: it stops answering and logging, and order stops calling it",
        }
    }

    fn index(self) -> usize {
        match self {
            Fault::SlowSearch => 0,
            Fault::OrderErrors => 1,
            Fault::SilentStock => 2,
        }
    }
}

/// No fault has the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Fault::ALL.map(Fault::name).join(", ");
        write!(f, "unknown fault `{}`; the faults are {known}", self.0)
    }
}

impl std::error::Error for UnknownFault {}

impl std::str::FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// The state of all faults, shared by the services and whoever flips them. All are off at first.
#[derive(Debug, Default)]
pub(crate) struct FaultSwitch {
    on: [AtomicBool; Fault::ALL.len()],
}

impl FaultSwitch {
    /// Whether the fault is on now.
    pub(crate) fn is_on(&self, fault: Fault) -> bool {
        self.on[fault.index()].load(Ordering::Relaxed)
    }

    /// Switches the fault on or off; says whether that changed anything.
    pub(crate) fn set(&self, fault: Fault, on: bool) -> bool {
        self.on[fault.index()].swap(on, Ordering::Relaxed) != on
    }

    /// Flips the fault and returns its new state.
    pub(crate) fn toggle(&self, fault: Fault) -> bool {
        !self.on[fault.index()].fetch_xor(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_fault() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert_eq!(Fault::ALL[fault.index()], fault);
            let module = fault.description().split(' ').next().unwrap_or_default();
            assert!(fault.name().split('-').any(|word| word == module), "{}", fault.description());
        }
        let error = "slow-serch".parse::<Fault>().unwrap_err().to_string();
        assert_eq!(error, "unknown fault `slow-serch`; the faults are slow-search, order-errors, silent-stock");
    }

    #[test]
    fn a_switch_moves_only_its_own_fault() {
        let faults = FaultSwitch::default();
        assert!(faults.toggle(Fault::OrderErrors));
        assert!(!faults.set(Fault::OrderErrors, true));
        let on = Fault::ALL.map(|fault| faults.is_on(fault));
        assert_eq!(on, [false, true, false]);
        assert!(!faults.toggle(Fault::OrderErrors));
        assert_eq!(Fault::ALL.map(|fault| faults.is_on(fault)), [false; 3]);
    }
}
