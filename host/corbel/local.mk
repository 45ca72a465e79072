# SPDX-License-Identifier: MIT
# corbel, the tool of who writes plugins.

bin_PROGRAMS += host/corbel/corbel
host_corbel_corbel_CPPFLAGS = $(HOST_CPPFLAGS) -DCORBEL_SCANNER='"$(bindir)/corbel-scanner"'
host_corbel_corbel_LDADD = host/libhost.la config/libconfig.la $(JANSSON_LIBS)
host_corbel_corbel_SOURCES = \
	host/corbel/build.c host/corbel/build.h \
	host/corbel/command.h \
	host/corbel/commands.c \
	host/corbel/content.c host/corbel/content.h \
	host/corbel/corbel.c \
	host/corbel/cycle.c host/corbel/cycle.h \
	host/corbel/dev.c \
	host/corbel/help.c \
	host/corbel/interfaces.c host/corbel/interfaces.h \
	host/corbel/program.c host/corbel/program.h \
	host/corbel/project.c host/corbel/project.h \
	host/corbel/remote.c host/corbel/remote.h \
	host/corbel/report.c host/corbel/report.h \
	host/corbel/sources.c host/corbel/sources.h \
	host/corbel/tree.c host/corbel/tree.h

dist_man_MANS += host/corbel/corbel.1
