# SPDX-License-Identifier: MIT
"""A Varlink client that shares nothing with corbelctl, and TAP, for the tests of the control socket."""
import json
import os
import socket
import sys
import time

PATH = os.environ.get("CORBEL_CONTROL", "")
count = 0
failed = 0


def check(claim, condition, words=""):
    global count, failed
    count += 1
    if condition:
        print("ok %d - %s" % (count, claim))
    else:
        failed += 1
        print("not ok %d - %s" % (count, claim))
        print("# " + str(words).replace("\n", "\n# ")[:2000])
    sys.stdout.flush()


def skip(claim, reason):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, claim, reason))


def done():
    print("1..%d" % count)
    sys.exit(1 if failed else 0)


class Client:
    def __init__(self, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(PATH)
        self.buffer = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def ask(self, method, parameters=None, **flags):
        call = dict(method=method, **flags)
        if parameters is not None:
            call["parameters"] = parameters
        self.send(json.dumps(call).encode() + b"\0")

    def next(self):
        """The next message, or None when the connection has been closed."""
        while b"\0" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, parameters=None):
        self.ask(method, parameters)
        return self.next()

    def close(self):
        self.socket.close()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def answers():
    """Whether a well-behaved client is served."""
    client = Client()
    try:
        reply = client.call("org.varlink.service.GetInfo")
        return reply is not None and "parameters" in reply
    finally:
        client.close()
