//! What becomes of a system after an outage.

use plotters::prelude::*;

use super::style::{Area, COLOURS, SHADE, SMALL, TITLE, legend, picture};
use crate::simulation::series::Second;
use crate::storms::experiments::outage::{OUTAGE, Run, Size};

/// The policies that are drawn.
const DRAWN: [(&str, RGBColor, u32); 5] = [
    ("3 retries at once", COLOURS[5], 5),
    ("full jitter 0.1 to 10 s", COLOURS[1], 2),
    ("no retry", COLOURS[4], 5),
    ("Policy::default()", COLOURS[0], 2),
    ("full jitter, budget 10 %", COLOURS[2], 2),
];

/// Seconds that are drawn.
const SECONDS: f64 = 120.0;

/// Calls that succeed, and attempts, over the time.
#[must_use]
pub(crate) fn outage(runs: &[Run], size: &Size) -> String {
    picture((960, 620), |area| {
        let (upper, lower) = area.split_vertically(330);
        let line = |(name, colour, width): (&str, RGBColor, u32)| {
            let run = runs.iter().find(|run| run.way.name == name)?;
            Some((run, colour.stroke_width(width)))
        };
        let drawn: Vec<_> = DRAWN.into_iter().filter_map(line).collect();
        let successes = |second: &Second| second.successes;
        panel(
            &upper,
            &drawn,
            size,
            ("calls that succeed each second, of those that begin", 1.4, successes),
            Some(SeriesLabelPosition::Coordinate(560, 95)),
        );
        panel(
            &lower,
            &drawn,
            size,
            ("attempts for each call that begins", 4.6, |second| second.attempts),
            None,
        );
    })
}

fn panel(
    area: &Area<'_>,
    runs: &[(&Run, ShapeStyle)],
    size: &Size,
    (title, most, value): (&str, f64, fn(&Second) -> u32),
    place: Option<SeriesLabelPosition>,
) {
    let mut chart = ChartBuilder::on(area)
        .caption(title, TITLE)
        .margin(12)
        .margin_right(24)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..SECONDS, 0.0..most)
        .expect("a string takes everything");
    let shade = Rectangle::new([(OUTAGE.from, 0.0), (OUTAGE.to, most)], SHADE.filled());
    chart.draw_series([shade]).expect("a string takes everything");
    chart
        .configure_mesh()
        .x_label_formatter(&|seconds| format!("{seconds:.0} s"))
        .y_label_formatter(&|share| format!("{share:.1}"))
        .label_style(SMALL)
        .light_line_style(TRANSPARENT)
        .draw()
        .expect("a string takes everything");
    let note = Text::new("half of the capacity", (OUTAGE.to + 1.0, most * 0.97), SMALL);
    chart.draw_series([note]).expect("a string takes everything");
    for (run, style) in runs {
        let style = *style;
        let line = (0_u32..).zip(&run.series.seconds).take_while(|(second, _)| f64::from(*second) < SECONDS);
        let line = line
            .map(|(second, happened)| (f64::from(second) + 0.5, f64::from(value(happened)) / size.rate()));
        let legend = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style);
        let series = chart.draw_series(LineSeries::new(line, style));
        series.expect("a string takes everything").label(run.way.name).legend(legend);
    }
    legend(&mut chart, place);
}
