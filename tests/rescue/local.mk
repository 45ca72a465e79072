# SPDX-License-Identifier: MIT
# Beginning anew in place: plugins that count, and one that brings the process down.

RESCUE_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/tests/rescue
RESCUE_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/rescue
RESCUE_MADE = tests/rescue/test.pitch.h tests/rescue/test.breaker.h
RESCUE_PLUGINS = tests/rescue/pitcher.la tests/rescue/catcher.la tests/rescue/breaker.la

tests_rescue_pitcher_la_CPPFLAGS = $(RESCUE_CPPFLAGS)
tests_rescue_pitcher_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_rescue_pitcher_la_LDFLAGS = $(RESCUE_LDFLAGS)
tests_rescue_pitcher_la_LIBADD = $(PLUGIN_LIBADD)
tests_rescue_pitcher_la_SOURCES = tests/rescue/pitcher.c
nodist_tests_rescue_pitcher_la_SOURCES = tests/rescue/pitcher.plugin.c

tests_rescue_catcher_la_CPPFLAGS = $(RESCUE_CPPFLAGS)
tests_rescue_catcher_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_rescue_catcher_la_LDFLAGS = $(RESCUE_LDFLAGS)
tests_rescue_catcher_la_LIBADD = $(PLUGIN_LIBADD)
tests_rescue_catcher_la_SOURCES = tests/rescue/catcher.c
nodist_tests_rescue_catcher_la_SOURCES = tests/rescue/catcher.plugin.c

tests_rescue_breaker_la_CPPFLAGS = $(RESCUE_CPPFLAGS)
tests_rescue_breaker_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_rescue_breaker_la_LDFLAGS = $(RESCUE_LDFLAGS)
tests_rescue_breaker_la_LIBADD = $(PLUGIN_LIBADD)
tests_rescue_breaker_la_SOURCES = tests/rescue/breaker.c
nodist_tests_rescue_breaker_la_SOURCES = tests/rescue/breaker.plugin.c

check_LTLIBRARIES += $(RESCUE_PLUGINS)
BUILT_SOURCES += $(RESCUE_MADE)
CLEANFILES += $(RESCUE_MADE) $(RESCUE_PLUGINS:.la=.plugin.c)
EXTRA_DIST += tests/rescue/pitcher.plugin tests/rescue/catcher.plugin tests/rescue/breaker.plugin \
	tests/rescue/test.pitch.interface tests/rescue/test.breaker.interface \
	tests/rescue/note.h tests/rescue/rescue.py

dist_check_SCRIPTS += tests/rescue/rescue.test

rescue-programs: stage $(RESCUE_PLUGINS)

.PHONY: rescue-programs
