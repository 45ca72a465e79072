# SPDX-License-Identifier: MIT
"""Looks at the status page as its reader does: page.py ADDRESS CORBELCTL PROFILE FOLDER"""
import subprocess
import sys
from browser import Browser
from varlink_client import check, done

ADDRESS, CORBELCTL, PROFILE, FOLDER = sys.argv[1:]
VALUES = "Array.from(document.querySelectorAll('#sensors .value'), value => value.textContent).join()"
PLUGIN = "document.querySelector('#plugins [data-key=\"%s\"]')"
BUSY = "document.querySelector('#sensors [data-key=\"cpu.busy\"]')"
LOST = "!document.querySelector('#lost').hidden"
HEALTH = "document.querySelector('#health').textContent"


def corbelctl(*arguments):
    subprocess.run([CORBELCTL, *arguments], check=True, stdout=subprocess.DEVNULL)


def state_is(plugin, state):
    row = PLUGIN % plugin
    return "%s && %s.querySelector('[data-is=\"state\"]').textContent === '%s'" % (row, row, state)


def errors(browser):
    return (browser.told("Runtime.exceptionThrown")
            + [entry for entry in browser.told("Log.entryAdded") if entry["entry"]["level"] == "error"]
            + [call for call in browser.told("Runtime.consoleAPICalled") if call["type"] in ("error", "assert")])


def strangers(browser):
    """Where the page went beside its own host."""
    asked = [request["request"]["url"] for request in browser.told("Network.requestWillBeSent")]
    return [url for url in asked if not url.startswith((ADDRESS, "data:"))]


def live(browser):
    """Values and states appear, and go on in the nodes that were there."""
    for plugin in "sensors", "journal", "http":
        check("%s_is_shown_running" % plugin, browser.wait_for(state_is(plugin, "running")),
              browser.evaluate("document.body.innerText"))
    check("says_that_all_is_well", browser.wait_for(HEALTH + " === 'all is well'"), browser.evaluate(HEALTH))
    check("a_value_appears", browser.wait_for(BUSY + " !== null"))
    browser.evaluate("busy = %s; values = %s" % (BUSY, VALUES))
    browser.evaluate("getSelection().selectAllChildren(%s.querySelector('[data-is=\"name\"]'))" % PLUGIN % "sensors")
    check("values_change", browser.wait_for(VALUES + " !== values"), browser.evaluate(VALUES))
    check("a_line_of_the_last_values_is_drawn",
          browser.wait_for("busy.querySelector('.line').getAttribute('d').split('L').length > 5"))
    check("events_are_counted", browser.wait_for(
        "parseFloat(%s.querySelector('[data-is=\"published\"]').textContent) > 0" % PLUGIN % "sensors"))
    check("values_change_in_place", browser.evaluate("busy === " + BUSY))
    check("what_was_selected_stays_so", browser.evaluate("getSelection().toString()") == "sensors")
    browser.evaluate("getSelection().removeAllRanges()")


def seen(browser):
    """In both colours, and on a phone."""
    for name, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 360)):
        browser.look(scheme, width)
        browser.screenshot("%s/page-%s.png" % (FOLDER, name))
    check("fits_a_phone", browser.evaluate("document.documentElement.scrollWidth") <= 360)
    browser.look("light", 1280)


def plugins_come_and_go(browser):
    corbelctl("stop", "journal")
    # Its image goes as soon as it has stopped.
    check("a_stopped_plugin_is_shown_so", browser.wait_for(state_is("journal", "unloaded")))
    check("health_tells_of_it", browser.wait_for(HEALTH + " === '1 plugin stopped'"), browser.evaluate(HEALTH))
    corbelctl("start", "journal")
    check("a_plugin_started_again_is_shown_so", browser.wait_for(state_is("journal", "running")))


def connection_comes_and_goes(browser):
    corbelctl("stop", "http")
    check("a_lost_connection_is_told", browser.wait_for(LOST))
    corbelctl("start", "http")
    check("it_comes_back_by_itself", browser.wait_for("!(%s)" % LOST))
    browser.evaluate("values = " + VALUES)
    check("values_change_again", browser.wait_for(VALUES + " !== values"))


def without_scripts(browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.call("Page.navigate", url=ADDRESS)
    check("says_without_javascript_where_else_to_look", browser.wait_for(
        "document.querySelector('noscript') && document.querySelector('main').innerText.includes('api/plugins')"))


browser = Browser(PROFILE)
try:
    browser.look("light", 1280)
    browser.call("Page.navigate", url=ADDRESS)
    live(browser)
    seen(browser)
    plugins_come_and_go(browser)
    check("no_error_in_the_console", not errors(browser), errors(browser))
    connection_comes_and_goes(browser)
    without_scripts(browser)
    check("nothing_is_asked_of_another_host", not strangers(browser), strangers(browser))
finally:
    browser.close()
done()
