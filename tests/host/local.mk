# SPDX-License-Identifier: MIT
# Tests of corbeld and corbelctl, and the tiny plugins that they run.

check_PROGRAMS += tests/host/test_access
tests_host_test_access_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_access_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_audit
tests_host_test_audit_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_audit_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_rate
tests_host_test_rate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_rate_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_framing
tests_host_test_framing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_framing_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_options
tests_host_test_options_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_options_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_varlink
tests_host_test_varlink_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_varlink_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_logsink
tests_host_test_logsink_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_logsink_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_poller
tests_host_test_poller_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_poller_LDADD = $(TEST_HOST_LDADD)

check_PROGRAMS += tests/host/test_folder_watch
tests_host_test_folder_watch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_folder_watch_LDADD = $(TEST_HOST_LDADD)

noinst_PROGRAMS += tests/host/flood
tests_host_flood_CPPFLAGS = $(TEST_CPPFLAGS)

check_PROGRAMS += tests/host/test_heap
tests_host_test_heap_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_heap_LDADD = $(TEST_HOST_LDADD)

if WITH_INTERPOSERS
check_PROGRAMS += tests/host/test_interpose
tests_host_test_interpose_CPPFLAGS = $(TEST_CPPFLAGS)
tests_host_test_interpose_LDADD = $(TEST_HOST_LDADD)
tests_host_test_interpose_SOURCES = tests/host/test_interpose.c $(INTERPOSE_SOURCES)
endif
EXTRA_DIST += tests/host/test_interpose.c

HOST_TEST_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/tests/host
HOST_TEST_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/host

check_LTLIBRARIES += tests/host/ticker.la
tests_host_ticker_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_ticker_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_ticker_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_ticker_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_ticker_la_SOURCES = tests/host/ticker.c
nodist_tests_host_ticker_la_SOURCES = tests/host/ticker.plugin.c tests/host/test.ticker.h

check_LTLIBRARIES += tests/host/teller.la
tests_host_teller_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_teller_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_teller_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_teller_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_teller_la_SOURCES = tests/host/teller.c
nodist_tests_host_teller_la_SOURCES = tests/host/teller.plugin.c tests/host/test.ticker.h

check_LTLIBRARIES += tests/host/sulker.la
tests_host_sulker_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_sulker_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_sulker_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_sulker_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_sulker_la_SOURCES = tests/host/sulker.c
nodist_tests_host_sulker_la_SOURCES = tests/host/sulker.plugin.c

check_LTLIBRARIES += tests/host/clinger.la
tests_host_clinger_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_clinger_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_clinger_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_clinger_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_clinger_la_SOURCES = tests/host/clinger.c
nodist_tests_host_clinger_la_SOURCES = tests/host/clinger.plugin.c

check_LTLIBRARIES += tests/host/versions_1.la
tests_host_versions_1_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -DVERSIONS=1
tests_host_versions_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_versions_1_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_versions_1_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_versions_1_la_SOURCES = tests/host/versions.c
nodist_tests_host_versions_1_la_SOURCES = tests/host/versions_1.plugin.c tests/host/test.versions.h

check_LTLIBRARIES += tests/host/versions_2.la
tests_host_versions_2_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -DVERSIONS=2
tests_host_versions_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_versions_2_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_versions_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_versions_2_la_SOURCES = tests/host/versions.c
nodist_tests_host_versions_2_la_SOURCES = tests/host/versions_2.plugin.c tests/host/test.versions.h

check_LTLIBRARIES += tests/host/versions_3.la
tests_host_versions_3_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -DVERSIONS=3
tests_host_versions_3_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_versions_3_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_versions_3_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_versions_3_la_SOURCES = tests/host/versions.c
nodist_tests_host_versions_3_la_SOURCES = tests/host/versions_3.plugin.c tests/host/test.versions.h

check_LTLIBRARIES += tests/host/asker.la
tests_host_asker_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_asker_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_asker_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_asker_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_asker_la_SOURCES = tests/host/asker.c
nodist_tests_host_asker_la_SOURCES = tests/host/asker.plugin.c tests/host/test.asker.h tests/host/test.versions.h

check_LTLIBRARIES += tests/host/giver_1.la
tests_host_giver_1_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -DGIVER=1
tests_host_giver_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_giver_1_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_giver_1_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_giver_1_la_SOURCES = tests/host/giver.c
nodist_tests_host_giver_1_la_SOURCES = tests/host/giver_1.plugin.c tests/host/test.ticker.h tests/host/test.versions.h

check_LTLIBRARIES += tests/host/giver_2.la
tests_host_giver_2_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -DGIVER=2
tests_host_giver_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_giver_2_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_giver_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_giver_2_la_SOURCES = tests/host/giver.c
nodist_tests_host_giver_2_la_SOURCES = tests/host/giver_2.plugin.c tests/host/test.ticker.h tests/host/test.versions.h

check_LTLIBRARIES += tests/host/taker_1.la
tests_host_taker_1_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_taker_1_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_taker_1_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_taker_1_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_taker_1_la_SOURCES = tests/host/taker.c
nodist_tests_host_taker_1_la_SOURCES = tests/host/taker_1.plugin.c

check_LTLIBRARIES += tests/host/taker_2.la
tests_host_taker_2_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_taker_2_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_taker_2_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_taker_2_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_taker_2_la_SOURCES = tests/host/taker.c
nodist_tests_host_taker_2_la_SOURCES = tests/host/taker_2.plugin.c

check_LTLIBRARIES += tests/host/leaver.la
tests_host_leaver_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_leaver_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_leaver_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_leaver_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_leaver_la_SOURCES = tests/host/leaver.c
nodist_tests_host_leaver_la_SOURCES = tests/host/leaver.plugin.c

check_LTLIBRARIES += tests/host/late_caller.la
tests_host_late_caller_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS)
tests_host_late_caller_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_late_caller_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_late_caller_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_late_caller_la_SOURCES = tests/host/late_caller.c
nodist_tests_host_late_caller_la_SOURCES = tests/host/late_caller.plugin.c

check_LTLIBRARIES += tests/host/meddler.la
tests_host_meddler_la_CPPFLAGS = $(HOST_TEST_CPPFLAGS) -iquote $(top_srcdir)/tests/host
tests_host_meddler_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_host_meddler_la_LDFLAGS = $(HOST_TEST_LDFLAGS)
tests_host_meddler_la_LIBADD = $(PLUGIN_LIBADD)
tests_host_meddler_la_SOURCES = tests/host/meddler.c tests/host/meddler.h tests/host/meddler_heap.c
nodist_tests_host_meddler_la_SOURCES = tests/host/meddler.plugin.c

# check-programs are not among what `make all` makes before its header dependencies are known.
BUILT_SOURCES += tests/host/test.asker.h tests/host/test.ticker.h tests/host/test.versions.h
CLEANFILES += tests/host/test.asker.h tests/host/test.ticker.h tests/host/test.versions.h \
	tests/host/ticker.plugin.c tests/host/teller.plugin.c tests/host/sulker.plugin.c \
	tests/host/clinger.plugin.c tests/host/asker.plugin.c tests/host/versions_1.plugin.c \
	tests/host/versions_2.plugin.c tests/host/versions_3.plugin.c tests/host/giver_1.plugin.c \
	tests/host/giver_2.plugin.c tests/host/taker_1.plugin.c tests/host/taker_2.plugin.c \
	tests/host/leaver.plugin.c tests/host/late_caller.plugin.c tests/host/meddler.plugin.c
EXTRA_DIST += tests/host/test.asker.interface tests/host/test.ticker.interface \
	tests/host/test.versions.interface tests/host/ticker.plugin tests/host/teller.plugin \
	tests/host/sulker.plugin tests/host/clinger.plugin tests/host/asker.plugin \
	tests/host/versions_1.plugin tests/host/versions_2.plugin tests/host/versions_3.plugin \
	tests/host/giver_1.plugin tests/host/giver_2.plugin tests/host/taker_1.plugin tests/host/taker_2.plugin \
	tests/host/leaver.plugin tests/host/late_caller.plugin tests/host/meddler.plugin

dist_check_SCRIPTS += tests/host/command_line.test
dist_check_SCRIPTS += tests/host/corbel_dev.test
dist_check_SCRIPTS += tests/host/socket.test
dist_check_SCRIPTS += tests/host/flood.test
dist_check_SCRIPTS += tests/host/signals.test
dist_check_SCRIPTS += tests/host/heap.test
dist_check_SCRIPTS += tests/host/interpose.test
dist_check_SCRIPTS += tests/host/leftovers.test
dist_check_SCRIPTS += tests/host/notify.test
dist_check_SCRIPTS += tests/host/varlink.test
dist_check_SCRIPTS += tests/host/control.test
dist_check_SCRIPTS += tests/host/corbelctl.test
dist_check_SCRIPTS += tests/host/grants.test
dist_check_SCRIPTS += tests/host/inject.test
dist_check_SCRIPTS += tests/host/supervision.test
dist_check_SCRIPTS += tests/host/reload.test
dist_check_SCRIPTS += tests/host/watcher.test
EXTRA_DIST += tests/host/host.sh tests/host/varlink_client.py tests/host/varlink.py tests/host/control.py \
	tests/host/notify.py
