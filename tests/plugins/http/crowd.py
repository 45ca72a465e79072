# SPDX-License-Identifier: MIT
"""The plugin http before a crowd; run by crowd.test."""
import os
import resource
from wire import Wire, check, check_equal, done, get, wait_for

CROWD = 1000
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def resident():
    with open("/proc/%s/statm" % os.environ["pid"]) as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def gauge(name):
    lines = [line for line in get("/metrics").body.decode().split("\n") if line.startswith(name + " ")]
    return float(lines[0].split()[1])


def close(wires):
    for wire in wires:
        wire.close()


def answers():
    return get("/icon.svg").status == 200


before = resident()

idle = [Wire() for _ in range(CROWD)]
check("serves_others_beside_a_thousand_that_say_nothing", answers())
check("has_as_many_as_allowed", gauge("corbel_http_connections") <= 200)
check("sends_those_away_who_were_quiet_the_longest", idle[0].has_ended() and not idle[-1].has_ended())
check_equal("serves_one_that_comes_to_life", idle[-1].ask("/icon.svg").reply().status, 200)
check("counts_who_was_sent_away", gauge("corbel_http_connections_evicted_total") >= CROWD - 200)
close(idle)

slow = [Wire().send(b"GET /icon.svg HTTP/1.1\r\nHost: te") for _ in range(CROWD)]
check("serves_others_beside_a_thousand_that_write_slowly", answers())
check_equal("serves_a_slow_one_when_it_is_done", slow[-1].send(b"st\r\n\r\n").reply().status, 200)
close(slow)

deaf = [Wire() for _ in range(CROWD)]
for wire in deaf:
    for _ in range(50):
        wire.ask("/metrics")
check("serves_others_beside_a_thousand_that_do_not_read", answers())
close(deaf)

listeners = [Wire().ask("/events") for _ in range(CROWD)]
heads = [wire.until(b"\r\n\r\n") for wire in listeners]
check("has_as_many_streams_as_allowed", sum(b" 200 " in (head or b"") for head in heads) <= 50 and
      gauge("corbel_http_streams") <= 50)
check("says_to_others_that_there_are_too_many",
      all(head is None or b" 200 " in head or (b" 503 " in head and b"Retry-After: " in head) for head in heads))
check("serves_others_beside_streams", answers())
heard = [wire for wire, head in zip(listeners, heads) if b" 200 " in (head or b"") and not wire.has_ended()]
check("every_stream_hears_more", len(heard) > 0 and all(wire.until(b"event: plugins") for wire in heard), len(heard))
close(listeners)
check("notices_that_listeners_have_gone", wait_for(lambda: gauge("corbel_http_streams") == 0))
check("stays_slim", resident() - before < 32 << 20 or os.environ.get("sanitizer") != "no",
      "%d bytes more" % (resident() - before))
print("# %d KiB more than before" % ((resident() - before) >> 10))
done()
