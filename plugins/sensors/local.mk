# SPDX-License-Identifier: MIT
# All but the entry table is in a library of its own, which the tests link too.
noinst_LTLIBRARIES += plugins/sensors/libsensors.la
plugins_sensors_libsensors_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/plugins/sensors
plugins_sensors_libsensors_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_sensors_libsensors_la_SOURCES = \
	plugins/sensors/cpu.c \
	plugins/sensors/device.c plugins/sensors/device.h \
	plugins/sensors/disk.c \
	plugins/sensors/kernelfile.c plugins/sensors/kernelfile.h \
	plugins/sensors/load.c \
	plugins/sensors/memory.c \
	plugins/sensors/network.c \
	plugins/sensors/reading.c plugins/sensors/reading.h \
	plugins/sensors/scan.c plugins/sensors/scan.h \
	plugins/sensors/settings.c plugins/sensors/settings.h \
	plugins/sensors/source.c plugins/sensors/source.h \
	plugins/sensors/state.c plugins/sensors/state.h \
	plugins/sensors/temperature.c

plugin_LTLIBRARIES += plugins/sensors/sensors.la
plugins_sensors_sensors_la_CPPFLAGS = $(plugins_sensors_libsensors_la_CPPFLAGS)
plugins_sensors_sensors_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_sensors_sensors_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_sensors_sensors_la_LIBADD = plugins/sensors/libsensors.la $(PLUGIN_LIBADD)
plugins_sensors_sensors_la_SOURCES = plugins/sensors/sensors.c
nodist_plugins_sensors_sensors_la_SOURCES = plugins/sensors/sensors.plugin.c
BUILT_SOURCES += plugins/sensors/corbel.sensors.h
CLEANFILES += plugins/sensors/corbel.sensors.h plugins/sensors/sensors.plugin.c
EXTRA_DIST += plugins/sensors/sensors.plugin plugins/sensors/corbel.sensors.interface
dist_man_MANS += plugins/sensors/corbel-sensors.7
