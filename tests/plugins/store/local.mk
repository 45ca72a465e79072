# SPDX-License-Identifier: MIT
# Tests of the plugin store: its parts, its methods over a made-up host, and all of it in hosts that are stopped and killed.
if WITH_SQLITE
STORE_INCLUDES = -I$(top_srcdir)/plugins/store -I$(top_builddir)/plugins/store $(SQLITE_CFLAGS)
STORE_TEST_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) $(STORE_INCLUDES)
STORE_TEST_LDADD = plugins/store/libstore.la $(PLUGIN_TEST_LIBS) $(SQLITE_LIBS)
STORE_HOUSE_CPPFLAGS = $(HOUSE_CPPFLAGS) -I$(top_builddir)/plugins/store
STORE_KILL_CPPFLAGS = $(TEST_CPPFLAGS) -iquote $(top_srcdir)/tests/plugins $(STORE_INCLUDES)
STORE_HOUSE_LDADD = $(HOUSE_LDADD) $(TEST_LDADD)

check_PROGRAMS += tests/plugins/store/test_store
tests_plugins_store_test_store_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_plugins_store_test_store_LDADD = $(STORE_TEST_LDADD)
tests_plugins_store_test_store_SOURCES = tests/plugins/store/test_store.c plugins/store/store.c

check_PROGRAMS += tests/plugins/store/test_store_database
tests_plugins_store_test_store_database_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_plugins_store_test_store_database_LDADD = $(STORE_TEST_LDADD)

check_PROGRAMS += tests/plugins/store/test_store_threads
tests_plugins_store_test_store_threads_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_plugins_store_test_store_threads_LDADD = $(STORE_TEST_LDADD)
tests_plugins_store_test_store_threads_SOURCES = tests/plugins/store/test_store_threads.c plugins/store/store.c

check_PROGRAMS += tests/plugins/store/test_store_reload
tests_plugins_store_test_store_reload_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_plugins_store_test_store_reload_LDADD = $(STORE_TEST_LDADD)
tests_plugins_store_test_store_reload_SOURCES = tests/plugins/store/test_store_reload.c plugins/store/store.c

check_PROGRAMS += tests/plugins/store/test_store_house
tests_plugins_store_test_store_house_CPPFLAGS = $(STORE_HOUSE_CPPFLAGS)
tests_plugins_store_test_store_house_LDADD = $(STORE_HOUSE_LDADD)

check_PROGRAMS += tests/plugins/store/test_store_kill
tests_plugins_store_test_store_kill_CPPFLAGS = $(STORE_KILL_CPPFLAGS)
tests_plugins_store_test_store_kill_LDADD = tests/plugins/libplugintest.la $(TEST_EMBED_LDADD) $(SQLITE_LIBS)
endif
