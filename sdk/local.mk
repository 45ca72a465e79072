# SPDX-License-Identifier: MIT
# What authors of plugins see, and the scanner that makes typed calls from an interface file.

pkginclude_HEADERS += \
	sdk/corbel/abi.h \
	sdk/corbel/api.h \
	sdk/corbel/buffer.h \
	sdk/corbel/call.h \
	sdk/corbel/config.h \
	sdk/corbel/error.h \
	sdk/corbel/event.h \
	sdk/corbel/interface.h \
	sdk/corbel/log.h \
	sdk/corbel/loop.h \
	sdk/corbel/plugin.h \
	sdk/corbel/service.h \
	sdk/corbel/state.h \
	sdk/corbel/worker.h

# Interfaces that the host itself speaks; plugins make their headers of them.
interfacesdir = $(pkgdatadir)/interfaces
dist_interfaces_DATA = sdk/interfaces/corbel.monitor.interface
BUILT_SOURCES += sdk/interfaces/corbel.monitor.h
CLEANFILES += sdk/interfaces/corbel.monitor.h

# The scanner is the one part of sdk/ that takes something from above: the INI reader. Nothing of it is installed with
# the headers.
bin_PROGRAMS += sdk/scanner/corbel-scanner
sdk_scanner_corbel_scanner_CPPFLAGS = $(SCANNER_CPPFLAGS)
sdk_scanner_corbel_scanner_LDADD = config/libconfig.la
sdk_scanner_corbel_scanner_SOURCES = \
	sdk/scanner/arena.c sdk/scanner/arena.h \
	sdk/scanner/check.c \
	sdk/scanner/command.h \
	sdk/scanner/corbel-scanner.c \
	sdk/scanner/doc.c \
	sdk/scanner/emit.c sdk/scanner/emit.h \
	sdk/scanner/fingerprint.c \
	sdk/scanner/header.c sdk/scanner/header.h \
	sdk/scanner/header_description.c \
	sdk/scanner/header_events.c \
	sdk/scanner/header_flat.c \
	sdk/scanner/header_methods.c \
	sdk/scanner/header_types.c \
	sdk/scanner/interface.c sdk/scanner/interface.h \
	sdk/scanner/judge.c \
	sdk/scanner/list.c \
	sdk/scanner/names.c sdk/scanner/names.h \
	sdk/scanner/output.c sdk/scanner/output.h \
	sdk/scanner/plugin.c \
	sdk/scanner/reading.h \
	sdk/scanner/types.c \
	sdk/scanner/varlink.c

dist_man_MANS += sdk/scanner/corbel-scanner.1
