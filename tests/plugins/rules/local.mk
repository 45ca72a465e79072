# SPDX-License-Identifier: MIT
# Tests of the plugin rules: its parts alone, the whole of it over a made-up host and store, and all of it in corbeld.

RULES_TEST_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) -iquote $(top_srcdir)/tests/plugins/rules -I$(top_srcdir)/plugins/rules \
	-I$(top_builddir)/plugins/rules -I$(top_builddir)/plugins/sensors -I$(top_builddir)/plugins/store
RULES_TEST_LDADD = plugins/rules/librules.la tests/plugins/rules/libstage.la tests/librunner.la $(CHECK_LIBS)

check_LTLIBRARIES += tests/plugins/rules/libstage.la
tests_plugins_rules_libstage_la_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_libstage_la_SOURCES = \
	tests/plugins/rules/stage.c tests/plugins/rules/stage.h \
	tests/plugins/rules/stagestore.c tests/plugins/rules/stagestore.h

check_PROGRAMS += tests/plugins/rules/test_rule
tests_plugins_rules_test_rule_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_rule_LDADD = $(RULES_TEST_LDADD)

check_PROGRAMS += tests/plugins/rules/test_monitor
tests_plugins_rules_test_monitor_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_monitor_LDADD = $(RULES_TEST_LDADD)

check_PROGRAMS += tests/plugins/rules/test_alert
tests_plugins_rules_test_alert_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_alert_LDADD = $(RULES_TEST_LDADD)

check_PROGRAMS += tests/plugins/rules/test_queue
tests_plugins_rules_test_queue_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_queue_LDADD = $(RULES_TEST_LDADD)

check_PROGRAMS += tests/plugins/rules/test_rules
tests_plugins_rules_test_rules_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_rules_LDADD = $(RULES_TEST_LDADD)
tests_plugins_rules_test_rules_SOURCES = tests/plugins/rules/test_rules.c plugins/rules/rules.c

check_PROGRAMS += tests/plugins/rules/test_rules_reload
tests_plugins_rules_test_rules_reload_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_rules_reload_LDADD = tests/plugins/libplugintest.la $(RULES_TEST_LDADD)
tests_plugins_rules_test_rules_reload_SOURCES = tests/plugins/rules/test_rules_reload.c plugins/rules/rules.c

check_PROGRAMS += tests/plugins/rules/test_history
tests_plugins_rules_test_history_CPPFLAGS = $(RULES_TEST_CPPFLAGS)
tests_plugins_rules_test_history_LDADD = $(RULES_TEST_LDADD)
tests_plugins_rules_test_history_SOURCES = tests/plugins/rules/test_history.c plugins/rules/rules.c

dist_check_SCRIPTS += tests/plugins/rules/rules.test
