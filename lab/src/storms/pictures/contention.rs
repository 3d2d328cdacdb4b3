//! Writes and time by the number of clients.

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use super::style::{Area, COLOURS, SMALL, TITLE, legend, picture};
use crate::storms::experiments::contention::{Cell, KINDS, TARGETS};

/// Writes and time by the number of clients: lines are ours, points those of another implementation of the model.
#[must_use]
pub(crate) fn contention(rows: &[(u32, [Cell; 5])]) -> String {
    picture((960, 440), |area| {
        let (left, right) = area.split_horizontally(480);
        let most = rows.iter().flat_map(|(_, cells)| cells.map(|cell| cell.writes.mean)).fold(0.0, f64::max);
        let writes = |cell: &Cell| cell.writes.mean;
        let panel = Panel {
            title: "writes until all have succeeded",
            rows,
            value: &writes,
            target: |target| target.1,
        };
        panel.draw(&left, 0.0..most * 1.05, Some(SeriesLabelPosition::UpperLeft));
        let panel = Panel {
            title: "seconds until all have succeeded",
            rows,
            value: &|cell: &Cell| cell.time.mean / 1e3,
            target: |target| target.0 / 1e3,
        };
        panel.draw(&right, (0.2..300.0).log_scale(), None);
    })
}

struct Panel<'a> {
    title: &'a str,
    rows: &'a [(u32, [Cell; 5])],
    value: &'a dyn Fn(&Cell) -> f64,
    target: fn((f64, f64)) -> f64,
}

impl Panel<'_> {
    fn draw<Y>(&self, area: &Area<'_>, range: Y, place: Option<SeriesLabelPosition>)
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, TITLE)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(40)
            .y_label_area_size(52)
            .build_cartesian_2d::<std::ops::Range<f64>, Y>(0.0..195.0, range)
            .expect("a string takes everything");
        chart
            .configure_mesh()
            .x_desc("clients that contend for one row")
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .label_style(SMALL)
            .light_line_style(TRANSPARENT)
            .draw()
            .expect("a string takes everything");
        for (index, (kind, colour)) in KINDS.iter().zip(COLOURS).enumerate() {
            let line =
                self.rows.iter().map(|(clients, cells)| (f64::from(*clients), (self.value)(&cells[index])));
            let line = LineSeries::new(line, colour.stroke_width(2));
            let legend = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2));
            chart.draw_series(line).expect("a string takes everything").label(*kind).legend(legend);
            let points = TARGETS.iter().map(|(clients, targets)| {
                Circle::new((f64::from(*clients), (self.target)(targets[index])), 3, colour.filled())
            });
            chart.draw_series(points).expect("a string takes everything");
        }
        legend(&mut chart, place);
    }
}
