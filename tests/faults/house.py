# SPDX-License-Identifier: MIT
"""A corbeld to be harmed, and what can be seen of it from outside."""
import json
import os
import resource
import signal
import socket
import subprocess
import time

BUILD = os.environ["top_builddir"]
PLUGINS = {
    "faulty": "plugins/faulty/.libs/faulty.so",
    "greeter": "plugins/greeter/.libs/greeter.so",
    "fresh": "plugins/greeter/.libs/greeter.so",
    "prober": "tests/faults/.libs/prober.so",
    "bystander": "tests/faults/.libs/prober.so",
    "workhorse": "tests/faults/.libs/workhorse.so",
    "stillborn": "tests/faults/.libs/stillborn.so",
    "lastword": "tests/faults/.libs/lastword.so",
}
HOST = "org.corbel.Host."


class Gone(Exception):
    """Nobody answers."""


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.005)
    return True


def connect(path, seconds):
    """The control socket outlives a new beginning; a plugin makes its own again when it starts."""
    end = time.monotonic() + (0 if path.endswith("/control") else seconds)
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(path)
            return connection
        except (ConnectionRefusedError, FileNotFoundError):
            connection.close()
            if time.monotonic() >= end:
                raise
            time.sleep(0.005)


def talk(path, message, seconds):
    """One question and the answer, up to the byte that ended the question."""
    try:
        with connect(path, seconds) as connection:
            connection.sendall(message)
            answer = b""
            while not answer.endswith(message[-1:]):
                data = connection.recv(65536)
                if not data:
                    raise Gone("the connection was closed")
                answer += data
            return answer[:-1].decode()
    except OSError as error:
        raise Gone(str(error)) from error


class House:
    def __init__(self, folder, plugins, settings=(), core=()):
        """Plugins are names, or (name, lines of its section); settings are further lines."""
        self.folder = folder
        self.errors = os.path.join(folder, "err")
        self.faults = os.path.join(folder, "faults")
        for name in ("run", "state"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        lines = ["[corbel]", f"runtime-dir = {folder}/run", f"state-dir = {folder}/state",
                 f"probe = {BUILD}/host/corbel-probe", f"fault-dir = {self.faults}",
                 f"injector = {BUILD}/plugins/faulty/.libs/corbel-faults.so", *core]
        for plugin in plugins:
            name, own = (plugin, ()) if isinstance(plugin, str) else plugin
            lines.append(f"[plugin {name}]")
            if not any(line.startswith("path") for line in own):
                lines.append(f"path = {BUILD}/{PLUGINS[name]}")
            lines += own
        with open(os.path.join(folder, "corbeld.ini"), "w") as file:
            file.write("\n".join([*lines, *settings]) + "\n")
        self.process = None

    def change(self, old, new):
        """Of the configuration, for who reads it again."""
        path = os.path.join(self.folder, "corbeld.ini")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace(old, new))

    def start(self, seconds=20):
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [f"{BUILD}/host/corbeld", "-c", f"{self.folder}/corbeld.ini", "--develop"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
        return wait_for(lambda: "ready: " in self.words() or self.ended() is not None, seconds) \
            and self.ended() is None

    def ended(self):
        """None while it runs; as in subprocess, a signal is negative."""
        return self.process.poll()

    def stop(self):
        """Also what it may have forked."""
        if self.ended() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.process.wait()

    def words(self):
        with open(self.errors, errors="replace") as file:
            return file.read()

    def reports(self):
        return [name for name in sorted(os.listdir(self.faults))] if os.path.isdir(self.faults) else []

    def report(self, name):
        """The lines `word: value` of the report in a file of that name."""
        with open(os.path.join(self.faults, name), errors="replace") as file:
            lines = [line.rstrip("\n").split(": ", 1) for line in file]
        return {line[0]: line[1] for line in lines if len(line) == 2}

    def call(self, method, seconds=10, **parameters):
        message = json.dumps({"method": HOST + method, "parameters": parameters}) + "\0"
        return json.loads(talk(f"{self.folder}/run/control", message.encode(), seconds))

    def get(self, method, seconds=10, **parameters):
        reply = self.call(method, seconds, **parameters)
        if "error" in reply:
            raise Gone(f"{method}: {reply}")
        return reply["parameters"]

    def plugin(self, name):
        return self.get("DescribePlugin", name=name)["plugin"]

    def ask(self, name, words, seconds=10):
        """What a prober of that name answers, a number."""
        return int(talk(f"{self.folder}/state/{name}/socket", words.encode() + b"\n", seconds).split("\n")[0])

    def tries(self, action, wanted, seconds=10):
        """Whether the action comes to give what is wanted."""
        def succeeds():
            try:
                return action() == wanted
            except Gone:
                return False
        return wait_for(succeeds, seconds)
