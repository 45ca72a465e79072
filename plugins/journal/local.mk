# SPDX-License-Identifier: MIT
# All but the entry table is in a library of its own, which the tests link too.
noinst_LTLIBRARIES += plugins/journal/libjournal.la
plugins_journal_libjournal_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_journal_libjournal_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_journal_libjournal_la_SOURCES = \
	plugins/journal/file.c plugins/journal/file.h \
	plugins/journal/line.c plugins/journal/line.h \
	plugins/journal/native.c plugins/journal/native.h \
	plugins/journal/settings.c plugins/journal/settings.h \
	plugins/journal/sink.c plugins/journal/sink.h

plugin_LTLIBRARIES += plugins/journal/journal.la
plugins_journal_journal_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_journal_journal_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_journal_journal_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_journal_journal_la_LIBADD = plugins/journal/libjournal.la $(PLUGIN_LIBADD)
plugins_journal_journal_la_SOURCES = plugins/journal/journal.c
nodist_plugins_journal_journal_la_SOURCES = plugins/journal/journal.plugin.c
CLEANFILES += plugins/journal/journal.plugin.c
EXTRA_DIST += plugins/journal/journal.plugin
dist_man_MANS += plugins/journal/corbel-journal.7
