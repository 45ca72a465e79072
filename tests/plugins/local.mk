# SPDX-License-Identifier: MIT
# Tests of the shipped plugins: their parts alone, each plugin over a made-up host, and all of them in corbeld.

PLUGIN_TEST_CPPFLAGS = $(PLUGIN_CPPFLAGS) -iquote $(top_srcdir)/tests/plugins $(CHECK_CFLAGS)
PLUGIN_TEST_LIBS = tests/plugins/libplugintest.la tests/librunner.la $(CHECK_LIBS)
SENSORS_TEST_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) -I$(top_srcdir)/plugins/sensors -I$(top_builddir)/plugins/sensors
JOURNAL_TEST_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) -I$(top_srcdir)/plugins/journal

check_LTLIBRARIES += tests/plugins/libplugintest.la
tests_plugins_libplugintest_la_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
tests_plugins_libplugintest_la_SOURCES = \
	tests/plugins/fakehost.c tests/plugins/fakehost.h \
	tests/plugins/fakestate.c tests/plugins/fakestate.h \
	tests/plugins/tree.c tests/plugins/tree.h

check_PROGRAMS += tests/plugins/test_sensors
tests_plugins_test_sensors_CPPFLAGS = $(SENSORS_TEST_CPPFLAGS)
tests_plugins_test_sensors_LDADD = plugins/sensors/libsensors.la $(PLUGIN_TEST_LIBS)
tests_plugins_test_sensors_SOURCES = tests/plugins/test_sensors.c plugins/sensors/sensors.c

check_PROGRAMS += tests/plugins/test_sensors_sources
tests_plugins_test_sensors_sources_CPPFLAGS = $(SENSORS_TEST_CPPFLAGS)
tests_plugins_test_sensors_sources_LDADD = plugins/sensors/libsensors.la $(PLUGIN_TEST_LIBS)

check_PROGRAMS += tests/plugins/test_journal
tests_plugins_test_journal_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_plugins_test_journal_LDADD = plugins/journal/libjournal.la $(PLUGIN_TEST_LIBS)
tests_plugins_test_journal_SOURCES = tests/plugins/test_journal.c plugins/journal/journal.c

check_PROGRAMS += tests/plugins/test_journal_file
tests_plugins_test_journal_file_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_plugins_test_journal_file_LDADD = plugins/journal/libjournal.la $(PLUGIN_TEST_LIBS)

check_PROGRAMS += tests/plugins/test_journal_line
tests_plugins_test_journal_line_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_plugins_test_journal_line_LDADD = plugins/journal/libjournal.la $(PLUGIN_TEST_LIBS)

check_PROGRAMS += tests/plugins/test_journal_native
tests_plugins_test_journal_native_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_plugins_test_journal_native_LDADD = plugins/journal/libjournal.la $(PLUGIN_TEST_LIBS)

if WITH_SQLITE
if WITH_MICROHTTPD
check_PROGRAMS += tests/plugins/test_reload
tests_plugins_test_reload_CPPFLAGS = $(HOUSE_CPPFLAGS) -I$(top_builddir)/plugins/sensors -I$(top_builddir)/plugins/rules \
	-I$(top_builddir)/plugins/store
tests_plugins_test_reload_SOURCES = tests/plugins/test_reload.c tests/plugins/httpclient.c tests/plugins/httpclient.h
tests_plugins_test_reload_LDADD = $(HOUSE_LDADD) $(TEST_LDADD)
endif
endif

dist_check_SCRIPTS += tests/plugins/run.test tests/plugins/demo.test
