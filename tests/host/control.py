# SPDX-License-Identifier: MIT
"""Clients that are slow, endless, too many, or talk garbage; run by control.test."""
import os
import random
from varlink_client import Client, answers, check, done, wait_for

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
check("refuses_deep_nesting", end_of(b"[" * 900000 + b"\0") == (HOST + "Malformed", True))
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

clients = [Client() for _ in range(32)]
refusals = []
for client in clients[8:]:
    refusals.append((client.next() or {}).get("error"))
check("lets_one_user_have_8_connections", refusals == [HOST + "Busy"] * 24, refusals)
check("serves_those_that_it_has", all("parameters" in c.call(HOST + "GetInfo") for c in clients[:8]))
for client in clients:
    client.close()
check("serves_others_when_they_have_gone", wait_for(lambda: answers()))

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
