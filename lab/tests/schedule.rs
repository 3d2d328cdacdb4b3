//! What the lab shows of a policy.

use std::process::Command;
use std::time::Duration;

use persevere::testing::Bands;
use persevere::{BackoffExt, constant, exponential};
use persevere_lab::schedule::draw;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_picture_has_its_title_axes_with_units_and_a_legend() {
    let bands = Bands::of(&exponential(ms(100)).full_jitter().attempts(20), 0..50);
    let svg = draw(&bands, "a < b & c", 640, 320);
    for part in [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 320\"",
        ">a &lt; b &amp; c</text>",
        ">5 % to 95 %</text>",
        ">median</text>",
        ">longest</text>",
        ">0</text>",
        ">how long</text>",
        ">delay, counted from the first failed attempt</text>",
        "<polygon",
    ] {
        assert!(svg.contains(part), "no {part} in\n{svg}");
    }
    assert_eq!(svg.matches("<polyline").count(), 2);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert_eq!(svg, draw(&bands, "a < b & c", 640, 320), "the same each time");
    // What is nothing, or a single delay, is a picture too.
    for policy in [
        constant(Duration::ZERO).attempts(3),
        constant(Duration::MAX).attempts(2),
        constant(ms(1)).attempts(1),
    ] {
        let svg = draw(&Bands::of(&policy, 0..2), "", 0, 0);
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn a_schedule_is_printed_and_drawn() {
    let picture = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("schedule.svg");
    let lab = || Command::new(env!("CARGO_BIN_EXE_persevere-lab"));
    let policy = "{ backoff: { constant: { delay: 50ms } }, jitter: none, attempts: 3 }";
    let output =
        lab().args(["schedule", policy, "--seeds", "2", "--svg"]).arg(&picture).output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    for said in ["with seed 0: ██", "over 2 seeds", "never more: at most 3 attempts, at most 100ms of sleep"]
    {
        assert!(printed.contains(said), "{said} is missing:\n{printed}");
    }
    assert!(std::fs::read_to_string(picture).is_ok_and(|svg| svg.ends_with("</svg>\n")));
    let wrong = lab().args(["schedule", "{ atempts: 3 }"]).output().expect("it starts");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("atempts"), "{wrong:?}");
}
