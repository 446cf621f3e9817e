//! Where `then` leads: to a task of the same list or out of it, and never in a circle that nothing can leave.

use magpie_model::config::unknown_word;
use magpie_model::{Code, Notice};

use super::task::{Kind, Task, TaskList};
use super::tree::segment;
use crate::connector;

/// Words that are no task.
const DIRECTIVES: [&str; 3] = ["continue", "exit", "end"];

/// The mistakes of a list, each with its pointer.
pub(super) fn mistakes(tasks: &TaskList) -> Vec<(String, Notice)> {
    let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
    let mut found = Vec::new();
    for (at, then) in tasks.iter().flat_map(|task| directives(task)) {
        if !names.contains(&then) && !DIRECTIVES.contains(&then) {
            found.push((at, unknown_word("task of this list", then, names.iter().copied().chain(DIRECTIVES))));
        } else if names.contains(&then) && DIRECTIVES.contains(&then) {
            let message = format!("`then: {then}` never leads to the task of that name; give the task another one");
            found.push((at, Code::ThenOfNamesake.says(message, &[("name", &then)])));
        }
    }
    found.extend(circles(tasks));
    found
}

/// What a list of branches must not say besides: they run at once, so that none follows another.
pub(super) fn mistakes_of_branches(branches: &TaskList) -> Vec<(String, Notice)> {
    let leads =
        branches.iter().flat_map(|branch| directives(branch)).filter(|(_, then)| branches.iter().any(|branch| branch.name == *then));
    leads
        .map(|(at, then)| {
            let message = format!(
                "the branches of a `fork` run at once, so `then` cannot lead to `{then}`; write `continue`, `exit` or `end`, or both tasks in one branch under `do`"
            );
            (at, Code::ThenOfBranch.says(message, &[("name", &then)]))
        })
        .collect()
}

/// Where a task may lead, each with its pointer.
fn directives(task: &Task) -> Vec<(String, &str)> {
    let own = task.base.then.as_deref().map(|then| (format!("{}/then", task.pointer), then));
    let cases: &[_] = if let Kind::Switch(cases) = &task.kind { cases } else { &[] };
    let of_case = cases.iter().enumerate().map(|(index, case)| {
        let at = format!("{}/switch/{index}/{}/then", task.pointer, segment(&case.name));
        (at, case.then.as_str())
    });
    own.into_iter().chain(of_case).collect()
}

/// Circles of tasks that neither decide nor wait for anything: such a run would only end at its limit of steps.
fn circles(tasks: &TaskList) -> Vec<(String, Notice)> {
    let mut known = vec![false; tasks.len()];
    let mut found = Vec::new();
    for start in 0..tasks.len() {
        let (mut way, mut at) = (Vec::new(), start);
        while !known[at] && !way.contains(&at) {
            way.push(at);
            match follower(tasks, at) {
                Some(next) => at = next,
                None => break,
            }
        }
        let last = way.last().copied().unwrap_or(at);
        if !known[at] && follower(tasks, last) == Some(at) {
            let name = &tasks[at].name;
            let message = format!(
                "this leads back to `{name}`, and nothing on the way can end it; give one of these tasks an `if`, or let a `switch` decide"
            );
            found.push((format!("{}/then", tasks[last].pointer), Code::ThenEndless.says(message, &[("name", name)])));
        }
        way.into_iter().for_each(|index| known[index] = true);
    }
    found
}

/// The task that always follows; `None` if something else may, or nothing.
fn follower(tasks: &TaskList, at: usize) -> Option<usize> {
    let task = &tasks[at];
    if !is_plain(task) {
        return None;
    }
    match task.base.then.as_deref() {
        None | Some("continue") => (at + 1 < tasks.len()).then_some(at + 1),
        Some(name) => tasks.iter().position(|task| task.name == name).filter(|_| !DIRECTIVES.contains(&name)),
    }
}

/// Whether a task only makes data: it always ends, and always goes on.
fn is_plain(task: &Task) -> bool {
    let ends = |task: &Task| task.base.then.as_deref() == Some("end");
    task.base.condition.is_none()
        && match &task.kind {
            Kind::Set(_) | Kind::Emit { .. } => true,
            Kind::Call { function, .. } => connector::find(function).is_some_and(|connector| connector.name == "logger"),
            Kind::Do(tasks) => tasks.iter().all(|task| is_plain(task) && !ends(task)),
            _ => false,
        }
}
