# SPDX-License-Identifier: MIT
# Hot reload: plugins made to be replaced, and the tests, the soak and the trials of doing so under load.
# A variant is $(top_builddir)/tests/reload/.libs/NAME.so; its manifest is the common part and lines of its own.

RELOAD_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_srcdir)/tests/reload -I$(top_builddir)/tests/reload
RELOAD_TEST_CPPFLAGS = $(HOUSE_CPPFLAGS) -I$(top_srcdir)/tests/reload -I$(top_builddir)/tests/reload
RELOAD_TEST_LDADD = tests/reload/libplay.la tests/reload/libreload.la $(HOUSE_LDADD) $(TEST_EMBED_LDADD)
RELOAD_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/reload
RELOAD_MADE = tests/reload/test.counter.h tests/reload/test.caller.h tests/reload/test.feed.h \
	tests/reload/other/test.counter.h
RELOAD_PLUGINS = \
	tests/reload/counter_1.la tests/reload/counter_2.la tests/reload/counter_thread.la tests/reload/counter_thread_2.la \
	tests/reload/counter_crashes.la tests/reload/counter_lacks.la tests/reload/counter_layout.la \
	tests/reload/counter_needs.la tests/reload/counter_no_converter.la tests/reload/counter_stiff.la \
	tests/reload/caller_1.la tests/reload/caller_2.la
RELOAD_MANIFESTS = $(RELOAD_PLUGINS:.la=.plugin)

check_LTLIBRARIES += $(RELOAD_PLUGINS)
BUILT_SOURCES += $(RELOAD_MADE)
CLEANFILES += $(RELOAD_MADE) $(RELOAD_MANIFESTS) $(RELOAD_PLUGINS:.la=.plugin.c)
EXTRA_DIST += tests/reload/counter.plugin.in tests/reload/caller.plugin.in tests/reload/stage.h \
	tests/reload/test.counter.interface tests/reload/test.caller.interface tests/reload/test.feed.interface \
	tests/reload/other/test.counter.interface

RELOAD_MANIFEST = $(V_SCAN)$(MKDIR_P) $(@D) && cat $< >$@ && printf '%s\n'
RELOAD_PROVIDES = '[provides]' 'test.counter = 1.0'
COUNTER_1_LINES = 'version = 1.0.0' 'state = 1' $(RELOAD_PROVIDES)
COUNTER_2_LINES = 'version = 2.0.0' 'state = 2 reads 1' $(RELOAD_PROVIDES)

tests/reload/counter_1.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_1_LINES) >>$@
tests/reload/counter_2.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_2_LINES) >>$@
tests/reload/counter_stiff.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_1_LINES) >>$@
tests/reload/counter_thread.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) 'exec = thread' $(COUNTER_1_LINES) >>$@
tests/reload/counter_thread_2.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) 'exec = thread' $(COUNTER_2_LINES) >>$@
tests/reload/counter_crashes.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_2_LINES) >>$@
tests/reload/counter_lacks.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) 'version = 2.0.0' 'state = 2 reads 1' >>$@
tests/reload/counter_layout.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_2_LINES) >>$@
tests/reload/counter_needs.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) $(COUNTER_2_LINES) '[requires]' 'test.absent = 1.0' >>$@
tests/reload/counter_no_converter.plugin: tests/reload/counter.plugin.in
	$(RELOAD_MANIFEST) 'version = 3.0.0' 'state = 3' $(RELOAD_PROVIDES) >>$@
tests/reload/caller_1.plugin: tests/reload/caller.plugin.in
	$(RELOAD_MANIFEST) 'version = 1.0.0' >>$@
tests/reload/caller_2.plugin: tests/reload/caller.plugin.in
	$(RELOAD_MANIFEST) 'version = 2.0.0' >>$@

COUNTER_2 = -DCOUNTER_VERSION='"2.0.0"' -DCOUNTER_FORMAT=2

tests_reload_counter_1_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCOUNTER_VERSION='"1.0.0"' -DCOUNTER_FORMAT=1
tests_reload_counter_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_1_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_1_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_1_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_1_la_SOURCES = tests/reload/counter_1.plugin.c

tests_reload_counter_2_la_CPPFLAGS = $(RELOAD_CPPFLAGS) $(COUNTER_2)
tests_reload_counter_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_2_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_2_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_2_la_SOURCES = tests/reload/counter_2.plugin.c

tests_reload_counter_stiff_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCOUNTER_VERSION='"1.0.0"' -DCOUNTER_FORMAT=1 -DCOUNTER_STIFF
tests_reload_counter_stiff_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_stiff_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_stiff_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_stiff_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_stiff_la_SOURCES = tests/reload/counter_stiff.plugin.c

tests_reload_counter_thread_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCOUNTER_VERSION='"1.0.0"' -DCOUNTER_FORMAT=1
tests_reload_counter_thread_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_thread_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_thread_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_thread_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_thread_la_SOURCES = tests/reload/counter_thread.plugin.c

tests_reload_counter_thread_2_la_CPPFLAGS = $(RELOAD_CPPFLAGS) $(COUNTER_2)
tests_reload_counter_thread_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_thread_2_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_thread_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_thread_2_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_thread_2_la_SOURCES = tests/reload/counter_thread_2.plugin.c

tests_reload_counter_crashes_la_CPPFLAGS = $(RELOAD_CPPFLAGS) $(COUNTER_2) -DCOUNTER_CRASHES
tests_reload_counter_crashes_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_crashes_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_crashes_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_crashes_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_crashes_la_SOURCES = tests/reload/counter_crashes.plugin.c

tests_reload_counter_lacks_la_CPPFLAGS = $(RELOAD_CPPFLAGS) $(COUNTER_2) -DCOUNTER_LACKS
tests_reload_counter_lacks_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_lacks_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_lacks_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_lacks_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_lacks_la_SOURCES = tests/reload/counter_lacks.plugin.c

tests_reload_counter_layout_la_CPPFLAGS = -I$(top_builddir)/tests/reload/other $(RELOAD_CPPFLAGS) $(COUNTER_2) -DCOUNTER_NUMBER=double
tests_reload_counter_layout_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_layout_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_layout_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_layout_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_layout_la_SOURCES = tests/reload/counter_layout.plugin.c

tests_reload_counter_needs_la_CPPFLAGS = $(RELOAD_CPPFLAGS) $(COUNTER_2)
tests_reload_counter_needs_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_needs_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_needs_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_needs_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_needs_la_SOURCES = tests/reload/counter_needs.plugin.c

tests_reload_counter_no_converter_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCOUNTER_VERSION='"3.0.0"' -DCOUNTER_FORMAT=3
tests_reload_counter_no_converter_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_counter_no_converter_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_counter_no_converter_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_counter_no_converter_la_SOURCES = tests/reload/counter.c
nodist_tests_reload_counter_no_converter_la_SOURCES = tests/reload/counter_no_converter.plugin.c

tests_reload_caller_1_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCALLER_VERSION='"1.0.0"'
tests_reload_caller_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_caller_1_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_caller_1_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_caller_1_la_SOURCES = tests/reload/caller.c
nodist_tests_reload_caller_1_la_SOURCES = tests/reload/caller_1.plugin.c

tests_reload_caller_2_la_CPPFLAGS = $(RELOAD_CPPFLAGS) -DCALLER_VERSION='"2.0.0"'
tests_reload_caller_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_reload_caller_2_la_LDFLAGS = $(RELOAD_LDFLAGS)
tests_reload_caller_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_reload_caller_2_la_SOURCES = tests/reload/caller.c
nodist_tests_reload_caller_2_la_SOURCES = tests/reload/caller_2.plugin.c

# What needs no test framework: the soak and the benchmark use it too.
check_LTLIBRARIES += tests/reload/libreload.la
tests_reload_libreload_la_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_libreload_la_SOURCES = \
	tests/reload/census.c tests/reload/census.h \
	tests/reload/endurance.c tests/reload/endurance.h \
	tests/reload/fetcher.c tests/reload/fetcher.h \
	tests/reload/traffic.c tests/reload/traffic.h \
	tests/reload/variant.c tests/reload/variant.h

# For as many reloads as wanted: ./dev soak --reloads N
EXTRA_PROGRAMS += tests/reload/soak
CLEANFILES += tests/reload/soak
tests_reload_soak_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_soak_LDADD = tests/reload/libreload.la core/libcorbel.la

soak-programs: stage tests/reload/soak $(RELOAD_PLUGINS)

.PHONY: soak-programs

check_LTLIBRARIES += tests/reload/libplay.la
tests_reload_libplay_la_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_libplay_la_SOURCES = tests/reload/play.c tests/reload/play.h

check_PROGRAMS += tests/reload/test_reload
tests_reload_test_reload_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_carry
tests_reload_test_reload_carry_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_carry_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_drain
tests_reload_test_reload_drain_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_drain_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_meanwhile
tests_reload_test_reload_meanwhile_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_meanwhile_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_refused
tests_reload_test_reload_refused_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_refused_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_torn
tests_reload_test_reload_torn_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_torn_LDADD = $(RELOAD_TEST_LDADD)

check_PROGRAMS += tests/reload/test_reload_many
tests_reload_test_reload_many_CPPFLAGS = $(RELOAD_TEST_CPPFLAGS)
tests_reload_test_reload_many_LDADD = tests/reload/libreload.la $(TEST_EMBED_LDADD)
