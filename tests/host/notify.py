# SPDX-License-Identifier: MIT
"""A service manager of sorts; run by notify.test."""
import os
import signal
import socket
import subprocess
import time
from varlink_client import check, done


def start(address, options=(), errors=subprocess.DEVNULL):
    """A corbeld that tells `address`, and the socket on which it does."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.settimeout(20)
    manager.bind(address.replace("@", "\0"))
    environment = dict(os.environ, NOTIFY_SOCKET=address, WATCHDOG_USEC="400000")
    environment.pop("WATCHDOG_PID", None)
    return manager, subprocess.Popen([os.environ["corbeld"], "-c", os.environ["config"], "--develop", *options],
                                     env=environment, stdout=subprocess.DEVNULL, stderr=errors)


def until(manager, wanted):
    """All lines that are told up to the one that begins so."""
    lines = []
    while not any(line.startswith(wanted) for line in lines):
        lines += manager.recv(4096).decode().split("\n")
    return lines


manager, daemon = start(os.environ["notify"])
lines = until(manager, "READY=1")
check("says_when_it_is_ready", lines[-1] == "READY=1", lines)
lines = until(manager, "STATUS=")
check("says_how_it_is", "STATUS=1 of 1 plugins run" in lines, lines)
until(manager, "WATCHDOG=1")
lines = until(manager, "WATCHDOG=1")
check("gives_signs_of_life", "WATCHDOG=1" in lines, lines)
before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
daemon.send_signal(signal.SIGHUP)
lines = until(manager, "RELOADING=1")
stamp = [line for line in lines if line.startswith("MONOTONIC_USEC=")]
check("says_that_it_reloads", len(stamp) == 1 and int(stamp[0].split("=")[1]) >= before, lines)
lines = until(manager, "READY=1")
check("says_that_it_has_reloaded", "READY=1" in lines, lines)
with open(os.environ["config"], "a") as config:
    config.write("nonsense\n")
daemon.send_signal(signal.SIGHUP)
lines = until(manager, "RELOADING=1") + until(manager, "READY=1")
check("is_ready_again_after_a_bad_configuration", "READY=1" in lines, lines)
daemon.send_signal(signal.SIGTERM)
lines = until(manager, "STOPPING=1")
check("says_that_it_stops", "STOPPING=1" in lines, lines)
check("ends_with_0", daemon.wait(20) == 0, daemon.returncode)

with open(os.environ["config"]) as config:
    text = config.read().replace("nonsense\n", "")
with open(os.environ["config"], "w") as config:
    config.write(text)
manager, daemon = start("@corbel-test-%d" % os.getpid())
lines = until(manager, "READY=1")
check("tells_an_abstract_socket_too", "READY=1" in lines, lines)
daemon.send_signal(signal.SIGTERM)
daemon.wait(20)

# It is withheld while an essential plugin does not run.
manager, daemon = start("@corbel-vital-%d" % os.getpid(), ["-o", "plugin ticker.essential=yes"], subprocess.PIPE)
until(manager, "READY=1")
until(manager, "WATCHDOG=1")
subprocess.run([os.environ["corbelctl"], "stop", "ticker"], check=True, stdout=subprocess.DEVNULL)
until(manager, "STATUS=0")
for line in daemon.stderr:
    if b"gets no sign of life" in line:
        break
subprocess.run([os.environ["corbelctl"], "start", "ticker"], check=True, stdout=subprocess.DEVNULL)
lines = until(manager, "WATCHDOG=1")
check("gives_none_without_an_essential_plugin", "STATUS=1 of 1 plugins run" in lines, lines)
daemon.send_signal(signal.SIGTERM)
daemon.stderr.close()
daemon.wait(20)
done()
