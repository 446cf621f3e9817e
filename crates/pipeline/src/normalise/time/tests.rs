use jiff::tz::TimeZone;
use magpie_model::Timestamp;
use proptest::prelude::*;

use super::*;

fn context(zone_name: &str, near: &str) -> TimeContext {
    TimeContext { zone: zone(zone_name).unwrap(), near: Timestamp::parse_rfc3339(near).unwrap() }
}

fn utc() -> TimeContext {
    TimeContext { zone: TimeZone::UTC, near: Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").unwrap() }
}

fn shown(form: &TimeForm, text: &str, context: &TimeContext) -> String {
    form.parse(text, context).map_or_else(|| "none".to_owned(), |moment| moment.to_string())
}

#[test]
fn months_are_read_in_the_languages_of_the_west() {
    for (text, month) in [
        ("22. Januar 2026 10:15:03", "01"),
        ("22 févr. 2026 10:15:03", "02"),
        ("22. März 2026 10:15:03", "03"),
        ("22 ABR 2026 10:15:03", "04"),
        ("22-mag-2026 10:15:03", "05"),
        ("22/juin/2026 10:15:03", "06"),
        ("22 julio 2026 10:15:03", "07"),
        ("22 août 2026 10:15:03", "08"),
        ("22 set 2026 10:15:03", "09"),
        ("22. Okt. 2026 10:15:03", "10"),
        ("22 novembro 2026 10:15:03", "11"),
        ("22 déc. 2026 10:15:03", "12"),
    ] {
        assert_eq!(shown(&TimeForm::auto(), text, &utc()), format!("2026-{month}-22T10:15:03Z"), "{text}");
        assert_eq!(scan(&format!("{text} x")).map(|(range, _)| range), Some(0..text.len()), "{text}");
    }
    assert_eq!(scan("22 out of 30"), None);
}

#[test]
fn common_forms_are_read_without_being_named() {
    for (text, expected) in [
        ("2026-11-22T10:15:03Z", "2026-11-22T10:15:03Z"),
        ("2026-11-22T10:15:03.250+08:00", "2026-11-22T02:15:03.250Z"),
        ("2026-11-22-10.15.03.123456+480", "2026-11-22T02:15:03.123456Z"),
        ("2026-11-22-10.15.03.123456-300", "2026-11-22T15:15:03.123456Z"),
        ("2026-11-22 10:15:03,250", "2026-11-22T10:15:03.250Z"),
        ("2026-11-22 10:15:03.123456789 -0500", "2026-11-22T15:15:03.123456789Z"),
        ("2026-11-22 10:15:03.123456 UTC", "2026-11-22T10:15:03.123456Z"),
        ("2026-11-22 10:15:03+00", "2026-11-22T10:15:03Z"),
        ("2026-11-22 10:15", "2026-11-22T10:15:00Z"),
        ("2026-11-22", "2026-11-22T00:00:00Z"),
        ("2026-11-22 10-15-01", "2026-11-22T10:15:01Z"),
        ("2026-11-22_10-15-01.250", "2026-11-22T10:15:01.250Z"),
        ("20261122T101503Z", "2026-11-22T10:15:03Z"),
        ("20261122T101503.5+0100", "2026-11-22T09:15:03.500Z"),
        ("20261122101503", "2026-11-22T10:15:03Z"),
        ("2026-11-22 10:15:03 Europe/Berlin", "2026-11-22T09:15:03Z"),
        ("2026/11/22 10:15:03", "2026-11-22T10:15:03Z"),
        ("2026/11/22 10:15:03.000123", "2026-11-22T10:15:03.000123Z"),
        ("2026.11.22 10:15:03", "2026-11-22T10:15:03Z"),
        ("2026年11月22日 10:15:03", "2026-11-22T10:15:03Z"),
        ("2026年11月2日 10:15:03.250", "2026-11-02T10:15:03.250Z"),
        ("2026年1月2日10时15分03秒", "2026-01-02T10:15:03Z"),
        ("2026年11月22日 下午3时04分05秒", "2026-11-22T15:04:05Z"),
        ("2026年11月22日 上午12:15:03", "2026-11-22T00:15:03Z"),
        ("2005-06-03-15.42.50.675872", "2005-06-03T15:42:50.675872Z"),
        ("20171223-22:15:29:606", "2017-12-23T22:15:29.606Z"),
        ("20171223-23:21:0:5", "2017-12-23T23:21:00.005Z"),
        ("22/Nov/2026:10:15:03 +0000", "2026-11-22T10:15:03Z"),
        ("[22/Nov/2026:10:15:03 -0330]", "2026-11-22T13:45:03Z"),
        ("22/Nov/2026:10:15:03.437", "2026-11-22T10:15:03.437Z"),
        ("22-Nov-2026 10:15:03.123", "2026-11-22T10:15:03.123Z"),
        ("22-Nov-2026 10:15:03 UTC", "2026-11-22T10:15:03Z"),
        ("22 Nov 2026 10:15:03.021", "2026-11-22T10:15:03.021Z"),
        ("22 Nov 10:15:03.021", "2026-11-22T10:15:03.021Z"),
        ("Sun, 22 Nov 2026 10:15:03 +0000", "2026-11-22T10:15:03Z"),
        ("Sun, 22 Nov 2026 10:15:03 GMT", "2026-11-22T10:15:03Z"),
        ("Sunday, 22-Nov-26 10:15:03 EST", "2026-11-22T15:15:03Z"),
        ("Sun Dec 04 04:47:44 2005", "2005-12-04T04:47:44Z"),
        ("Sun Dec  4 04:47:44.123456 2005", "2005-12-04T04:47:44.123456Z"),
        ("Sun Dec  4 04:47:44 PST 2005", "2005-12-04T12:47:44Z"),
        ("Sun Dec  4 04:47:44 2005 +0100", "2005-12-04T03:47:44Z"),
        ("Nov 22 10:15:03", "2026-11-22T10:15:03Z"),
        ("Nov  2 10:15:03.5", "2026-11-02T10:15:03.500Z"),
        ("Nov 22 2026 10:15:03", "2026-11-22T10:15:03Z"),
        ("Nov 22, 2026 10:15:03 PM", "2026-11-22T22:15:03Z"),
        ("November 22, 2026, 12:15:03 AM", "2026-11-22T00:15:03Z"),
        ("081109 203615", "2008-11-09T20:36:15Z"),
        ("081109 20:36:15", "2008-11-09T20:36:15Z"),
        ("17/06/09 20:10:40", "2017-06-09T20:10:40Z"),
        ("1122 10:15:03.123456", "2026-11-22T10:15:03.123456Z"),
        ("11-22 10:15:03.123", "2026-11-22T10:15:03.123Z"),
        ("11/22/2026 10:15:03 AM", "2026-11-22T10:15:03Z"),
        ("11/22/2026, 10:15:03 PM", "2026-11-22T22:15:03Z"),
        ("22/11/2026 10:15:03", "2026-11-22T10:15:03Z"),
        ("22.11.2026 10:15:03,250", "2026-11-22T10:15:03.250Z"),
        ("11/22/26 22:15:03", "2026-11-22T22:15:03Z"),
        ("1795342503", "2026-11-22T10:15:03Z"),
        ("1795342503.25", "2026-11-22T10:15:03.250Z"),
        ("1795342503250", "2026-11-22T10:15:03.250Z"),
        ("1795342503250.5", "2026-11-22T10:15:03.250500Z"),
        ("1795342503250001", "2026-11-22T10:15:03.250001Z"),
        ("1795342503250000001", "2026-11-22T10:15:03.250000001Z"),
        ("10:15:03.125", "2026-11-22T10:15:03.125Z"),
        ("10:15:03 PM", "2026-11-21T22:15:03Z"),
        // A leap second is the first of the next minute, as POSIX counts.
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        // No times.
        ("2026-13-22 10:15:03", "none"),
        ("2026-02-30 10:15:03", "none"),
        ("2026-11-22 25:15:03", "none"),
        ("31/Feb/2026:10:15:03 +0000", "none"),
        ("12345", "none"),
        ("10:15", "none"),
        ("2026-11-22T10:15:03Zebra", "none"),
        ("-", "none"),
        ("", "none"),
    ] {
        assert_eq!(shown(&TimeForm::auto(), text, &utc()), expected, "{text}");
    }
}

#[test]
fn a_missing_year_or_date_is_the_one_near_the_file() {
    for (text, zone_name, near, expected) in [
        ("Dec 31 23:59:59", "UTC", "2026-01-01T00:00:05Z", "2025-12-31T23:59:59Z"),
        ("Jan  1 00:00:01", "UTC", "2025-12-31T23:59:58Z", "2026-01-01T00:00:01Z"),
        ("Nov 24 10:15:03", "UTC", "2026-11-22T10:00:00Z", "2025-11-24T10:15:03Z"),
        ("Feb 29 10:15:03", "UTC", "2026-11-22T10:00:00Z", "2024-02-29T10:15:03Z"),
        ("Jan  1 07:00:00", "Asia/Shanghai", "2025-12-31T23:10:00Z", "2025-12-31T23:00:00Z"),
        ("23:59:59", "UTC", "2026-11-22T00:00:05Z", "2026-11-21T23:59:59Z"),
        ("00:00:05", "UTC", "2026-11-22T00:00:05Z", "2026-11-22T00:00:05Z"),
        ("16:42:09.543", "Asia/Shanghai", "2023-01-29T08:42:10Z", "2023-01-29T08:42:09.543Z"),
    ] {
        assert_eq!(shown(&TimeForm::auto(), text, &context(zone_name, near)), expected, "{text} near {near}");
    }
}

#[test]
fn a_configured_zone_completes_what_names_none() {
    for (text, zone_name, expected) in [
        ("2026-07-01 12:00:00", "Europe/Berlin", "2026-07-01T10:00:00Z"),
        ("2026-12-01 12:00:00", "Europe/Berlin", "2026-12-01T11:00:00Z"),
        ("2026-12-01 12:00:00Z", "Europe/Berlin", "2026-12-01T12:00:00Z"),
        ("2026-12-01 12:00:00", "+05:30", "2026-12-01T06:30:00Z"),
        // The hour that does not exist lies after the gap, the one that exists twice is its first (RFC 5545).
        ("2026-03-29 02:30:00", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-12-01 12:00:00 CST", "UTC", "2026-12-01T18:00:00Z"),
        ("2026-12-01 12:00:00 CST", "Asia/Shanghai", "2026-12-01T04:00:00Z"),
    ] {
        assert_eq!(shown(&TimeForm::auto(), text, &context(zone_name, "2026-12-02T00:00:00Z")), expected, "{text} in {zone_name}");
    }
    assert!(zone("Middle/Earth").is_none());
}

#[test]
fn formats_of_the_user() {
    for (format, text, expected) in [
        ("%d/%b/%Y:%H:%M:%S %z", "22/Nov/2026:10:15:03 +0100", "2026-11-22T09:15:03Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2026-11-22 10:15:03.25", "2026-11-22T10:15:03.250Z"),
        ("%Y-%m-%dT%H:%M:%S%.f%:z", "2026-11-22T10:15:03+02:00", "2026-11-22T08:15:03Z"),
        ("%F %T,%L", "2026-11-22 10:15:03,250", "2026-11-22T10:15:03.250Z"),
        ("%d.%m.%y %R", "22.11.26 10:15", "2026-11-22T10:15:00Z"),
        ("%I:%M:%S %p on %m/%d/%Y", "10:15:03 PM on 11/22/2026", "2026-11-22T22:15:03Z"),
        ("%Y%j %H%M%S", "2026326 101503", "2026-11-22T10:15:03Z"),
        ("%s", "1795342503", "2026-11-22T10:15:03Z"),
        ("%c", "Sun Nov 22 10:15:03 2026", "2026-11-22T10:15:03Z"),
        ("dd/MMM/yyyy HH:mm:ss,SSS", "22/Nov/2026 10:15:03,250", "2026-11-22T10:15:03.250Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-11-22T10:15:03.250+01:00", "2026-11-22T09:15:03.250Z"),
        ("%H:%M:%S", "10:15:03", "2026-11-22T10:15:03Z"),
        ("%Y-%m-%d", "2026-11-22 10:15:03", "none"),
        ("%d/%m/%Y", "22/Nov/2026", "none"),
    ] {
        assert_eq!(shown(&TimeForm::compile(format).unwrap(), text, &utc()), expected, "{format}: {text}");
    }
    for wrong in ["%Y-%!", "nothing", "%Y %"] {
        assert!(TimeForm::compile(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_time_is_found_in_a_line() {
    for (line, expected, form) in [
        ("[Sun Dec 04 04:47:44 2005] [notice] ok", "Sun Dec 04 04:47:44 2005", Form::MonthDay),
        ("- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02", "1117838570", Form::Epoch),
        ("nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO x", "2017-05-16 00:00:00.008", Form::Iso),
        ("2015-07-29 17:41:44,747 - INFO  [x] - y", "2015-07-29 17:41:44,747", Form::Iso),
        ("10.0.3.17 - - [22/Nov/2026:10:15:03 +0000] \"GET / HTTP/1.1\"", "22/Nov/2026:10:15:03 +0000", Form::DayMonth),
        ("17/06/09 20:10:40 INFO x", "17/06/09 20:10:40", Form::Numeric(DateOrder::YearFirst)),
        ("081109 203615 148 INFO dfs", "081109 203615", Form::Short),
        ("20171223-22:15:29:606|Step_LSC|30002312|x", "20171223-22:15:29:606", Form::Iso),
        ("INFO 16:42:09.543 x.Y at 2026-11-22 10:15:03", "16:42:09.543", Form::Clock),
        ("the train of 16:42:09 left on 2026-11-22 10:15:03", "2026-11-22 10:15:03", Form::Iso),
        ("16:42:09.543 INFO  x.Y", "16:42:09.543", Form::Clock),
        ("level=info ts=2026-11-22T10:15:03Z msg=x", "2026-11-22T10:15:03Z", Form::Iso),
        ("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: x", "Jun 14 15:16:01", Form::MonthDay),
    ] {
        let (range, found) = scan(line).unwrap_or_else(|| panic!("nothing in {line}"));
        assert_eq!((&line[range], found), (expected, form));
    }
    for line in ["wrote app-2026-11-22-10.15.03.log", "", "version 1.2.3", "block 12345678901234567890", "10:15 tea"] {
        assert_eq!(scan(line), None, "{line}");
    }
}

#[test]
fn the_order_of_a_numeric_date_is_settled_by_several_lines() {
    let near = utc().near;
    for (samples, order) in [
        (vec!["03/04/2026 10:00:00", "03/13/2026 10:00:00"], DateOrder::MonthFirst),
        (vec!["03/04/2026 10:00:00", "13/04/2026 10:00:00"], DateOrder::DayFirst),
        (vec!["01/12/2026 10:00:00"], DateOrder::MonthFirst),
        (vec!["11/12/2026 10:00:00", "12/12/2026 10:00:00"], DateOrder::MonthFirst),
        (vec!["01/11/2026 10:00:00", "02/11/2026 10:00:00", "03/11/2026 10:00:00"], DateOrder::DayFirst),
        (vec!["03.04.2026 10:00:00"], DateOrder::DayFirst),
        (vec!["17/06/09 20:10:40", "17/06/10 20:10:40"], DateOrder::YearFirst),
    ] {
        let form = settle_order(Form::Numeric(DateOrder::MonthFirst), &samples, near);
        assert_eq!(form, Form::Numeric(order), "{samples:?}");
    }
}

#[test]
fn remembering_changes_nothing() {
    let mut reader = TimeReader::new(TimeForm::auto());
    let (one, other) = (utc(), context("UTC", "2024-01-01T00:00:00Z"));
    for (text, context) in [
        ("2026-11-22 10:15:03.1", &one),
        ("2026-11-22 10:15:03.25", &one),
        ("2026-11-22 10:15:03", &one),
        ("2026-11-22 10:15:03", &one),
        ("2026-11-22 10:15:03.", &one),
        ("2026-11-22 10:15:03.1 +0100", &one),
        ("2026-11-22 10:15:03.9 +0100", &one),
        ("Nov 22 10:15:03", &one),
        ("Nov 22 10:15:03", &other),
        ("12:00:00.000", &one),
        ("12:00:00.001", &one),
        ("20171223-23:21:0:5", &one),
        ("20171223-23:21:0:50", &one),
    ] {
        assert_eq!(reader.read(text.as_bytes(), context), TimeForm::auto().parse(text, context), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_time_or_none(text in "\\PC*", near in any::<i64>()) {
        let context = TimeContext { zone: zone("Europe/Berlin").unwrap(), near: Timestamp(near) };
        let _ = TimeForm::auto().parse(&text, &context);
        if let Some((range, _)) = scan(&text) {
            prop_assert!(text.get(range).is_some());
        }
    }

    #[test]
    fn anything_like_a_time_is_a_time_or_none(text in "[0-9:., TZ/+\\[\\]JanFebSuAPM-]{0,40}", near in any::<i64>()) {
        let context = TimeContext { zone: zone("America/New_York").unwrap(), near: Timestamp(near) };
        let read = TimeForm::auto().parse(&text, &context);
        let mut reader = TimeReader::new(TimeForm::auto());
        prop_assert_eq!(reader.read(text.as_bytes(), &context), read);
        prop_assert_eq!(reader.read(text.as_bytes(), &context), read);
        if let Some((range, _)) = scan(&text) {
            prop_assert!(text.get(range).is_some());
        }
        for form in Form::ALL {
            let _ = TimeForm::of(form).parse(&text, &context);
        }
    }

    #[test]
    fn what_rfc_3339_writes_is_read_back(nanos in 0i64..4_000_000_000_000_000_000) {
        let moment = Timestamp(nanos);
        prop_assert_eq!(TimeForm::auto().parse(&moment.to_string(), &utc()), Some(moment));
    }

    #[test]
    fn any_format_compiles_or_says_why(format in "\\PC*", text in "\\PC*") {
        if let Ok(form) = TimeForm::compile(&format) {
            let _ = form.parse(&text, &utc());
        }
    }
}
