# SPDX-License-Identifier: MIT
"""Clients that are slow, endless, too many, or talk garbage; run by control.test."""
import os
import random
import resource
import subprocess
import time
from varlink_client import Client, answers, check, done, skip, wait_for

HOST = "org.corbel.Host."


def end_of(data):
    """Sends data on a fresh connection: the error that comes back, and whether it was closed then."""
    client = Client()
    client.send(data)
    reply = client.next()
    closed = client.next() is None if reply else True
    client.close()
    return (reply or {}).get("error"), closed


def descriptors():
    return len(os.listdir("/proc/%s/fd" % os.environ["host_pid"]))


before = descriptors()
check("refuses_garbage_and_closes", end_of(b"hello?\0") == (HOST + "Malformed", True))
check("refuses_an_empty_message", end_of(b"\0") == (HOST + "Malformed", True))
check("refuses_a_storm_of_nuls", end_of(b"\0" * 1000000) == (HOST + "Malformed", True))
check("refuses_deep_nesting", end_of(b"[" * 9000 + b"\0") == (HOST + "Malformed", True))
check("refuses_more_values_than_a_call_has", end_of(b"{}," * 300000 + b"\0") == (HOST + "TooLong", True))
check("refuses_an_endless_line", end_of(b"x" * (1024 * 1024 + 70000)) == (HOST + "TooLong", True))

generator = random.Random(1)
for _ in range(50):
    client = Client()
    client.send(bytes(generator.randrange(256) for _ in range(generator.randrange(1, 2000))))
    client.close()
check("survives_random_bytes", answers())
for _ in range(50):
    client = Client()
    client.ask(HOST + "MonitorEvents", {"pattern": "*"}, more=True)
    client.close()
check("survives_watchers_that_go_at_once", answers())

check("gives_back_what_they_held", wait_for(lambda: descriptors() <= before), (before, descriptors()))

taken = set(map(int, os.listdir("/proc/%s/fd" % os.environ["host_pid"])))
limits = resource.prlimit(int(os.environ["host_pid"]), resource.RLIMIT_NOFILE)
free = min(set(range(len(taken) + 1)) - taken)
resource.prlimit(int(os.environ["host_pid"]), resource.RLIMIT_NOFILE, (free, limits[1]))
check("answers_the_owner_without_descriptors", all(answers() for _ in range(3)))
resource.prlimit(int(os.environ["host_pid"]), resource.RLIMIT_NOFILE, limits)
check("and_as_before_when_there_are_some", all(answers() for _ in range(3)))

clients = [Client() for _ in range(32)]
refusals = [(client.next() or {}).get("error") for client in clients[:24]]
check("lets_one_user_have_8_connections", refusals == [HOST + "Busy"] * 24, refusals)
check("gives_the_places_of_the_silent_to_who_comes",
      all("parameters" in client.call(HOST + "GetInfo") for client in clients[24:]))
for client in clients:
    client.close()
check("serves_others_when_they_have_gone", wait_for(lambda: answers()))

watchers = [Client() for _ in range(8)]
for watcher in watchers:
    watcher.ask(HOST + "MonitorStates", more=True)
    watcher.next()
refused = Client()
reply = refused.next()
check("takes_no_place_from_who_is_using_it", reply["error"] == HOST + "Busy"
      and "uid %d has 8 connections, all in use" % os.getuid() in reply["parameters"]["words"], reply)
check("closes_whom_it_has_no_place_for", refused.next() is None)
waits = subprocess.Popen([os.environ["corbelctl"], "--json", "services"], stdout=subprocess.DEVNULL)
for _ in range(20):
    Client().next()
check("corbelctl_does_not_give_up_at_once", waits.poll() is None)
for watcher in watchers:
    watcher.close()
check("serves_when_a_place_is_free", wait_for(lambda: answers()))
check("corbelctl_takes_a_place_that_is_free", waits.wait(20) == 0)



def watch_as(uid):
    """A connection in use, of that user: it goes by the user who connects."""
    os.seteuid(uid)
    client = Client()
    os.seteuid(0)
    client.ask(HOST + "MonitorStates", more=True)
    return client


if os.geteuid() == 0:
    watchers = [watch_as(20001 + i % 4) for i in range(28)]
    check("lets_all_users_together_have_28", all("parameters" in watcher.next() for watcher in watchers))
    reply = watch_as(20005).next()
    check("has_no_place_for_another_then", reply["error"] == HOST + "Busy"
          and reply["parameters"]["words"].startswith("there are 28 connections, all in use"), reply)
    check("but_keeps_four_for_root", all([watch_as(0).next().get("continues") for _ in range(4)]))
    for watcher in watchers:
        watcher.close()
else:
    for claim in "lets_all_users_together_have_28", "has_no_place_for_another_then", "but_keeps_four_for_root":
        skip(claim, "needs root, to be other users")

# The places of those that have just gone are free once that was seen.
hasty = None


def has_a_place():
    global hasty
    hasty = Client()
    hasty.ask(HOST + "GetInfo")
    if "error" not in (hasty.next() or {"error": "closed"}):
        return True
    hasty.close()
    return False


wait_for(has_a_place)
begun = time.monotonic()
for _ in range(250):
    hasty.ask(HOST + "GetInfo")
replies = [hasty.next() for _ in range(250)]
check("answers_all_that_comes_faster_than_its_rate", all("parameters" in r for r in replies))
# No upper bound: a slow machine is no failure. 100 at once, and the others at 100 a second.
check("but_not_at_once", time.monotonic() - begun >= 1.4, time.monotonic() - begun)
for _ in range(250):
    hasty.ask(HOST + "GetInfo", oneway=True)
hasty.close()
check("answers_others_meanwhile", answers())

slow = Client()
slow.send(b'{"method":')
reply = slow.next()
check("does_not_wait_long_for_the_rest_of_a_message", reply and reply["error"] == HOST + "TooSlow", reply)
check("closes_then", slow.next() is None)

idle = Client()
check("closes_a_connection_that_says_nothing", idle.next() is None)

lazy = Client()
lazy.ask(HOST + "MonitorEvents", {"pattern": "test.*"}, more=True)
lazy.next()
published = lambda: next(topic["published"] for topic in Client().call(HOST + "ListTopics")["parameters"]["topics"]
                         if topic["name"] == "test.ticker.tick")
first = published()
# About 600 KiB: more than a socket and the host keep for one that does not read.
check("publishes_on_while_a_watcher_sleeps", wait_for(lambda: published() > first + 6000, 60))
dropped = 0
for _ in range(20000):
    dropped = lazy.next()["parameters"]["dropped"]
    if dropped:
        break
check("tells_a_sleeper_what_it_has_missed", dropped > 0, dropped)
check("answers_still", answers())
done()
