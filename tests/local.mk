# SPDX-License-Identifier: MIT
# How tests are built and run. A Check test is three lines in the fragment of its folder:
#
#   check_PROGRAMS += tests/core/test_registry
#   tests_core_test_registry_CPPFLAGS = $(TEST_CPPFLAGS)
#   tests_core_test_registry_LDADD = $(TEST_LDADD)
#
# (its source is tests/core/test_registry.c by itself) and a shell test is one: dist_check_SCRIPTS += tests/host/run.test
# A program that a test needs and that is no test itself goes into noinst_PROGRAMS.

TESTS = $(check_PROGRAMS) $(dist_check_SCRIPTS)
TEST_EXTENSIONS = .test
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/tap-run
TEST_LOG_COMPILER = $(LOG_COMPILER)

# What tests may rely on in their environment.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	plugin_path='$(abs_top_builddir)/$(STAGE)'; export plugin_path; \
	CC='$(CC)'; export CC; \
	NM='$(NM)'; export NM; \
	sanitizer='$(CORBEL_SANITIZER)'; export sanitizer; \
	plugin_cppflags='$(PLUGIN_CPPFLAGS)'; export plugin_cppflags;

TEST_INCLUDES = -iquote $(top_srcdir)/tests $(HOST_INCLUDES)
TEST_PATHS = -DTEST_SRCDIR='"$(abs_top_srcdir)"' -DTEST_BUILDDIR='"$(abs_top_builddir)"'
TEST_CPPFLAGS = $(BASE_CPPFLAGS) $(PATH_CPPFLAGS) $(TEST_INCLUDES) $(TEST_PATHS) \
	$(CHECK_CFLAGS) $(FFI_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
# The first reaches the insides of the library and of the host; the second links as an embedder does.
TEST_LDADD = tests/librunner.la core/libcorbel-internal.la $(CHECK_LIBS)
TEST_HOST_LDADD = tests/librunner.la host/libhost.la core/libcorbel-internal.la \
	$(JANSSON_LIBS) $(SMARTCOLS_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
TEST_EMBED_LDADD = tests/librunner.la core/libcorbel.la $(CHECK_LIBS)

# A plugin of tests/zoo is built like any other, but never installed: libtool needs a folder to make it shared.
ZOO_CPPFLAGS = $(PLUGIN_CPPFLAGS)
ZOO_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/zoo
ZOO_LIBADD = $(PLUGIN_LIBADD)

check_LTLIBRARIES += tests/librunner.la
tests_librunner_la_SOURCES = tests/runner.c
tests_librunner_la_CPPFLAGS = $(TEST_CPPFLAGS)

EXTRA_DIST += tests/tap.sh tests/tap-run
