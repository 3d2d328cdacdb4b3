//! For which loads and outages systems get over it.

use plotters::prelude::*;

use super::style::{Area, COLOURS, SMALL, TITLE, picture};
use crate::storms::experiments::phases::{Map, Phase};

const fn colour(phase: Phase) -> RGBColor {
    match phase {
        Phase::Stable => RGBColor(214, 232, 244),
        Phase::Recovers => RGBColor(120, 176, 216),
        Phase::StaysDown => COLOURS[1],
    }
}

/// A map for each policy, with the threshold that the theory says.
#[must_use]
pub(crate) fn phases(maps: &[Map]) -> String {
    picture((960, 720), |area| {
        let (head, body) = area.split_vertically(60);
        let title = "what becomes of an open system after an outage of ten seconds";
        head.titled(title, TITLE).expect("a string takes everything");
        let legend = [
            (Phase::Stable, "hardly notices"),
            (Phase::Recovers, "gets over it"),
            (Phase::StaysDown, "still down two minutes later"),
        ];
        for (place, (phase, text)) in (0_i32..).zip(legend) {
            let x = 190 + place * 140;
            let sample = Rectangle::new([(x, 34), (x + 14, 48)], colour(phase).filled());
            head.draw(&sample).expect("a string takes everything");
            head.draw(&Text::new(text, (x + 20, 35), SMALL)).expect("a string takes everything");
        }
        head.draw(&Text::new("| load · (1 + r) = 1", (690, 35), SMALL)).expect("a string takes everything");
        for (map, area) in maps.iter().zip(body.split_evenly((2, 2))) {
            panel(&area, map);
        }
    })
}

fn panel(area: &Area<'_>, map: &Map) {
    let mut chart = ChartBuilder::on(area)
        .caption(map.policy.name, TITLE)
        .margin(10)
        .margin_right(24)
        .x_label_area_size(38)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..100.0, 0.0..100.0)
        .expect("a string takes everything");
    let rows = f64::from(u32::try_from(map.phases.len()).expect("a few"));
    let cells = (0_u32..).zip(&map.phases).flat_map(|(row, phases)| {
        let columns = f64::from(u32::try_from(phases.len()).expect("a few"));
        let (width, height) = (100.0 / columns, 100.0 / rows);
        let mut from = 0_u32;
        phases.chunk_by(|one, next| one == next).map(move |same| {
            let (x, y) = (f64::from(from) * width, f64::from(row) * height);
            from += u32::try_from(same.len()).expect("a few");
            Rectangle::new([(x, y), (f64::from(from) * width, y + height)], colour(same[0]).filled())
        })
    });
    chart.draw_series(cells).expect("a string takes everything");
    let at = map.policy.threshold() * 100.0;
    let line = LineSeries::new([(at, 0.0), (at, 100.0)], BLACK.stroke_width(2));
    chart.draw_series(line).expect("a string takes everything");
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("load, in % of the capacity")
        .y_desc("% of the capacity that the outage takes")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .label_style(SMALL)
        .draw()
        .expect("a string takes everything");
}
