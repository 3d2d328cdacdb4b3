//! What all pictures have in common.

use plotters::coord::{CoordTranslate, Shift};
use plotters::prelude::*;

/// Colours that people with any kind of colour vision can tell apart: Okabe and Ito, 2008.
pub(super) const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 86, 86),
    RGBColor(230, 159, 0),
];

/// Behind what happens meanwhile.
pub(super) const SHADE: RGBColor = RGBColor(225, 225, 225);

/// A place to draw on.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The letters of titles.
pub(super) const TITLE: (&str, u32) = ("sans-serif", 17);

/// Those of everything else.
pub(super) const SMALL: (&str, u32) = ("sans-serif", 13);

/// A picture of so many pixels.
pub(super) fn picture(size: (u32, u32), paint: impl FnOnce(&Area<'_>)) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE).expect("a string takes everything");
        paint(&area);
        area.present().expect("a string takes everything");
    }
    text
}

/// The names of the series, if there is a place for them.
pub(super) fn legend<'a, 'b: 'a, C: CoordTranslate>(
    chart: &mut ChartContext<'a, SVGBackend<'b>, C>,
    place: Option<SeriesLabelPosition>,
) {
    let Some(place) = place else { return };
    let mut labels = chart.configure_series_labels();
    let labels = labels.position(place).label_font(SMALL).background_style(WHITE.mix(0.85));
    labels.draw().expect("a string takes everything");
}
