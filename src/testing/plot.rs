//! Delays as text and as a picture.

use std::fmt::Write as _;
use std::time::Duration;

use super::statistics::number;

/// A bar for each delay, as high as it is long against the longest one: `▁▂▄█`.
///
/// ```
/// use persevere::testing::sparkline;
/// use persevere::{BackoffExt, Schedule, exponential};
/// use std::time::Duration;
///
/// let policy = exponential(Duration::from_millis(100)).capped(Duration::from_secs(1)).attempts(8);
/// assert_eq!(sparkline(Schedule::of(&policy, 0).delays()), "▁▂▄▇███");
/// ```
#[must_use]
pub fn sparkline(delays: &[Duration]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let longest = delays.iter().max().map_or(0.0, Duration::as_secs_f64);
    let bar = |delay: &Duration| {
        let part = if longest > 0.0 { delay.as_secs_f64() / longest } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "one of eight, and a cast saturates"
        )]
        BARS[((part * 8.0).ceil() as usize).clamp(1, 8).saturating_sub(1)]
    };
    delays.iter().map(bar).collect()
}

/// A duration in three digits and its unit.
pub(super) fn short(time: Duration) -> String {
    if time.is_zero() {
        return "0".to_owned();
    }
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        _ if seconds >= 86_400.0 => (seconds / 86_400.0, "d"),
        _ if seconds >= 3_600.0 => (seconds / 3_600.0, "h"),
        _ if seconds >= 60.0 => (seconds / 60.0, "min"),
        _ if seconds >= 1.0 => (seconds, "s"),
        _ if seconds >= 1e-3 => (seconds * 1e3, "ms"),
        _ if seconds >= 1e-6 => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    let places = match value {
        _ if value >= 99.95 => 0,
        _ if value >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

/// A picture of some size.
pub(super) struct Picture<'t> {
    pub(super) title: &'t str,
    pub(super) width: u32,
    pub(super) height: u32,
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
    pub(super) fn of(
        &self,
        low: &[Duration],
        middle: &[Duration],
        high: &[Duration],
        most: &[Duration],
    ) -> String {
        let top = nice(most.iter().max().map_or(0.0, Duration::as_secs_f64));
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let steps = number(middle.len().max(2).saturating_sub(1));
        let x = |index: usize| LEFT + (width - LEFT - RIGHT) * number(index) / steps;
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
        let size = (room / number(title.chars().count().max(1))).clamp(6.0, 14.0);
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
            let text = short(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
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
