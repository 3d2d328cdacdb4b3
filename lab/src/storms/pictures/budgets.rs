//! Success and load by the part of the attempts that fail.

use std::ops::Range;

use plotters::prelude::*;

use super::style::{Area, COLOURS, SMALL, TITLE, legend, picture};
use crate::simulation::series::Second;
use crate::storms::experiments::budgets::{Cells, KINDS, budgeted, three_retries};

/// A figure by the part of the attempts that fail.
struct Panel {
    title: &'static str,
    range: Range<f64>,
    /// Of a simulation.
    value: fn(&Second) -> f64,
    /// Of the first three policies by their closed forms, for the part of the attempts that fail.
    form: fn(f64) -> [f64; 3],
}

/// Success and load by the part of the attempts that fail: points are of the simulation, dashes what the closed forms say.
#[must_use]
pub(crate) fn budgets(rows: &[Cells]) -> String {
    picture((960, 420), |area| {
        let (left, right) = area.split_horizontally(480);
        let success = Panel {
            title: "% of the calls that succeed",
            range: 0.0..102.0,
            value: Second::success,
            form: |p| [1.0 - p, three_retries(p).0, if p > 0.11 { budgeted(p, 100_000).0 } else { 1.0 }],
        };
        let load = Panel {
            title: "attempts for 100 calls",
            range: 80.0..290.0,
            value: Second::amplification,
            form: |p| {
                let budget = if p > 0.11 { budgeted(p, 100_000).1 } else { 1.0 / (1.0 - p) };
                [1.0, three_retries(p).1, budget]
            },
        };
        success.draw(&left, rows, Some(SeriesLabelPosition::LowerLeft));
        load.draw(&right, rows, None);
    })
}

impl Panel {
    fn draw(&self, area: &Area<'_>, rows: &[Cells], place: Option<SeriesLabelPosition>) {
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, TITLE)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(40)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..78.0, self.range.clone())
            .expect("a string takes everything");
        chart
            .configure_mesh()
            .x_desc("% of the attempts that fail")
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .label_style(SMALL)
            .light_line_style(TRANSPARENT)
            .draw()
            .expect("a string takes everything");
        for (index, colour) in COLOURS.into_iter().enumerate().take(3) {
            let at = |percent: i32| f64::from(percent) / 100.0;
            let dashes =
                (0..=75).map(|percent| (f64::from(percent), (self.form)(at(percent))[index] * 100.0));
            let dashes = DashedLineSeries::new(dashes, 5, 4, colour.stroke_width(1));
            chart.draw_series(dashes).expect("a string takes everything");
        }
        for (index, (kind, colour)) in KINDS.iter().zip(COLOURS).enumerate() {
            let points = rows.iter().map(|Cells { failures, totals }| {
                Circle::new((failures * 100.0, (self.value)(&totals[index]) * 100.0), 4, colour.filled())
            });
            let legend = move |(x, y)| Circle::new((x + 9, y), 4, colour.filled());
            chart.draw_series(points).expect("a string takes everything").label(*kind).legend(legend);
        }
        legend(&mut chart, place);
    }
}
