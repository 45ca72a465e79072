# SPDX-License-Identifier: MIT
"""Lets the daemon begin anew, time after time, and looks for what is lost: connections, events, states. A part of rescue.test.

rescue.py KIND... TIMES: faults of these kinds in turn; a client connects all the while."""
import collections
import os
import struct
import sys
import threading
import time

import varlink_client
from varlink_client import Client, check

HOST = "org.corbel.Host."
PID = int(os.environ["host_pid"])
STATE = os.environ["host_state"]
Tally = collections.namedtuple("Tally", "last lost again beginnings kept")


class Knocker(threading.Thread):
    """Connects as fast as it can, and asks something each time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended = False
        self.connected = self.answered = self.cut = 0
        self.refused = []

    def run(self):
        while not self.ended:
            try:
                client = Client()
            except (ConnectionRefusedError, FileNotFoundError) as error:
                self.refused.append(error)
                continue
            self.connected += 1
            client.ask(HOST + "GetInfo")
            if client.next() is None:
                self.cut += 1
            else:
                self.answered += 1
            client.socket.close()
            time.sleep(0.0005)


def call(method, parameters=None):
    """The answer, or None when the daemon began anew meanwhile."""
    client = Client()
    client.ask(method, parameters)
    answer = client.next()
    client.socket.close()
    return answer


def until(ask, seconds=60):
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.0005)


def words(path, count):
    """What a plugin has noted (note.h)."""
    try:
        with open(os.path.join(STATE, path), "rb") as file:
            return struct.unpack("%dQ" % count, file.read(8 * count))
    except (FileNotFoundError, struct.error):
        return (0,) * count


def tally():
    return Tally(*words("catcher/tally", 5))


def thrown():
    return words("pitcher/thrown", 1)[0]


def began():
    """When the program that answers began."""
    answer = call(HOST + "GetInfo")
    return answer["parameters"]["started"] if answer else None


def fault(kind):
    if kind == "asked":
        call(HOST + "ReExec")
        return
    with open(os.path.join(STATE, "breaker/fault"), "wb", buffering=0) as pipe:
        pipe.write(kind[:1].encode())


def begin_anew(kind):
    """The time until the next program answered, in ms, or None; and what went wrong."""
    before, since = tally(), until(began)
    start = time.monotonic()
    fault(kind)
    if not until(lambda: began() not in (None, since)):
        return None, "%s: it did not begin anew" % kind
    took = (time.monotonic() - start) * 1000
    if not until(lambda: tally().beginnings > before.beginnings and tally().last > before.last and tally().kept):
        return took, "%s: the catcher did not go on from %s: %s" % (kind, before, tally())
    after = tally()
    if after.beginnings != before.beginnings + 1 or after.lost != before.lost:
        return took, "%s: %s became %s" % (kind, before, after)
    return took, None


def main(kinds, times):
    knocker = Knocker()
    knocker.start()
    took, wrong = [], []
    for i in range(times):
        milliseconds, words = begin_anew(kinds[i % len(kinds)])
        took.append(milliseconds or 0)
        if words:
            wrong.append(words)
        if milliseconds is None:
            break
    at = thrown()
    until(lambda: tally().last >= at)
    end = tally()
    knocker.ended = True
    knocker.join(10)
    took.sort()
    name = "_".join(kinds)
    check("%s_begins_anew_%d_times" % (name, times), len(took) == times and not wrong, "\n".join(wrong[:5]))
    check("%s_loses_no_event" % name, end.last >= at and end.lost == 0, (at, end))
    check("%s_refuses_no_connection" % name, not knocker.refused, knocker.refused[:3])
    check("%s_keeps_the_process" % name, os.path.exists("/proc/%d" % PID))
    print("# %d times: %.1f ms in the median, %.1f at most; %d connections, %d refused, %d cut; %s events, %s again"
          % (len(took), took[len(took) // 2], took[-1], knocker.connected, len(knocker.refused), knocker.cut,
             end.last, end.again))
    sys.exit(1 if varlink_client.failed else 0)


varlink_client.count = int(os.environ["tap_count"])
main(sys.argv[1:-1], int(sys.argv[-1]))
