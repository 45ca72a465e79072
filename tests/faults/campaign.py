# SPDX-License-Identifier: MIT
"""
Changes single bytes of a plugin's code at random, and looks what becomes of the host.

    campaign.py [--seeds N] [--from SEED] [--jobs N] [--keep]

Each seed is a byte of a function of workhorse.so and what it becomes, run by a host of its own. After that the
file as it was built is put in its place, and must answer as it should.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from house import BUILD, Gone, House, wait_for

FILE = f"{BUILD}/tests/faults/.libs/workhorse.so"
ROUNDS = 50
# Of 1,000 hosts.
MOST_LOST = 2
# Of the plugin itself, or of the one that got its answers.
SPOKEN_OF = re.compile(r"(workhorse|prober) [0-9.]+ (quarantined|hangs)")
NAMES = ["benign", "wrong", "contained", "restarted", "lost"]
WORDS = "%d seeds, %d benign, %d silent wrong, %d contained, %d restarted host, %d lost"

print_lock = threading.Lock()


def functions():
    """(name, offset in the file, size) of the functions that are the plugin's own."""
    nm = subprocess.run([os.environ.get("NM", "nm"), "-S", "--defined-only", FILE], check=True, capture_output=True,
                        text=True)
    found = []
    for line in nm.stdout.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] == "t" and not words[3].startswith(("_", "corbel_", "register_")) \
                and not words[3].endswith(("_marshal", "work_unpack", "total_unpack")):
            found.append((words[3], int(words[0], 16), int(words[1], 16)))
    return sorted(found)


class Trial:
    def __init__(self, seed, where, answers):
        random_number = random.Random(seed)
        total = sum(size for _, _, size in where)
        place = random_number.randrange(total)
        for name, offset, size in where:
            if place < size:
                break
            place -= size
        self.seed = seed
        self.offset = offset + place
        self.what = f"{name}+{place:#x}"
        self.change = 1 << random_number.randrange(8) if seed % 2 else random_number.randrange(1, 256)
        self.answers = answers

    def spoil(self, path):
        with open(FILE, "rb") as file:
            content = bytearray(file.read())
        old = content[self.offset]
        content[self.offset] ^= self.change
        self.what += f": {old:02x} -> {content[self.offset]:02x}"
        replace(path, content)

    def run(self, keep=False):
        folder = tempfile.mkdtemp(prefix="corbel-faults.")
        try:
            return self.run_in(folder)
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)

    def run_in(self, folder):
        path = os.path.join(folder, "workhorse.so")
        house = make_house(folder, path)
        self.spoil(path)
        try:
            if not house.start():
                return self.end("lost", f"did not start: {house.ended()} {house.words()[-300:]}")
            # A connection may be reset while the host begins anew, here as below.
            house.tries(lambda: bool(house.get("GetInfo")), True)
            started = house.get("GetInfo")["started"]
            found = work(house)
            mend(house, path)
            if not house.tries(lambda: work(house), self.answers, 20):
                return self.end("lost", f"wrong after the restart: {found} {work(house)} {house.words()[-600:]}")
            if not house.tries(lambda: house.get("GetInfo")["started"], started, 2):
                return self.end("restarted" if house.tries(lambda: bool(house.get("GetInfo")), True) else "lost",
                                found)
            if SPOKEN_OF.search(house.words()):
                return self.end("contained", found)
            if None in found:
                return self.end("lost", f"no answer, and no word of it: {found} {house.words()[-600:]}")
            return self.end("benign" if found == self.answers else "wrong", found)
        except Gone as error:
            return self.end("lost", f"{error}, ended {house.ended()} {house.words()[-600:]}")
        finally:
            house.stop()

    def end(self, end, words):
        with print_lock:
            print(f"seed {self.seed}: {end:9} {self.what}  {words if end == 'lost' else ''}", flush=True)
        return end


def replace(path, content):
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)


def make_house(folder, path):
    return House(folder, ["greeter", "prober", "bystander",
                          ("workhorse", [f"path = {path}", "hang-timeout = 300ms", "reload = on-request",
                                         "restart = never"])],
                 core=["start-timeout = 1s", "stop-timeout = 1s", "call-timeout = 1s"])


def work(house):
    """What comes of the work, of the events and of the bystander: numbers, or why there are none."""
    found = []
    for name, words in (("prober", f"work {ROUNDS}"), ("prober", f"total {ROUNDS}"), ("bystander", "calls 1000")):
        try:
            number = house.ask(name, words, 2)
            if words.startswith("total") and number == 0:
                wait_for(lambda: house.ask(name, words, 2) != 0, 2)
                number = house.ask(name, words, 2)
        except Gone:
            number = None
        found.append(number)
    return found


def mend(house, path):
    """The first time it may fail in its stop()."""
    with open(FILE, "rb") as file:
        replace(path, file.read())
    house.tries(lambda: "error" not in house.call("Restart", 20, name="workhorse"), True)


def right_answers():
    folder = tempfile.mkdtemp(prefix="corbel-faults.")
    path = os.path.join(folder, "workhorse.so")
    shutil.copy(FILE, path)
    house = make_house(folder, path)
    try:
        if not house.start():
            sys.exit("the host does not start with the plugin as it was built:\n" + house.words())
        found = work(house)
        if None in found or min(found) <= 0:
            sys.exit(f"the plugin as it was built does not work: {found}\n" + house.words())
        return found
    finally:
        house.stop()
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", action="store_true", help="keeps the folders of the hosts")
    options = parser.parse_args()
    where, answers = functions(), right_answers()
    trials = [Trial(seed, where, answers) for seed in range(options.first, options.first + options.seeds)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        ends = collections.Counter(pool.map(lambda trial: trial.run(options.keep), trials))
    print(WORDS % (options.seeds, *(ends[name] for name in NAMES)))
    if ends["lost"] * 1000 > MOST_LOST * options.seeds:
        sys.exit(1)


main()
