use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for &(name, value) in fields {
        let name: HeaderName = name.parse().expect("a name");
        headers.append(name, value.parse::<HeaderValue>().expect("a value"));
    }
    headers
}

fn wait(fields: &[(&str, &str)]) -> Option<u64> {
    rate_limit_reset(&headers(fields)).map(|wait| wait.as_secs())
}

#[test]
fn a_quota_that_is_used_up_tells_when_it_comes_back() {
    for (text, expected) in [
        (r#""default";r=0;t=30"#, Some(30)),
        (r#""default"; t=30; r=0"#, Some(30)),
        (r#"  "default";r=0;t=30  "#, Some(30)),
        ("default;r=0;t=30", Some(30)),
        (r#""a;r=5";r=0;t=30"#, Some(30)),
        (r#""a;r=0;t=9";r=5;t=30"#, None),
        (r#""a, b";r=0;t=30"#, Some(30)),
        (r#""a\", \"b;r=1";r=0;t=30"#, Some(30)),
        (r#""a";r=0;t=30, "b";r=0;t=50, "c";r=1;t=70"#, Some(50)),
        ("\"a\";r=0;t=30\t,\t\"b\";r=0;t=50", Some(50)),
        (r#""a";r=0;t=30;pk=:cHJpdmF0ZQ==:"#, Some(30)),
        (r#""a";q=100;x="r=7";r=0;w=60;t=30"#, Some(30)),
        (r#""a";r=5;r=0;t=9;t=30"#, Some(30)), // of two parameters with one name, the last counts
        (r#""a";r=0;r=5;t=30"#, None),
        (r#""a";r=0;t=0"#, Some(0)),
        (r#""a";r=00;t=030"#, Some(30)),
        (r#""a";r=0;t=999999999999999"#, Some(999_999_999_999_999)),
        (r#""a";r=0, "b";r=0;t=50"#, Some(50)),
        (r#"("a" "b");r=0;t=30, "c";r=0;t=20"#, Some(20)), // a list of names is no name
        (r#"("a";r=0;t=30)"#, None),
        (r#"5;r=0;t=30, "c";r=0;t=20"#, Some(20)),
        ("limit=100, remaining=0, reset=30", Some(30)),
        ("limit=100;w=60, remaining=0, reset=30;x", Some(30)),
        ("limit=100, remaining=5, reset=30", None),
        ("limit=100, reset=30", None),
        ("remaining=0, reset=(1 2)", None),
        ("remaining=5, reset=9, remaining=0, reset=30", Some(30)),
        ("reset=30, reset=(1 2), remaining=0", None),
        (r#""default";r=2;t=30"#, None),
        (r#""default";r=0"#, None),
        (r#""default";t=30"#, None),
        (r#""default""#, None),
        (r#""a";r=-1;t=30"#, None),
        (r#""a";r=0;t=-30"#, None),
        (r#""a";r=0;t=1.5"#, None),
        (r#""a";r=0.0;t=30"#, None),
        (r#""a";r="0";t=30"#, None),
        (r#""a";r=0;t="30""#, None),
        (r#""a";r;t=30"#, None),
        (r#""a";r=?0;t=30"#, None),
        (r#""a";R=0;T=30"#, None),
        (r#""a";r=0;t=1000000000000000"#, None), // more digits than an integer has
        (r#""a";r=0;t=30,"#, None),
        (r#""a";r=0;t=30 "b";r=0;t=50"#, None),
        (r#""a;r=0;t=30"#, None),
        ("'a';r=0;t=30", None),
        (r#""a";r = 0;t = 30"#, None),
        (r#""a";r=0;;t=30"#, None),
        ("r=0;t=30", None),
        (",", None),
        ("", None),
    ] {
        assert_eq!(wait(&[("ratelimit", text)]), expected, "{text}");
        assert_eq!(wait(&[("ratelimit-policy", text)]), None, "{text}");
    }
}

#[test]
fn the_lines_of_a_field_are_one_list() {
    for (lines, expected) in [
        ([r#""a";r=0;t=30"#, r#""b";r=0;t=50"#], Some(50)),
        ([r#""a";r=0;t=30"#, r#""b";r=5;t=50"#], Some(30)),
        ([r#""a";r=0;t=30"#, "not a field"], None),
        (["limit=5, remaining=0", "reset=30"], Some(30)),
        ([r#""a"#, r#"b";r=0;t=30"#], Some(30)),
    ] {
        assert_eq!(wait(&lines.map(|line| ("ratelimit", line))), expected, "{lines:?}");
    }
    let mut obsolete = headers(&[("x-ratelimit-reset", "9")]);
    obsolete.insert("ratelimit", HeaderValue::from_bytes(b"\"\xff\";r=0;t=30").expect("obsolete but valid"));
    assert_eq!(rate_limit_reset(&obsolete), Some(Duration::from_secs(9)));
}

#[test]
fn older_fields_tell_seconds_or_points_in_time() {
    const DATE: (&str, &str) = ("date", "Sun, 09 Sep 2001 01:46:40 GMT");
    for (fields, expected) in [
        (&[("ratelimit-reset", "7")][..], Some(7)),
        (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "0")], Some(7)),
        (&[("ratelimit-reset", "7;x"), ("ratelimit-remaining", "0;w=60")], Some(7)),
        (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "1")], None),
        (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "much")], None),
        (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "")], None),
        (&[("ratelimit-reset", "7"), ("x-ratelimit-remaining", "1")], Some(7)),
        // Several quotas: that which is used up counts.
        (&[("ratelimit-reset", "7, 90"), ("ratelimit-remaining", "0, 12")], Some(7)),
        (&[("ratelimit-reset", "7, 90"), ("ratelimit-remaining", "0, 0")], Some(90)),
        (&[("ratelimit-reset", "7"), ("ratelimit-remaining", "0, 12")], None),
        (&[("ratelimit-reset", "7, 90"), ("ratelimit-remaining", "0")], Some(90)),
        (&[("ratelimit-reset", "7"), ("ratelimit-reset", "90"), ("ratelimit-remaining", "0")], Some(90)),
        (&[("x-ratelimit-reset", "9"), ("ratelimit-reset", "7")], Some(9)),
        (&[("x-ratelimit-reset", "9"), ("ratelimit", r#""a";r=0;t=30"#)], Some(30)),
        (&[("x-ratelimit-reset", "-9")], None),
        (&[("x-ratelimit-reset", "+9")], None),
        (&[("x-ratelimit-reset", "1.5"), ("x-ratelimit-remaining", "0.0")], Some(2)),
        (&[("x-ratelimit-reset", "1.0")], Some(1)),
        (&[("x-ratelimit-reset", "1.")], None),
        (&[("x-ratelimit-reset", ".5")], None),
        (&[("x-ratelimit-reset", "1.5.5")], None),
        (&[("x-ratelimit-reset", "999999999")], Some(999_999_999)),
        (&[("x-ratelimit-reset", "1000000060"), DATE], Some(60)),
        (&[("x-ratelimit-reset", "1000000059.2"), DATE], Some(60)),
        (&[("x-ratelimit-reset", "1000000000"), ("date", "Sun, 09 Sep 2001 01:46:41 GMT")], Some(0)),
        (&[("x-ratelimit-reset", "99999999999999999999")], Some(u64::MAX)),
        (&[("x-ratelimit-reset", "99999999999999999999.9")], Some(u64::MAX)),
        (&[], None),
    ] {
        assert_eq!(wait(fields), expected, "{fields:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_in_a_field_are_a_wait_or_nothing(lines in proptest::collection::vec("[ -~\\t\u{80}-\u{ff}]{0,40}", 0..4)) {
        for name in ["ratelimit", "ratelimit-reset", "x-ratelimit-reset", "ratelimit-remaining"] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) else { continue };
                headers.append(HeaderName::from_static(name), value);
            }
            let _ = rate_limit_reset(&headers);
        }
    }

    #[test]
    fn a_quota_is_read_whatever_its_name_is(name in "[ -!#-\\[\\]-~]{0,20}", t in 0_u64..1_000_000_000_000_000, r in 0_u64..3) {
        let text = format!("\"{name}\";r={r};t={t}");
        prop_assert_eq!(wait(&[("ratelimit", &text)]), (r == 0).then_some(t));
    }
}
