//! A picture of delays.

use std::fmt::Write as _;
use std::time::Duration;

use persevere::testing::{Bands, short_duration};

/// Draws the median of each delay, the band between the 5th and the 95th of a hundred, and the longest, as SVG of so many pixels.
#[must_use]
pub fn draw(bands: &Bands, title: &str, width: u32, height: u32) -> String {
    let of = |part| bands.quantile(part);
    Picture { title, width, height }.of(&of(0.05), &of(0.5), &of(0.95), &of(1.0))
}

/// A number of few digits.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// A picture of some size.
struct Picture<'t> {
    title: &'t str,
    width: u32,
    height: u32,
}

/// Room for the axes and the legend.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 48.0;

const INK: &str = "#1f2933";
const LINE: &str = "#1d4ed8";
const BAND: &str = "#bfdbfe";
const MOST: &str = "#b45309";

impl Picture<'_> {
    /// The median in its band, and the longest.
    fn of(&self, low: &[Duration], middle: &[Duration], high: &[Duration], most: &[Duration]) -> String {
        let top = nice(most.iter().max().map_or(0.0, Duration::as_secs_f64));
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let steps = count(middle.len().max(2).saturating_sub(1));
        let x = |index: usize| LEFT + (width - LEFT - RIGHT) * count(index) / steps;
        let y = |seconds: f64| TOP + (height - TOP - BOTTOM) * (1.0 - seconds / top);
        let place =
            |(index, delay): (usize, &Duration)| format!("{:.1},{:.1}", x(index), y(delay.as_secs_f64()));
        let line = |delays: &[Duration]| delays.iter().enumerate().map(place).collect::<Vec<_>>();
        let band: Vec<_> = line(low).into_iter().chain(line(high).into_iter().rev()).collect();
        let mut svg = self.begin();
        self.axes(&mut svg, top, &y, middle.len(), &x);
        let _ = writeln!(svg, r#"<polygon fill="{BAND}" points="{}"/>"#, band.join(" "));
        let _ = writeln!(
            svg,
            r#"<polyline fill="none" stroke="{MOST}" stroke-width="1.5" stroke-dasharray="4 3" points="{}"/>"#,
            line(most).join(" ")
        );
        let _ = writeln!(
            svg,
            r#"<polyline fill="none" stroke="{LINE}" stroke-width="2" points="{}"/>"#,
            line(middle).join(" ")
        );
        svg + "</svg>\n"
    }

    /// The frame, the title and the legend. What is written into a text does not fail.
    fn begin(&self) -> String {
        let Self { title, width, height } = self;
        // A long title is small: two thirds of its size is what a letter of it is wide, at the most.
        let room = (f64::from(*width) - LEFT - RIGHT) * 1.5;
        let size = (room / count(title.chars().count().max(1))).clamp(6.0, 14.0);
        let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
             font-size=\"12\" fill=\"{INK}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n<text \
             x=\"{LEFT}\" y=\"20\" font-size=\"{size:.1}\" font-weight=\"bold\">{title}</text>\n"
        );
        let mut at = LEFT;
        for (mark, text) in [
            (format!(r#"<rect y="34" width="16" height="10" fill="{BAND}" "#), "5 % to 95 %"),
            (format!(r#"<rect y="38" width="16" height="2" fill="{LINE}" "#), "median"),
            (format!(r#"<rect y="38" width="16" height="2" fill="{MOST}" "#), "longest"),
        ] {
            let _ = writeln!(svg, r#"{mark}x="{at}"/><text x="{}" y="43">{text}</text>"#, at + 22.0);
            at += 110.0;
        }
        svg
    }

    fn axes(
        &self,
        svg: &mut String,
        top: f64,
        y: &dyn Fn(f64) -> f64,
        count: usize,
        x: &dyn Fn(usize) -> f64,
    ) {
        let (right, bottom) = (f64::from(self.width) - RIGHT, f64::from(self.height) - BOTTOM);
        for tick in 0..=4_u32 {
            let seconds = top * f64::from(tick) / 4.0;
            let text = short_duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
            let at = y(seconds);
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#d1d5db\"/><text x=\"{}\" y=\"{:.1}\" \
                 text-anchor=\"end\">{text}</text>",
                LEFT - 8.0,
                at + 4.0
            );
        }
        for index in (0..count).step_by(count.div_ceil(12).max(1)) {
            let _ = writeln!(
                svg,
                r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                x(index),
                bottom + 18.0,
                index.saturating_add(1)
            );
        }
        let middle = f64::midpoint(LEFT, right);
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">delay, counted from the first failed attempt</text>\n<text \
             transform=\"translate(16,{}) rotate(-90)\" text-anchor=\"middle\">how long</text>",
            bottom + 38.0,
            f64::midpoint(TOP, bottom)
        );
    }
}

/// The next of 1, 2, 4, 6, 8 and 10 times a power of ten, which divides by four into round numbers.
fn nice(seconds: f64) -> f64 {
    if seconds <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(seconds.log10().floor());
    let times =
        [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].into_iter().find(|times| times * power >= seconds * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}
