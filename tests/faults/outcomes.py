#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Commits each class of fault in each mode, and looks whether it ends as outcomes.txt says, and what is left of the
host: outcomes.py [MODE...] [CLASS...]. Speaks TAP, and ends with the table of what became of all.
"""
import collections
import concurrent.futures
import os
import re
import shutil
import signal
import sys
import tempfile
import threading

from house import Gone, House, wait_for

MODES = ["contain", "calls", "re-exec", "strict"]
CALLS = 100000
# They strike in another thread than the caller's.
ELSEWHERE = {"thread-crash", "worker-crash"}
print_lock = threading.Lock()
counts = {"ok": 0, "not ok": 0}


def read_outcomes():
    table = {}
    with open(os.path.join(os.path.dirname(__file__), "outcomes.txt")) as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                table[words[0]] = dict(zip(MODES, words[1:], strict=True))
    return table


def say(claim, wrong):
    with print_lock:
        result = "not ok" if wrong else "ok"
        counts[result] += 1
        print(f"{result} {sum(counts.values())} - {claim}")
        for line in str(wrong or "").splitlines():
            print("# " + line)
        sys.stdout.flush()


class Mode:
    """One host after the other, as long as each lives; all faults of one mode."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.house = None

    def make(self):
        on_fault = self.name if self.name in ("strict", "re-exec") else "contain"
        own = ["restart-backoff = 0s", "restart-intensity = 1000", "hang-timeout = 200ms"]
        if self.name == "calls":
            own.append("guard = calls")
        house = House(tempfile.mkdtemp(dir=self.folder),
                      ["greeter", "bystander", ("prober", own[:2]), ("faulty", own), ("fresh", ["enabled = no"])],
                      core=[f"on-fault = {on_fault}", "re-exec-intensity = 1000", "stop-timeout = 1s",
                            "call-timeout = 1s"])
        if not house.start():
            raise Gone(f"did not start ({house.ended()}): {house.words()[-2000:]}")
        return house

    def note(self):
        """What the outcome is told from."""
        house, asker = self.house, "prober" if self.name == "calls" else "bystander"
        if not house.tries(lambda: house.ask(asker, "count") >= 0, True):
            raise Gone(f"{asker} cannot call: {house.ask(asker, 'count')}")
        return {"started": house.get("GetInfo")["started"], "generation": house.plugin("faulty")["generation"],
                "reports": set(house.reports()), "words": len(house.words()),
                "count": house.ask("bystander", "count")}

    def commit(self, fault):
        try:
            if self.name == "calls":
                self.house.ask("prober", "commit " + fault, 2)
            else:
                self.house.ask("bystander", "queue " + fault, 2)
        except Gone:
            pass

    def passed(self, before):
        """What was asked of the strand is done, and one more thing after it."""
        house = self.house
        house.ask("bystander", "queue bad-return")
        return wait_for(lambda: house.ask("bystander", "count") >= before["count"] + 2, 1)

    def outcome(self, before):
        house = self.house
        ended = house.ended()
        if ended is not None:
            return signal.Signals(-ended).name if ended < 0 else f"exit-{ended}"
        try:
            if house.get("GetInfo")["started"] != before["started"]:
                return "restarted" if house.plugin("faulty")["state"] == "running" else "restarting"
            plugin = house.plugin("faulty")
            if plugin["state"] != "running":
                return plugin["state"]
            if plugin["generation"] != before["generation"]:
                return self.report(before).get("end") or self.end_in_words(before)
            return "benign" if self.passed(before) else "hung"
        except Gone as error:
            return f"gone: {error}"

    def end_in_words(self, before):
        """Of a thread that cannot be made to leave there is no report of a fault, but there are words."""
        words = self.house.words()[before["words"]:]
        told = re.search(r"faulty [0-9.]+: thread .* is given up", words)
        return "abandoned" if told else "restarted without a word"

    def report(self, before):
        new = sorted(set(self.house.reports()) - before["reports"])
        return self.house.report(new[0]) if new else {}

    def see(self, before, wanted, seconds=10):
        """The outcome that is wanted, or the one there is after so long."""
        found = []

        def is_wanted():
            ended = self.house.ended()
            found.append(self.outcome(before))
            return found[-1] == wanted or ended is not None

        wait_for(is_wanted, seconds)
        return found[-1]

    def blame(self, fault, before):
        """What is wrong with the report."""
        found = self.report(before).get("plugin", "nobody")
        wanted = "faulty 0.1.0" + (", corbel.faulty.commit" if self.name == "calls" and fault not in ELSEWHERE else "")
        return [] if found.startswith(wanted) else [f"blamed is {found}, not {wanted}"]

    def aftermath(self, second):
        """What does not work any more."""
        house = self.house
        started = house.get("GetInfo")["started"]
        wrong = []

        def expect(what, found, wanted):
            if found != wanted:
                wrong.append(f"{what}: {found}, not {wanted}")

        expect("calls", house.ask("bystander", f"calls {CALLS}"), CALLS)
        expect("heap", house.ask("bystander", "heap"), 0)
        house.get("Start", name="fresh")
        expect("a fresh plugin", house.plugin("fresh")["state"], "running")
        house.get("Stop", name="fresh")
        before = self.note()
        expect("the host", before["started"], started)
        self.commit("null-write")
        expect("a second fault", self.see(before, second), second)
        return wrong

    def run(self, fault, wanted, second):
        wrong = []
        try:
            if not self.house:
                self.house = self.make()
            before = self.note()
            self.commit(fault)
            found = self.see(before, wanted)
            if found != wanted:
                wrong.append(f"it is {found}, not {wanted}")
            elif wanted in ("contained", "parked"):
                wrong += self.blame(fault, before)
            if self.house.ended() is None and not wrong:
                wrong += self.aftermath(second)
        except Gone as error:
            found = "lost"
            wrong.append(str(error))
        say(f"{fault}_{self.name}_is_{wanted}", "\n".join(wrong + self.last_words(wrong)))
        if wrong or self.house.ended() is not None:
            self.close()
        return found

    def last_words(self, wrong):
        return self.house.words().splitlines()[-25:] if wrong and self.house else []

    def close(self):
        if self.house:
            self.house.stop()
            shutil.rmtree(self.house.folder, ignore_errors=True)
        self.house = None


def check_names(table, folder):
    """The classes there are, those of the table and those of the manual are the same."""
    house = House(tempfile.mkdtemp(dir=folder), ["greeter"])
    house.start()
    names = {fault["name"] for fault in house.get("ListFaults")["faults"]}
    house.stop()
    with open(os.path.join(os.environ["top_srcdir"], "plugins/faulty/corbel-faulty.7")) as file:
        section = file.read().partition(".Sh CLASSES")[2].partition(".Sh ")[0]
    say("every_class_has_an_outcome", ", ".join(sorted(names ^ set(table))))
    say("every_class_is_in_the_manual", ", ".join(sorted(names ^ set(re.findall(r"^\.It Cm (.*)", section, re.M)))))


def run_mode(name, table, faults, folder):
    mode = Mode(name, folder)
    found = {}
    for fault in faults:
        found[fault] = mode.run(fault, table[fault][name], table["null-write"][name])
    mode.close()
    return found


def print_table(found, table):
    columns = list(found)
    print("# " + " ".join(f"{word:18}" for word in ["fault", *columns]))
    for fault in found[columns[0]]:
        print("# " + " ".join(f"{word:18}" for word in [fault, *(found[mode][fault] for mode in columns)]))
    ends = collections.Counter()
    for mode in columns:
        for fault, end in found[mode].items():
            kind = end if end in ("contained", "parked", "abandoned", "restarted", "benign") else \
                "ended" if mode == "strict" and end == table[fault][mode] else "lost"
            ends[kind] += 1
    print("# %d injected, %d contained, %d parked, %d abandoned, %d restarted host, %d benign, %d ended as told (strict), %d lost" %
          (sum(ends.values()), *(ends[kind] for kind in ("contained", "parked", "abandoned", "restarted", "benign",
                                                         "ended", "lost"))))


def main():
    table = read_outcomes()
    modes = [word for word in sys.argv[1:] if word in MODES] or MODES
    faults = [word for word in sys.argv[1:] if word in table] or list(table)
    folder = tempfile.mkdtemp(prefix="corbel-test.")
    try:
        if len(sys.argv) == 1:
            check_names(table, folder)
        with concurrent.futures.ThreadPoolExecutor(len(modes)) as pool:
            runs = {mode: pool.submit(run_mode, mode, table, faults, folder) for mode in modes}
            found = {mode: run.result() for mode, run in runs.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_table(found, table)
    print(f"1..{sum(counts.values())}")
    sys.exit(1 if counts["not ok"] else 0)


main()
