# SPDX-License-Identifier: MIT
# Faults of all classes, in a corbeld as users run it; and a campaign of random ones. The plugins for that:
# prober asks and allocates, workhorse is what the campaign spoils, the others fail in the loader.

FAULTS_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_srcdir)/plugins/faulty -I$(top_builddir)/plugins/faulty \
	-I$(top_builddir)/plugins/greeter -I$(top_builddir)/tests/faults
FAULTS_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/faults
FAULTS_PLUGINS = tests/faults/prober.la tests/faults/workhorse.la tests/faults/stillborn.la tests/faults/lastword.la

dist_check_SCRIPTS += tests/faults/places.test tests/faults/outcomes.test tests/faults/campaign.test
EXTRA_DIST += tests/faults/house.py tests/faults/places.py tests/faults/outcomes.py tests/faults/outcomes.txt tests/faults/campaign.py

check_LTLIBRARIES += $(FAULTS_PLUGINS)
BUILT_SOURCES += tests/faults/test.workhorse.h
CLEANFILES += tests/faults/test.workhorse.h $(FAULTS_PLUGINS:.la=.plugin.c)
EXTRA_DIST += tests/faults/test.workhorse.interface tests/faults/prober.plugin tests/faults/workhorse.plugin \
	tests/faults/stillborn.plugin tests/faults/lastword.plugin

tests_faults_prober_la_CPPFLAGS = $(FAULTS_CPPFLAGS)
tests_faults_prober_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_faults_prober_la_LDFLAGS = $(FAULTS_LDFLAGS)
tests_faults_prober_la_LIBADD = $(PLUGIN_LIBADD)
tests_faults_prober_la_SOURCES = tests/faults/prober.c
nodist_tests_faults_prober_la_SOURCES = tests/faults/prober.plugin.c

tests_faults_workhorse_la_CPPFLAGS = $(FAULTS_CPPFLAGS)
tests_faults_workhorse_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_faults_workhorse_la_LDFLAGS = $(FAULTS_LDFLAGS)
tests_faults_workhorse_la_LIBADD = $(PLUGIN_LIBADD)
tests_faults_workhorse_la_SOURCES = tests/faults/workhorse.c
nodist_tests_faults_workhorse_la_SOURCES = tests/faults/workhorse.plugin.c

tests_faults_stillborn_la_CPPFLAGS = $(FAULTS_CPPFLAGS) -DFAULT_AT=constructor
tests_faults_stillborn_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_faults_stillborn_la_LDFLAGS = $(FAULTS_LDFLAGS)
tests_faults_stillborn_la_LIBADD = plugins/faulty/libfaulty.la $(PLUGIN_LIBADD)
tests_faults_stillborn_la_SOURCES = tests/faults/constructed.c
nodist_tests_faults_stillborn_la_SOURCES = tests/faults/stillborn.plugin.c

tests_faults_lastword_la_CPPFLAGS = $(FAULTS_CPPFLAGS) -DFAULT_AT=destructor
tests_faults_lastword_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_faults_lastword_la_LDFLAGS = $(FAULTS_LDFLAGS)
tests_faults_lastword_la_LIBADD = plugins/faulty/libfaulty.la $(PLUGIN_LIBADD)
tests_faults_lastword_la_SOURCES = tests/faults/constructed.c
nodist_tests_faults_lastword_la_SOURCES = tests/faults/lastword.plugin.c
