//! Lines without a date, and events of Windows as XML.

use super::{check, detect, shown};

#[test]
fn kernels_and_x_org() {
    check(
        "dmesg",
        &[
            ("[    0.000000] Linux version 6.8.0-45-generic (buildd@lcy02) #45-Ubuntu SMP", &["message=Linux version 6.8.0-45-generic"]),
            (
                "[12345.678901] usb 1-1: new device number 5",
                &["component=usb", "message=usb 1-1: new device number 5", "+uptime_s=12345.678901"],
            ),
            ("[12346.102211] EXT4-fs (sda1): mounted filesystem", &["component=EXT4-fs"]),
            ("<3>[12347.002211] Out of memory: Killed process 812", &["severity=error", "message=Out of memory: Killed process 812"]),
            ("kern  :warn  : [12348.002211] CPU0: throttled", &["severity=warn", "component=CPU0"]),
            ("[    12.345] (EE) Failed to load module", &["severity=error", "message=(EE) Failed to load module"]),
        ],
    );
    // Seconds since 1970 are a time.
    let detected = detect(&["[1795342503.123] started", "[1795342504.123] stopped"]);
    assert_eq!(detected.name, "log4j");
    assert!(shown(&*detected.parser, "[1795342503.123] started").contains("time=2026-11-22T10:15:03.123Z"));
}

#[test]
fn android_coturn_and_tuxedo() {
    check(
        "logcat",
        &[
            ("--------- beginning of main", &["(not"]),
            (
                "I/ActivityManager( 1234): Start proc 4711",
                &["severity=info", "component=ActivityManager", "pid=1234", "message=Start proc 4711"],
            ),
            ("E/AndroidRuntime(  471): FATAL EXCEPTION: main", &["severity=error", "component=AndroidRuntime"]),
            (
                "W( 1234) Slow operation: 812ms  (ActivityManager)",
                &["severity=warn", "component=ActivityManager", "message=Slow operation: 812ms"],
            ),
        ],
    );
    check(
        "coturn",
        &[
            ("0: : log file opened: /var/log/turn.log", &["message=log file opened: /var/log/turn.log"]),
            (
                "12: (4711): INFO: session 001: closed, user <bob> realm <shop>, local 10.0.9.4:3478, remote 10.0.3.17:51234, reason: timeout",
                &["severity=info", "thread=4711", "source=10.0.3.17:51234", "+uptime_s=12"],
            ),
            ("14: (4711): ERROR: check_stun_auth: no user <eve>", &["severity=error", "message=check_stun_auth: no user <eve>"]),
        ],
    );
    check(
        "tuxedo",
        &[
            (
                "101503.host1!BBL.4711.1.0: LIBTUX_CAT:262: INFO: Standard main starting",
                &[
                    "host=host1",
                    "component=BBL",
                    "pid=4711",
                    "severity=info",
                    "message=Standard main starting",
                    "+message_id=LIBTUX_CAT:262",
                ],
            ),
            (
                "101503.250.host1!PRICE.4712.2.0: gtrid x0 x12 x1: ERROR: service failed",
                &["time=2026-11-22T10:15:03.250Z", "thread=2", "severity=error", "message=service failed", "+gtrid=x0 x12 x1"],
            ),
        ],
    );
}

#[test]
fn events_of_windows() {
    let one = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control Manager'/><EventID \
               Qualifiers='16384'>7036</EventID><Level>2</Level><TimeCreated SystemTime='2026-11-22T10:15:03.2500000Z'/><Execution \
               ProcessID='712' ThreadID='4711'/><Channel>System</Channel><Computer>web-1</Computer></System><EventData><Data \
               Name='param1'>A &amp; B</Data><Data Name='empty'/><Data Name='IpAddress'>10.0.3.17</Data></EventData></Event>";
    check(
        "windows_event",
        &[(
            one,
            &[
                "time=2026-11-22T10:15:03.250Z",
                "severity=error",
                "component=Service Control Manager",
                "host=web-1",
                "pid=712",
                "thread=4711",
                "source=10.0.3.17",
                "message=param1=A & B IpAddress=10.0.3.17",
                "+event_id=7036",
                "+channel=System",
                "+param1=A & B",
            ],
        )],
    );
    let lines = [
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<Events>",
        "<Event>",
        "  <System>",
        "    <Provider Name=\"Shop\" />",
        "    <Level>3</Level>",
        "    <TimeCreated SystemTime=\"2026-11-22T10:15:03.25Z\" />",
        "    <Computer>web-1</Computer>",
        "  </System>",
        "  <RenderingInfo Culture=\"en-US\">",
        "    <Message>stock is low</Message>",
        "  </RenderingInfo>",
        "</Event>",
        "</Events>",
    ];
    let detected = detect(&lines);
    assert_eq!((detected.name.as_str(), detected.confidence), ("windows_event", 1.0));
    let event = shown(&*detected.parser, &lines[2..].join("\n"));
    for pair in ["time=2026-11-22T10:15:03.250Z", "severity=warn", "component=Shop", "message=stock is low"] {
        assert!(event.contains(pair), "{pair} in {event}");
    }
    assert_eq!(shown(&*detected.parser, &lines[..2].join("\n")), "(not an event)");
}
