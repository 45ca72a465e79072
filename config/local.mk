# SPDX-License-Identifier: MIT
# The INI reader, schemas and settings, as objects that libcorbel and the tools take in.

noinst_LTLIBRARIES += config/libconfig.la
config_libconfig_la_CPPFLAGS = $(CONFIG_CPPFLAGS) $(PATH_CPPFLAGS)
config_libconfig_la_LIBADD = $(INIH_LIBS)
config_libconfig_la_SOURCES = \
	config/document.c config/document.h \
	config/error.c config/error.h \
	config/format.c \
	config/host_schema.c config/host_schema.h \
	config/ini.c config/ini.h \
	config/line.c config/line.h \
	config/manifest.c config/manifest.h \
	config/nearest.c config/nearest.h \
	config/origin.c config/origin.h \
	config/override.c \
	config/plugin_settings.c \
	config/principal.c config/principal.h \
	config/print.c \
	config/schema.c config/schema.h \
	config/settings.c config/settings.h \
	config/settings_lookup.c config/settings_lookup.h \
	config/table.c config/table.h \
	config/utf8.c config/utf8.h \
	config/value.c config/value.h \
	config/version.c config/version.h

dist_corbelconf_DATA += config/corbeld.ini
