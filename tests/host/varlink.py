# SPDX-License-Identifier: MIT
"""The protocol, by the words of varlink.org; run by varlink.test."""
import re
from varlink_client import Client, answers, check, done

HOST = "org.corbel.Host."
SERVICE = "org.varlink.service."

client = Client()
info = client.call(SERVICE + "GetInfo")
check("names_its_interfaces", info["parameters"]["interfaces"] == ["org.varlink.service", "org.corbel.Host"], info)
check("has_all_members_of_an_info",
      all(isinstance(info["parameters"].get(m), str) for m in ("vendor", "product", "version", "url")), info)

description = client.call(SERVICE + "GetInterfaceDescription", {"interface": "org.corbel.Host"})
text = description["parameters"]["description"]
check("describes_its_interface", text.lstrip().startswith("#") and "\ninterface org.corbel.Host\n" in text, text)
described = set(re.findall(r"^method ([A-Z]\w*)", text, re.M))
unknown = [m for m in described
           if client.call(HOST + m, {"no_such": 1}).get("error") != SERVICE + "InvalidParameter"]
check("has_every_method_that_it_describes", described and not unknown, unknown)

reply = client.call("org.none.Such.Thing")
check("refuses_an_unknown_interface", reply == {"error": SERVICE + "InterfaceNotFound",
                                                "parameters": {"interface": "org.none.Such"}}, reply)
reply = client.call(HOST + "NoSuch")
check("refuses_an_unknown_method", reply["error"] == SERVICE + "MethodNotFound", reply)
reply = client.call(HOST + "DescribePlugin", {"name": 3})
check("refuses_a_parameter_of_another_type", reply == {"error": SERVICE + "InvalidParameter",
                                                       "parameters": {"parameter": "name"}}, reply)
reply = client.call(HOST + "MonitorStates")
check("streams_only_to_who_expects_more", reply["error"] == SERVICE + "ExpectedMore", reply)

plugins = {p["name"]: p for p in client.call(HOST + "ListPlugins")["parameters"]["plugins"]}
check("lists_the_plugins", sorted(plugins) == ["teller", "ticker"], plugins)
check("both_run", all(p["state"] == "running" for p in plugins.values()), plugins)
check("says_who_requires_it", plugins["ticker"]["users"] == ["teller"], plugins)
reply = client.call(HOST + "DescribePlugin", {"name": "ticker"})
check("describes_a_plugin", reply["parameters"]["plugin"]["summary"] == "Counts, and says so", reply)
reply = client.call(HOST + "DescribePlugin", {"name": "tocker"})
check("names_a_plugin_that_is_not_there", reply == {"error": HOST + "PluginNotFound",
                                                    "parameters": {"name": "tocker"}}, reply)
services = client.call(HOST + "ListServices")["parameters"]["services"]
check("lists_the_services", [(s["interface"], s["version"], s["plugin"]) for s in services]
      == [("corbel.monitor", "1.0", "host"), ("test.ticker", "1.0", "ticker")], services)
topics = client.call(HOST + "ListTopics")["parameters"]["topics"]
check("lists_the_topics", [t["name"] for t in topics] == ["corbel.monitor.changed", "test.ticker.tick"], topics)
metrics = client.call(HOST + "GetMetrics")["parameters"]["metrics"]
check("counts_starts", {m["plugin"]: m["starts"] for m in metrics} == {"ticker": 1, "teller": 1}, metrics)

client.ask(HOST + "GetInfo", oneway=True)
client.ask(HOST + "GetInfo")
client.ask(SERVICE + "GetInfo")
first, second = client.next(), client.next()
check("does_not_answer_a_oneway_call", "running" in first["parameters"], first)
check("answers_calls_in_their_order", "vendor" in second["parameters"], second)

events = Client()
events.ask(HOST + "MonitorEvents", {"pattern": "test.*"}, more=True)
first = events.next()
check("says_when_a_stream_stands", first["continues"] and "event" not in first["parameters"], first)
numbers = []
for _ in range(3):
    event = events.next()["parameters"]["event"]
    numbers.append(event["fields"]["n"])
check("streams_events_in_their_order", numbers == list(range(numbers[0], numbers[0] + 3)), numbers)
check("events_have_their_fields", event["topic"] == "test.ticker.tick" and event["publisher"] == "ticker"
      and event["fields"]["word"] == "tick", event)
events.close()
bad = Client()
bad.ask(HOST + "MonitorEvents", {"pattern": "a..b"}, more=True)
reply = bad.next()
check("refuses_what_is_no_pattern", reply["error"] == HOST + "Failed" and reply["parameters"]["errno"] == 22, reply)

states = Client()
states.ask(HOST + "MonitorStates", more=True)
names = []
while True:
    reply = states.next()
    if "plugin" not in reply["parameters"]:
        break
    names.append(reply["parameters"]["plugin"]["name"])
check("tells_all_states_at_first", sorted(names) == ["teller", "ticker"], names)
check("stop_replies", client.call(HOST + "Stop", {"name": "ticker"}) == {"parameters": {}})
stopped = []
while len(stopped) < 2:
    plugin = states.next()["parameters"]["plugin"]
    if plugin["state"] == "stopped":
        stopped.append(plugin["name"])
check("stops_first_what_requires_it", stopped == ["teller", "ticker"], stopped)
check("start_replies", client.call(HOST + "Start", {"name": "ticker"}) == {"parameters": {}})
running = []
while len(running) < 2:
    plugin = states.next()["parameters"]["plugin"]
    if plugin["state"] == "running":
        running.append(plugin["name"])
check("starts_again_what_was_stopped_on_its_account", running == ["ticker", "teller"], running)

reply = client.call(HOST + "Reload", {"plugins": ["ticker"], "dry_run": True, "anyway": True})
report = reply["parameters"]["report"]
check("a_reload_has_a_report", report["outcome"] == "done" and report["code"] == 0, reply)
check("a_report_names_the_plugins", [(p["name"], p["from"], p["to"], p["generation"]) for p in report["plugins"]]
      == [("ticker", "1.0.0", "1.0.0", plugins["ticker"]["generation"] + 1)], reply)
reply = client.call(HOST + "Reload", {"plugins": ["ticker"]})
check("a_reload_that_is_refused_is_an_error", reply["error"] == HOST + "ReloadRefused"
      and reply["parameters"]["report"]["outcome"] == "unchanged", reply)
described_outcomes = re.search(r"^type Outcome \(([^)]*)\)", text, re.M).group(1).replace(",", " ").split()
check("numbers_outcomes_as_described", described_outcomes[reply["parameters"]["report"]["code"]] == "unchanged"
      and described_outcomes[-1] == "restore_failed" and len(described_outcomes) == 13, described_outcomes)
reply = client.call(HOST + "Reload", {"plugins": ["tocker"]})
check("reloads_no_unknown_plugin", reply == {"error": HOST + "PluginNotFound", "parameters": {"name": "tocker"}}, reply)
for parameters in ({"plugins": "ticker"}, {"plugins": [3]}, {"plugins": []}):
    reply = client.call(HOST + "Reload", parameters)
    check("refuses_names_that_are_%s" % type((parameters["plugins"] or [None])[0]).__name__,
          reply == {"error": SERVICE + "InvalidParameter", "parameters": {"parameter": "plugins"}}, reply)
reply = client.call(HOST + "Reload", {"plugins": ["ticker"], "timeout": 3600001})
check("refuses_a_timeout_of_more_than_an_hour", reply["parameters"] == {"parameter": "timeout"}, reply)
gone = Client()
gone.ask(HOST + "Reload", {"plugins": ["ticker"], "dry_run": True, "anyway": True})
gone.close()
check("outlives_a_caller_who_goes", answers())

log = Client()
log.ask(HOST + "MonitorLog", {"backlog": 1000, "plugin": "ticker"}, more=True)
lines = []
while True:
    parameters = log.next()["parameters"]
    if "line" not in parameters:
        break
    lines.append(parameters["line"])
check("gives_lines_of_before", [l["text"] for l in lines if l["level"] == "notice"]
      == ["ticking", "silent", "ticking"], lines)
client.call(HOST + "Restart", {"name": "ticker"})
texts = [log.next()["parameters"]["line"]["text"] for _ in range(2)]
check("gives_lines_as_they_come", texts == ["silent", "ticking"], texts)

half = Client()
half.ask(HOST + "GetInfo")
half.socket.shutdown(1)
check("answers_one_who_has_ended_to_send", "parameters" in (half.next() or {}))
check("closes_after_that", half.next() is None)
check("answers_still", answers())
done()
