# SPDX-License-Identifier: MIT
# All but the entry table is in a library of its own, which the tests link too.
if WITH_SQLITE
noinst_LTLIBRARIES += plugins/store/libstore.la
plugins_store_libstore_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) $(SQLITE_CFLAGS)
plugins_store_libstore_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_store_libstore_la_LIBADD = $(SQLITE_LIBS)
plugins_store_libstore_la_SOURCES = \
	plugins/store/database.c plugins/store/database.h \
	plugins/store/fault.c plugins/store/fault.h \
	plugins/store/settings.c plugins/store/settings.h

plugin_LTLIBRARIES += plugins/store/store.la
plugins_store_store_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/store $(SQLITE_CFLAGS)
plugins_store_store_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_store_store_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_store_store_la_LIBADD = plugins/store/libstore.la $(PLUGIN_LIBADD)
plugins_store_store_la_SOURCES = plugins/store/store.c
nodist_plugins_store_store_la_SOURCES = plugins/store/store.plugin.c
BUILT_SOURCES += plugins/store/corbel.store.h
dist_man_MANS += plugins/store/corbel-store.7
endif
CLEANFILES += plugins/store/corbel.store.h plugins/store/store.plugin.c
EXTRA_DIST += plugins/store/store.plugin plugins/store/corbel.store.interface
