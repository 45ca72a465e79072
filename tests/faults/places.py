#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One fault, a write through NULL, wherever the host may call a plugin: who goes, who stays, who is blamed."""
import re
import shutil
import sys
import tempfile

from house import BUILD, PLUGINS, Gone, House, wait_for

FAULT = "null-write"
OWN = ["restart-backoff = 0s", "restart-intensity = 3", "hang-timeout = 200ms"]
MANY = [OWN[0], "restart-intensity = 1000", OWN[2]]
count = failed = 0


def say(claim, wrong):
    global count, failed
    count += 1
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {count} - {claim}")
    for line in wrong.splitlines():
        print("# " + line)
    sys.stdout.flush()


class Place:
    """A host, and what was there before something happened to it."""

    def __init__(self, house):
        self.house = house
        self.started = house.get("GetInfo")["started"]
        self.before = self.generations()
        self.reports = set(house.reports())

    def generations(self):
        return {plugin["name"]: plugin["generation"] for plugin in self.house.get("ListPlugins")["plugins"]
                if plugin["state"] == "running"}

    def went(self):
        """Those that run again in another image."""
        after = self.generations()
        return {name for name, generation in self.before.items() if after.get(name) != generation and name in after}

    def missing(self):
        return set(self.before) - set(self.generations())

    def blamed(self):
        new = sorted(set(self.house.reports()) - self.reports)
        return self.house.report(new[0])["plugin"] if new else "nobody"

    def judge(self, went, blamed, restarts=False):
        wrong = []

        def is_over():
            try:
                return self.went() == went and not self.missing() or restarts and self.has_restarted()
            except Gone:
                return False

        if not wait_for(is_over, 10):
            wrong.append(f"went: {self.went()}, not {went}; away: {self.missing()}")
        if blamed not in self.blamed():
            wrong.append(f"blamed: {self.blamed()}, not {blamed}")
        if self.has_restarted() != restarts:
            wrong.append(f"the host restarted: {self.has_restarted()}")
        if self.house.ask("bystander", "calls 1000") != 1000:
            wrong.append("the bystander cannot call")
        return "\n".join(wrong + (self.house.words().splitlines()[-30:] if wrong else []))

    def has_restarted(self):
        return self.house.get("GetInfo")["started"] != self.started


def try_to(house, action, *arguments, **named):
    try:
        return action(*arguments, **named)
    except Gone:
        return None


def check(claim, house, act, went, blamed, restarts=False):
    try:
        place = Place(house)
        act()
        say(claim, place.judge(went, blamed, restarts))
    except Gone as error:
        say(claim, f"{error}; ended: {house.ended()}\n{house.words()[-3000:]}")


def ask(house, words):
    return lambda: try_to(house, house.ask, "prober", f"{words} {FAULT}", 3)


def inject(house, place):
    return lambda: house.get("Inject", plugin="greeter", fault=FAULT, at=place)


def check_dispatch(house):
    for place in ("strand", "timer", "worker", "call"):
        check(f"a_fault_played_in_a_{place}_is_contained", house, inject(house, place), {"greeter"}, "greeter")
    check("a_call_takes_its_caller_with_it", house, ask(house, "commit"), {"prober", "faulty"},
          "corbel.faulty.commit")
    check("a_direct_handler_takes_its_publisher_with_it", house, ask(house, "direct"), {"prober", "faulty"},
          "faulty")
    check("a_queued_handler_goes_alone", house, ask(house, "queued"), {"faulty"}, "faulty")
    check("a_posted_job_goes_alone", house, ask(house, "queue"), {"faulty"}, "faulty")
    check("a_timer_goes_alone", house, ask(house, "later"), {"faulty"}, "faulty")
    check("a_thread_goes_alone", house, ask(house, "worker"), {"faulty"}, "faulty")


def check_calls(house):
    answers = []
    check("a_guarded_call_goes_alone", house, lambda: answers.append(ask(house, "commit")()), {"faulty"},
          "corbel.faulty.commit")
    say("the_caller_of_a_guarded_call_gets_an_error", "" if answers == [-14] else str(answers))
    check("a_guarded_direct_handler_goes_alone", house, ask(house, "direct"), {"faulty"}, "faulty")
    check("a_guarded_plugin_may_fault_elsewhere_too", house, ask(house, "later"), {"faulty"}, "faulty")


def say_state(claim, house, name, state, reason=""):
    """That the plugin comes to be in this state, for such a reason."""
    def is_so():
        plugin = house.plugin(name)
        return plugin["state"] == state and reason in plugin["reason"]

    say(claim, "" if wait_for(is_so, 10) else f"{house.plugin(name)}\n{house.words()[-3000:]}")


def check_callbacks(house):
    reply = house.call("Start", name="at-start")
    say("a_start_that_faults_has_failed", "" if "error" in reply else str(reply))
    say_state("it_is_tried_again_and_given_up", house, "at-start", "failed", "it ended 4 times")
    house.get("Start", name="at-stop")
    house.call("Stop", name="at-stop")
    say_state("a_stop_that_faults_ends_in_quarantine", house, "at-stop", "quarantined")
    house.call("Start", name="at-stop")
    say_state("and_it_can_be_started_again", house, "at-stop", "running")
    house.call("Stop", name="at-stop")
    house.get("Start", name="at-save")
    check("a_save_that_faults_ends_the_old_version", house,
          lambda: house.call("Reload", plugins=["at-save"], anyway=True), {"at-save"}, "at-save")
    house.get("Stop", name="at-save")
    house.get("Start", name="at-restore")
    check("a_restore_that_faults_leaves_the_old_version", house,
          lambda: house.call("Reload", plugins=["at-restore"], anyway=True), set(), "at-restore")
    house.get("Stop", name="at-restore")
    house.get("Start", name="at-configure")
    check("a_configure_that_faults_goes_alone", house, lambda: reconfigure(house), {"at-configure"},
          "at-configure")


def reconfigure(house):
    house.change("stop = bad-return", "stop = absurd-return")
    house.get("ReloadConfig")


def check_embrace(house):
    """Two plugins wait for each other's locks, which only the watchdog can see."""
    check("plugins_that_wait_for_each_other_are_given_up", house, lambda: try_to(house, house.ask, "prober", "embrace", 1),
          {"prober", "faulty", "other"}, "")
    say("and_named", "" if re.search("corbel.faulty.embrace .* called by (faulty|other), .* is given up", house.words())
        else house.words()[-3000:])


def check_loader(house):
    house.call("Start", name="lastword")
    check("a_destructor_that_faults_restarts_the_host", house,
          lambda: try_to(house, house.call, "Stop", 5, name="lastword"), {"greeter"}, "lastword", restarts=True)
    check("a_constructor_that_faults_restarts_the_host", house,
          lambda: try_to(house, house.call, "Start", 5, name="stillborn"), {"greeter"}, "stillborn",
          restarts=True)


def faulty_at(name, *lines):
    return (f"at-{name}", [f"path = {BUILD}/{PLUGINS['faulty']}", "enabled = no",
                           f"{name} = {FAULT}", *OWN, *lines])


def run(check_all, plugins):
    folder = tempfile.mkdtemp(prefix="corbel-test.")
    house = House(folder, [("greeter", MANY), "bystander", *plugins], core=["re-exec-intensity = 1000", "stop-timeout = 1s"])
    try:
        if house.start():
            check_all(house)
        else:
            say("the_host_starts", house.words())
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


run(check_dispatch, [("prober", MANY), ("faulty", MANY)])
run(check_calls, [("prober", MANY), ("faulty", [*MANY, "guard = calls"])])
run(check_callbacks, [faulty_at("start"), faulty_at("stop"), faulty_at("save"), faulty_at("restore"),
                      faulty_at("configure", "stop = bad-return")])
run(check_embrace, [("prober", MANY), ("faulty", [*MANY, "partner = other"]),
                    ("other", [*MANY, f"path = {BUILD}/{PLUGINS['faulty']}", "partner = faulty"])])
run(check_loader, [("stillborn", ["enabled = no"]), ("lastword", ["enabled = no"])])
print(f"1..{count}")
sys.exit(1 if failed else 0)
