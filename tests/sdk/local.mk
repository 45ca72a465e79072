# SPDX-License-Identifier: MIT
# Generated headers against a host of a few lines, and the scanner's words and results. They have a corbel_thread of
# their own, so they do not link libcorbel.

SDK_TEST_CPPFLAGS = $(TEST_CPPFLAGS) -iquote $(top_srcdir)/tests/sdk -iquote $(top_builddir)/tests/sdk/interfaces
SDK_TEST_LDADD = tests/librunner.la $(CHECK_LIBS)
SDK_TEST_FAKES = tests/sdk/fake.c tests/sdk/fake.h tests/sdk/old_rich.c tests/sdk/provider.c tests/sdk/provider.h

check_PROGRAMS += tests/sdk/test_calls
tests_sdk_test_calls_CPPFLAGS = $(SDK_TEST_CPPFLAGS)
tests_sdk_test_calls_LDADD = $(SDK_TEST_LDADD)
tests_sdk_test_calls_SOURCES = tests/sdk/test_calls.c $(SDK_TEST_FAKES)

check_PROGRAMS += tests/sdk/test_events
tests_sdk_test_events_CPPFLAGS = $(SDK_TEST_CPPFLAGS)
tests_sdk_test_events_LDADD = $(SDK_TEST_LDADD)
tests_sdk_test_events_SOURCES = tests/sdk/test_events.c $(SDK_TEST_FAKES)

check_PROGRAMS += tests/sdk/test_state
tests_sdk_test_state_CPPFLAGS = $(SDK_TEST_CPPFLAGS)
tests_sdk_test_state_LDADD = $(SDK_TEST_LDADD)
tests_sdk_test_state_SOURCES = tests/sdk/test_state.c $(SDK_TEST_FAKES)

dist_check_SCRIPTS += tests/sdk/scanner_errors.test
dist_check_SCRIPTS += tests/sdk/scanner_check.test
dist_check_SCRIPTS += tests/sdk/scanner_output.test

BUILT_SOURCES += tests/sdk/interfaces/rich.h tests/sdk/interfaces/rich_old.h
CLEANFILES += tests/sdk/interfaces/rich.h tests/sdk/interfaces/rich_old.h
EXTRA_DIST += tests/sdk/interfaces/rich.interface tests/sdk/interfaces/rich_old.interface
EXTRA_DIST += tests/sdk/interfaces/events_only.interface tests/sdk/interfaces/methods_only.interface

# The README's greeter, from the README itself, in the tree and outside.
dist_check_SCRIPTS += tests/sdk/readme.test tests/sdk/outside.test
EXTRA_DIST += tests/sdk/greeter.sh
