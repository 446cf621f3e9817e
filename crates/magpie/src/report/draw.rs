//! Charts of the page as SVG: lines and bars over time, with thresholds as dashed lines and exact values on hover.
//!
//! Each chart is drawn twice, for a desk and for a phone, since a picture that only shrinks has unreadable words; the
//! page's style shows one of them. What is charted is decided in `chart`.

use std::fmt::Write as _;

use super::chart::TimeAxis;
use super::numbers;
use super::text::escaped;

/// One line, or the bars.
pub(crate) struct Series {
    /// Its name.
    pub(crate) name: String,
    /// One value per column.
    pub(crate) values: Vec<Option<f64>>,
    /// The class that colours it: `s0` to `s5`, or `bars`.
    pub(crate) class: String,
}

/// A chart over time.
pub(crate) struct TimeChart<'a> {
    /// The columns.
    pub(crate) axis: &'a TimeAxis,
    /// What is drawn.
    pub(crate) series: &'a [Series],
    /// Thresholds.
    pub(crate) limits: &'a [f64],
    /// Whether bars are drawn instead of lines.
    pub(crate) bars: bool,
    /// How a value reads.
    pub(crate) show: &'a dyn Fn(Option<f64>) -> String,
}

const LEFT: f64 = 64.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 22.0;

impl TimeChart<'_> {
    /// Both drawings.
    pub(crate) fn draw(&self, height: f64) -> String {
        format!("{}{}", self.sized("wide", 1_080.0, height), self.sized("narrow", 358.0, height))
    }

    fn sized(&self, class: &str, width: f64, height: f64) -> String {
        let most = self.series.iter().flat_map(|series| &series.values).flatten().chain(self.limits).copied().fold(0.0, f64::max);
        let top = ceiling(most);
        let plot = Plot {
            left: LEFT,
            width: width - LEFT - 8.0,
            top: TOP,
            height: height - TOP - BOTTOM,
            columns: self.axis.columns.len().max(1),
            most: top,
        };
        let mut text =
            format!("<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-hidden=\"{}\">", class == "narrow");
        for part in 0..=4 {
            let value = top * f64::from(part) / 4.0;
            let y = plot.y(value);
            let _ = write!(text, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", width - 8.0);
            let _ = write!(
                text,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                escaped(&(self.show)(Some(value)))
            );
        }
        self.ticks(&plot, if class == "wide" { 8 } else { 3 }, height, &mut text);
        for series in self.series {
            if self.bars { bars(series, &plot, &mut text) } else { line(series, &plot, &mut text) }
        }
        for limit in self.limits {
            let y = plot.y(*limit);
            let _ = write!(text, "<path class=\"limit\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", width - 8.0);
            let _ = write!(
                text,
                "<text class=\"limit-name\" x=\"{:.1}\" y=\"{:.1}\">threshold {}</text>",
                LEFT + 4.0,
                y - 4.0,
                escaped(&(self.show)(Some(*limit)))
            );
        }
        self.hovers(&plot, &mut text);
        text.push_str("</svg>");
        text
    }

    fn ticks(&self, plot: &Plot, most: usize, height: f64, text: &mut String) {
        let step = self.axis.columns.len().div_ceil(most).max(1);
        for (at, column) in self.axis.columns.iter().enumerate().step_by(step) {
            let label = numbers::tick(column.start, self.axis.range());
            let _ = write!(
                text,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                plot.x(at),
                height - 4.0
            );
        }
    }

    /// Exact values of each column under the pointer.
    fn hovers(&self, plot: &Plot, text: &mut String) {
        for (at, column) in self.axis.columns.iter().enumerate() {
            let mut title = numbers::moment(column.start);
            for series in self.series {
                let _ = write!(title, "\n{}: {}", escaped(&series.name), escaped(&(self.show)(series.values.get(at).copied().flatten())));
            }
            let wide = plot.width / plot.columns as f64;
            let _ = write!(
                text,
                "<rect class=\"hover\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.2}\" height=\"{:.1}\"><title>{title}</title></rect>",
                plot.x(at) - wide / 2.0,
                plot.top,
                plot.height
            );
        }
    }
}

struct Plot {
    left: f64,
    width: f64,
    top: f64,
    height: f64,
    columns: usize,
    most: f64,
}

impl Plot {
    fn x(&self, column: usize) -> f64 {
        self.left + self.width * (column as f64 + 0.5) / self.columns as f64
    }

    fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - (value / self.most).clamp(0.0, 1.0))
    }
}

/// A line with gaps where there is no data; a value between two gaps is a dot.
fn line(series: &Series, plot: &Plot, text: &mut String) {
    let mut path = String::new();
    let mut drawn = false;
    for (at, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            drawn = false;
            continue;
        };
        let (x, y) = (plot.x(at), plot.y(*value));
        let _ = write!(path, "{}{x:.1} {y:.1}", if drawn { "L" } else { "M" });
        if !drawn && series.values.get(at + 1).copied().flatten().is_none() {
            path.push_str("h0.1");
        }
        drawn = true;
    }
    let _ = write!(text, "<path class=\"line {}\" d=\"{path}\"/>", series.class);
}

fn bars(series: &Series, plot: &Plot, text: &mut String) {
    let wide = (plot.width / plot.columns as f64 * 0.72).max(0.6);
    let mut path = String::new();
    for (at, value) in series.values.iter().enumerate() {
        let value = value.unwrap_or(0.0);
        if value > 0.0 {
            let y = plot.y(value).min(plot.top + plot.height - 1.0);
            let _ = write!(
                path,
                "M{:.1} {:.1}v{:.1}h{wide:.1}V{:.1}z",
                plot.x(at) - wide / 2.0,
                plot.top + plot.height,
                y - plot.top - plot.height,
                plot.top + plot.height
            );
        }
    }
    let _ = write!(text, "<path class=\"{}\" d=\"{path}\"/>", series.class);
}

/// A round number at or above the greatest value: 1, 2, 4 or 8 times a power of ten.
fn ceiling(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 1.0;
    }
    let unit = 10f64.powf(most.log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].into_iter().map(|times| times * unit).find(|top| *top >= most).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers_and_a_lone_value_is_a_dot() {
        assert_eq!([0.0, 0.7, 1.0, 1_240.0, 41.0, 99.0].map(ceiling), [1.0, 0.8, 1.0, 2_000.0, 60.0, 100.0]);
        let plot = Plot { left: 0.0, width: 40.0, top: 0.0, height: 10.0, columns: 4, most: 10.0 };
        let mut text = String::new();
        line(&Series { name: String::new(), values: vec![Some(5.0), None, Some(10.0), Some(0.0)], class: "s0".into() }, &plot, &mut text);
        assert_eq!(text, "<path class=\"line s0\" d=\"M5.0 5.0h0.1M25.0 0.0L35.0 10.0\"/>");
    }
}
