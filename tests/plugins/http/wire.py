# SPDX-License-Identifier: MIT
"""HTTP as bytes on a socket, and TAP, for the tests of the plugin http."""
import json
import os
import re
import socket
import sys
import time

PATIENCE = 60
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


def check_equal(claim, found, expected):
    check(claim, found == expected, "found:    %r\nexpected: %r" % (found, expected))


def done():
    print("1..%d" % count)
    sys.exit(1 if failed else 0)


def wait_for(condition):
    """What the condition gives once that is true, or its last word."""
    end = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)


def log_lines(words):
    with open(os.environ["log"]) as log:
        return [line for line in log if words in line]


def address():
    """Where the last of the servers listens."""
    found = re.search(r"http://([\d.]+):(\d+)/", log_lines("serving http://")[-1])
    return found.group(1), int(found.group(2))


class Reply:
    def __init__(self, raw):
        head, self.separator, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        self.raw = raw
        self.status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, where=None):
        self.socket = socket.create_connection(where or address(), PATIENCE)
        self.kept = b""

    def send(self, raw):
        """What the server does not want to read is no fault of ours."""
        try:
            self.socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def ask(self, path, method="GET", headers=(), version="1.1"):
        lines = ["%s %s HTTP/%s" % (method, path, version), "Host: test"] + list(headers)
        return self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def more(self):
        """False at the end."""
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.kept += piece
        return piece != b""

    def until(self, words):
        """All up to and with the words, or None when the connection ends before."""
        while words not in self.kept:
            if not self.more():
                return None
        found, _, self.kept = self.kept.partition(words)
        return found + words

    def rest(self):
        while self.more():
            pass
        return self.kept

    def reply(self, has_body=True):
        """The next of several."""
        head = self.until(b"\r\n\r\n")
        if head is None:
            return Reply(b"")
        size = int(Reply(head).headers.get("content-length", 0)) if has_body else 0
        while len(self.kept) < size and self.more():
            pass
        body, self.kept = self.kept[:size], self.kept[size:]
        return Reply(head + body)

    def event(self):
        """The next event of a stream as its name and its data; None at the end."""
        text = self.until(b"\n\n")
        if text is None:
            return None
        found = re.search(rb"event: (\w+)\r?\n(?:[0-9a-f]+\r\n)?data: (.*)\n\n", text, re.S)
        return (found.group(1).decode(), json.loads(found.group(2))) if found else (None, text)

    def has_ended(self):
        """Whether the server has closed it; what it says before is dropped."""
        self.socket.setblocking(False)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        finally:
            self.socket.settimeout(PATIENCE)

    def close(self):
        self.socket.close()


def get(path, method="GET", headers=()):
    """One request on a connection of its own."""
    wire = Wire().ask(path, method, list(headers) + ["Connection: close"])
    reply = Reply(wire.rest())
    wire.close()
    return reply


def say(raw):
    """The answer to any bytes."""
    wire = Wire().send(raw)
    reply = Reply(wire.rest())
    wire.close()
    return reply
