# SPDX-License-Identifier: MIT
# All but the entry table is in a library of its own, which the tests link too.
RULES_MADE = plugins/rules/corbel.rules.h plugins/sensors/corbel.sensors.h plugins/store/corbel.store.h

noinst_LTLIBRARIES += plugins/rules/librules.la
plugins_rules_librules_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/rules \
	-I$(top_builddir)/plugins/sensors -I$(top_builddir)/plugins/store
plugins_rules_librules_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_rules_librules_la_SOURCES = \
	plugins/rules/alert.c plugins/rules/alert.h \
	plugins/rules/archive.c plugins/rules/archive.h \
	plugins/rules/history.c plugins/rules/history.h \
	plugins/rules/listing.c plugins/rules/listing.h \
	plugins/rules/monitor.c plugins/rules/monitor.h \
	plugins/rules/number.c plugins/rules/number.h \
	plugins/rules/queue.c plugins/rules/queue.h \
	plugins/rules/rule.c plugins/rules/rule.h \
	plugins/rules/ruleset.c plugins/rules/ruleset.h \
	plugins/rules/state.c plugins/rules/state.h

plugin_LTLIBRARIES += plugins/rules/rules.la
plugins_rules_rules_la_CPPFLAGS = $(plugins_rules_librules_la_CPPFLAGS)
plugins_rules_rules_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_rules_rules_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_rules_rules_la_LIBADD = plugins/rules/librules.la $(PLUGIN_LIBADD)
plugins_rules_rules_la_SOURCES = plugins/rules/rules.c
nodist_plugins_rules_rules_la_SOURCES = plugins/rules/rules.plugin.c
BUILT_SOURCES += $(RULES_MADE)
CLEANFILES += plugins/rules/corbel.rules.h plugins/rules/rules.plugin.c
EXTRA_DIST += plugins/rules/rules.plugin plugins/rules/corbel.rules.interface
dist_man_MANS += plugins/rules/corbel-rules.7
