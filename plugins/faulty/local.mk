# SPDX-License-Identifier: MIT
# The classes are in a library of its own: part of the plugin, and of what corbeld loads for `corbelctl inject`.
noinst_LTLIBRARIES += plugins/faulty/libfaulty.la
plugins_faulty_libfaulty_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_faulty_libfaulty_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_faulty_libfaulty_la_LIBADD = -lm
plugins_faulty_libfaulty_la_SOURCES = \
	plugins/faulty/access.c \
	plugins/faulty/classes.h \
	plugins/faulty/ending.c \
	plugins/faulty/fault.c plugins/faulty/fault.h \
	plugins/faulty/heap.c \
	plugins/faulty/instruction.c \
	plugins/faulty/library.c \
	plugins/faulty/process.c \
	plugins/faulty/stack.c \
	plugins/faulty/threads.c \
	plugins/faulty/waiting.c

plugin_LTLIBRARIES += plugins/faulty/faulty.la
plugins_faulty_faulty_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/faulty
plugins_faulty_faulty_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_faulty_faulty_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_faulty_faulty_la_LIBADD = plugins/faulty/libfaulty.la $(PLUGIN_LIBADD)
plugins_faulty_faulty_la_SOURCES = plugins/faulty/faulty.c
nodist_plugins_faulty_faulty_la_SOURCES = plugins/faulty/faulty.plugin.c

pkglib_LTLIBRARIES += plugins/faulty/corbel-faults.la
plugins_faulty_corbel_faults_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_faulty_corbel_faults_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_faulty_corbel_faults_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_faulty_corbel_faults_la_LIBADD = plugins/faulty/libfaulty.la
plugins_faulty_corbel_faults_la_SOURCES = plugins/faulty/inject.c

BUILT_SOURCES += plugins/faulty/corbel.faulty.h
CLEANFILES += plugins/faulty/corbel.faulty.h plugins/faulty/faulty.plugin.c
EXTRA_DIST += plugins/faulty/faulty.plugin plugins/faulty/corbel.faulty.interface
dist_man_MANS += plugins/faulty/corbel-faulty.7
