//! What the terminal form says, as a reader sees it.

use magpie_model::Aggregate;
use proptest::prelude::*;

use super::*;
use crate::report::sample;

fn shown(report: &Report, view: &View) -> String {
    let mut out = Vec::new();
    write(report, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn look() {
    if std::env::var("LOOK").is_ok() {
        let mut view = sample::view(std::env::var("LOOK").unwrap().parse().unwrap());
        view.color = true;
        println!("{}", shown(&sample::shop(), &view));
        view.x = vec![Column::SourceModule, Column::TargetModule];
        view.fields = vec![(0, Aggregate::P95)];
        println!("{}", shown(&sample::shop(), &view));
        println!("{}", shown(&sample::pure_log(), &view));
        println!("{}", shown(&sample::hosts(), &view));
    }
}
