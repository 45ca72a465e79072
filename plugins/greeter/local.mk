# SPDX-License-Identifier: MIT
plugin_LTLIBRARIES += plugins/greeter/greeter.la
plugins_greeter_greeter_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/greeter
plugins_greeter_greeter_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_greeter_greeter_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_greeter_greeter_la_LIBADD = $(PLUGIN_LIBADD)
plugins_greeter_greeter_la_SOURCES = plugins/greeter/greeter.c
nodist_plugins_greeter_greeter_la_SOURCES = plugins/greeter/greeter.plugin.c
BUILT_SOURCES += plugins/greeter/corbel.greeter.h
CLEANFILES += plugins/greeter/corbel.greeter.h plugins/greeter/greeter.plugin.c
EXTRA_DIST += plugins/greeter/greeter.plugin plugins/greeter/corbel.greeter.interface
dist_man_MANS += plugins/greeter/corbel-greeter.7
