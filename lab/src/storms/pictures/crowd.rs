//! When a crowd comes back.

use std::time::Duration;

use plotters::prelude::*;

use super::style::{COLOURS, SMALL, TITLE, picture};
use crate::storms::experiments::crowd::{Crowd, LASTS};

/// How long a bar is.
const PART: Duration = Duration::from_millis(100);

/// Retries of a thousand clients that have lost the same server, a panel for each way of backing off.
#[must_use]
pub(crate) fn crowd(crowds: &[Crowd]) -> String {
    picture((960, 170 * 3 + 40), |area| {
        let (head, body) = area.split_vertically(40);
        let title = "retries in each tenth of a second, of 1000 clients that lose the server at 0 s";
        head.titled(title, TITLE).expect("a string takes everything");
        for (crowd, area) in crowds.iter().zip(body.split_evenly((3, 2))) {
            let most = crowd.histogram(PART).into_iter().max().unwrap_or_default();
            let mut chart = ChartBuilder::on(&area)
                .caption(format!("{}: at most {most}", crowd.name), SMALL)
                .margin_left(8)
                .margin_right(24)
                .margin_top(6)
                .x_label_area_size(24)
                .y_label_area_size(44)
                .build_cartesian_2d(0.0..LASTS.as_secs_f64(), 0.0..1_050.0)
                .expect("a string takes everything");
            chart
                .configure_mesh()
                .x_label_formatter(&|seconds| format!("{seconds} s"))
                .y_label_formatter(&|count| format!("{count:.0}"))
                .y_labels(3)
                .label_style(SMALL)
                .light_line_style(TRANSPARENT)
                .disable_x_mesh()
                .draw()
                .expect("a string takes everything");
            let bars = (0_u32..).zip(crowd.histogram(PART)).map(|(index, count)| {
                let from = f64::from(index) * PART.as_secs_f64();
                Rectangle::new(
                    [(from, 0.0), (from + PART.as_secs_f64(), f64::from(count))],
                    COLOURS[0].filled(),
                )
            });
            chart.draw_series(bars).expect("a string takes everything");
        }
    })
}
