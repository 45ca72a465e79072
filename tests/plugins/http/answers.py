# SPDX-License-Identifier: MIT
"""What the plugin http answers; run by http.test."""
import os
import re
import shutil
import signal
import socket
import subprocess
from wire import Reply, Wire, address, check, check_equal, done, get, log_lines, say, wait_for

HOST = b"Host: test\r\n"
LAST = b"Connection: close\r\n\r\n"


def statuses(raw):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", raw)]


def configure(old, new):
    with open(os.environ["config"]) as config:
        text = config.read()
    with open(os.environ["config"], "w") as config:
        config.write(text.replace(old, new))
    os.kill(int(os.environ["pid"]), signal.SIGHUP)


def control(*words):
    return subprocess.run([os.environ["corbelctl"]] + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


def samples(text):
    """Of the text format: by name and labels."""
    return dict(line.rsplit(" ", 1) for line in text.split("\n") if line and not line.startswith("#"))


# Pages.
types = {"/": "text/html; charset=utf-8", "/page.css": "text/css; charset=utf-8",
         "/page.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml"}
for path, kind in types.items():
    name = "index.html" if path == "/" else path[1:]
    with open("%s/plugins/http/page/%s" % (os.environ["top_srcdir"], name), "rb") as source:
        expected = source.read()
    reply = get(path)
    check_equal("serves_%s_as_it_is" % name, (reply.status, reply.headers.get("content-type"), reply.body),
                (200, kind, expected))
reply = get("/")
check("keeps_the_page_to_itself", reply.headers["content-security-policy"].startswith("default-src 'self';") and
      reply.headers["x-content-type-options"] == "nosniff" and reply.headers["referrer-policy"] == "no-referrer",
      reply.headers)
tag = reply.headers["etag"]
again = get("/", headers=["If-None-Match: " + tag])
check_equal("tells_who_has_a_page_that_it_is_the_same", (again.status, again.body), (304, b""))
check_equal("sends_another_to_who_has_another", get("/", headers=['If-None-Match: "0"']).status, 200)
head = get("/", "HEAD")
check_equal("says_of_a_page_how_long_it_is", (head.status, head.headers.get("content-length"), head.body),
            (200, str(len(reply.body)), b""))
check_equal("takes_a_query", get("/icon.svg?x=1").status, 200)

# Data.
told = get("/api/plugins").json()
check_equal("tells_of_the_host", told["host"],
            {"name": "made \"up\"\nhost \\ \ufffd", "version": "9.9", "pid": 4711, "started": 1.5})
patient = dict(told["plugins"][0], starts=None)
check_equal("tells_of_plugins", patient, {
    "name": "patient", "version": "1.2.3", "summary": "Waits", "state": "running", "reason": "", "since": 2.0,
    "starts": None, "published": 11, "delivered": 12, "dropped": 13, "queued": 14, "holdings": 15, "dormant": False,
    "provides": ["test.bed 1.0"], "needs": ["test.room 2.1"], "wishes": ["test.window 3.0"]})
check_equal("tells_of_services", told["services"][1],
            {"interface": "test.bed", "version": "1.0", "plugin": "patient", "rank": -1, "uses": 2, "dormant": False})
check_equal("tells_of_topics", told["topics"],
            [{"name": "test.bed.\"a\\b\"", "published": 21, "publishers": 22, "subscribers": 23}])
sensors = wait_for(lambda: {sensor["name"]: sensor for sensor in get("/api/sensors").json()["sensors"]})
with open("/proc/meminfo") as meminfo:
    total = int(meminfo.readline().split()[1]) * 1024
check_equal("tells_of_sensors", (sensors["memory.total"]["value"], sensors["memory.total"]["unit"]), (total, "bytes"))
alerts = wait_for(lambda: get("/api/alerts").json()["alerts"])
check_equal("tells_of_alerts", [(alert["rule"], alert["sensor"], alert["value"]) for alert in alerts],
            [("full", "memory.total", total)])
check("tells_what_raised_an_alert_and_since_when",
      "> 1" in alerts[0]["expression"] and alerts[0]["since"] > 1.7e9, alerts)
check_equal("is_well", (get("/health").status, get("/health").body), (200, b"ok\n"))

# Metrics.
reply = get("/metrics")
text = reply.body.decode()
values = samples(text)
check_equal("names_the_text_format", reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
check_equal("measures_the_state_of_plugins",
            [values['corbel_plugin_state{plugin="patient",state="%s"}' % state] for state in ("running", "failed")],
            ["1", "0"])
check_equal("measures_what_a_plugin_dropped", values['corbel_plugin_events_dropped_total{plugin="patient"}'], "13")
check_equal("measures_offers_that_look_alike_as_one",
            values['corbel_service_uses{interface="test.bed",version="1.0",plugin="patient"}'], "4")
check_equal("measures_sensors_in_base_units", values['corbel_sensor_bytes{sensor="memory.total"}'], str(total))
check("measures_shares_from_0_to_1", wait_for(
    lambda: 0 <= float(samples(get("/metrics").body.decode()).get('corbel_sensor_ratio{sensor="cpu.busy"}', -1)) <= 1))
check_equal("counts_alerts", values["corbel_alerts_raised"], "1")
check("counts_its_responses", int(values['corbel_http_responses_total{code="304"}']) == 1, text)
promtool = shutil.which("promtool")
if promtool:
    verdict = subprocess.run([promtool, "check", "metrics"], input=reply.body, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    check("promtool_finds_nothing_wrong", verdict.returncode == 0 and not verdict.stdout, verdict.stdout.decode())
else:
    check("promtool_finds_nothing_wrong # SKIP promtool is missing", True)
try:
    from prometheus_client.parser import text_string_to_metric_families
    families = {family.name: family for family in text_string_to_metric_families(text)}
    names = [(sample.name, tuple(sorted(sample.labels.items())))
             for family in families.values() for sample in family.samples]
    check_equal("another_parser_reads_the_same",
                families["corbel_info"].samples[0].labels["name"], "made \"up\"\nhost \\ \ufffd")
    check_equal("no_series_is_there_twice", len(names), len(set(names)))
except ImportError:
    check("another_parser_reads_the_same # SKIP prometheus_client is missing", True)

# Events.
stream = Wire().ask("/events")
head = Reply(stream.until(b"\r\n\r\n"))
check_equal("opens_a_stream", (head.status, head.headers["content-type"]), (200, "text/event-stream"))
check("says_when_to_come_back", b"retry: 1000" in stream.until(b"\n\n"))
first = dict(stream.event() for _ in range(3))
check_equal("tells_all_at_first", set(first), {"plugins", "sensors", "alerts"})
check_equal("tells_a_stream_what_it_tells_others", (first["plugins"]["host"], first["alerts"]),
            (told["host"], {"alerts": alerts}))
later = [stream.event() for _ in range(6)]
check_equal("goes_on_telling_what_changes", {name for name, _ in later}, {"plugins", "sensors"})
configure("[plugin teller]", "[plugin teller]\nstate = 8\nreason = out of \"bread\"")
check_equal("tells_a_change", wait_for(lambda: stream.event()[1].get("plugins", [{}])[0].get("reason")),
            "out of \"bread\"")
reply = get("/health")
check_equal("is_not_well_then", (reply.status, reply.body), (503, b"patient is failed: out of \"bread\"\n"))
check_equal("closes_a_stream_of_who_only_wants_its_head", get("/events", "HEAD").status, 200)
old = Wire().ask("/events", version="1.0")
check("speaks_1_0_to_who_does", b"\n\nevent: " in old.until(b"\n\n") + old.until(b"\n\n"))
old.close()

# One connection, several requests.
wire = Wire()
check_equal("serves_one_after_the_other", [wire.ask(path).reply().status for path in ("/", "/nowhere", "/icon.svg")],
            [200, 404, 200])
for path in ("/health", "/icon.svg", "/nowhere"):
    wire.ask(path)
wire.ask("/page.js", headers=["Connection: close"])
check_equal("serves_what_comes_in_one_piece", statuses(wire.rest()), [503, 200, 404, 200])
wire = Wire().ask("/")
wire.socket.shutdown(socket.SHUT_WR)
check_equal("serves_who_has_said_all", statuses(wire.rest()), [200])

# What is wrong.
LONG = b"a" * 1000000
wrong = [
    ("a_path_that_is_not_there", 404, b"GET /nowhere HTTP/1.1\r\n" + HOST + LAST),
    ("a_way_up", 400, b"GET /../etc/passwd HTTP/1.1\r\n" + HOST + LAST),
    ("a_way_up_at_the_end", 400, b"GET /api/.. HTTP/1.1\r\n" + HOST + LAST),
    ("an_escaped_way_up", 404, b"GET /%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + LAST),
    ("an_escaped_end", 404, b"GET /health%00.html HTTP/1.1\r\n" + HOST + LAST),
    ("no_path", 400, b"GET health HTTP/1.1\r\n" + HOST + LAST),
    ("another_server", 400, b"GET http://else.where/ HTTP/1.1\r\n" + HOST + LAST),
    ("bytes_beyond_ascii", 400, b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + LAST),
    ("no_host", 400, b"GET / HTTP/1.1\r\n" + LAST),
    ("another_version", 505, b"GET / HTTP/3.0\r\n" + HOST + LAST),
    ("TRACE", 405, b"TRACE / HTTP/1.1\r\n" + HOST + LAST),
    ("OPTIONS", 405, b"OPTIONS * HTTP/1.1\r\n" + HOST + LAST),
    ("a_made_up_method", 405, b"BREW /pot HTTP/1.1\r\n" + HOST + LAST),
    ("a_form", 405, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n" + LAST + b"a=b"),
    ("a_huge_form", 405, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n" + LAST + LONG),
    ("a_body", 413, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n" + LAST + b"a=b"),
    ("a_body_in_chunks", 413, b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" + LAST + b"0\r\n\r\n"),
    ("a_body_to_come", 413, b"GET / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n" + LAST),
    ("a_huge_path", 414, b"GET /" + LONG + b" HTTP/1.1\r\n" + HOST + LAST),
    ("a_huge_header", 431, b"GET / HTTP/1.1\r\nX: " + LONG + b"\r\n" + HOST + LAST),
    ("many_headers", 431, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000 + HOST + LAST),
]
for claim, status, raw in wrong:
    reply = say(raw)
    check_equal("answers_%s_by_%d" % (claim, status), (reply.status, statuses(reply.raw)[1:]), (status, []))
check_equal("says_which_methods_there_are", get("/", "PUT").headers.get("allow"), "GET, HEAD")
check("says_what_is_wrong_in_json", "corbel-http(7)" in get("/nowhere").json()["error"])
check_equal("closes_what_is_no_http", say(b"hello\r\n\r\n").raw, b"")

# Without those behind.
control("stop", "sensors")
reply = wait_for(lambda: [reply for reply in [get("/api/sensors")] if reply.status == 503])[0]
check_equal("says_that_nobody_reads_sensors", reply.json(), {"error": "nobody offers corbel.sensors"})
check("goes_on_measuring_the_rest", "corbel_sensor_bytes{" not in get("/metrics").body.decode())
control("stop", "rules")
check_equal("tells_that_nobody_knows_of_alerts", wait_for(lambda: dict([stream.event()]).get("alerts", {}).get("error")),
            "nobody offers corbel.rules")
check_equal("says_so_to_who_asks", get("/api/alerts").status, 503)
control("start", "sensors")
check("tells_of_sensors_again", wait_for(lambda: get("/api/sensors").status == 200))

# Where it listens.
before = address()
blocker = socket.create_server(("127.0.0.1", 0))
taken = "127.0.0.1:%d" % blocker.getsockname()[1]
configure("listen = 127.0.0.1:0", "listen = " + taken)
lines = wait_for(lambda: log_lines("cannot listen on"))
check("says_that_a_port_is_taken_and_what_to_do",
      "cannot listen on %s: Address already in use" % taken in lines[0] and "set listen in [plugin http]" in lines[0],
      lines)
check_equal("goes_on_where_it_was", (address(), get("/icon.svg").status), (before, 200))
blocker.close()
configure("timeout", "timeout")
check("moves_to_another_port", wait_for(lambda: log_lines("serving http://%s/" % taken)) and
      get("/icon.svg").status == 200)
check("keeps_streams_when_it_moves", stream.event() is not None)
control("restart", "http")
check("ends_streams_when_it_stops", wait_for(stream.has_ended))
check("serves_after_a_restart", wait_for(lambda: len(log_lines("serving http://%s/" % taken)) > 1) and
      get("/icon.svg").status == 200, log_lines("http"))
control("stop", "http")
shown = control("show", "http").stdout
check("leaves_nothing_behind", "unloaded" in shown, shown)
done()
