# SPDX-License-Identifier: MIT
# corbeld, corbelctl and corbel-probe. All but the main files is in host/libhost.la, so that tests reach it too.

noinst_LTLIBRARIES += host/libhost.la
host_libhost_la_CPPFLAGS = $(HOST_CPPFLAGS) -iquote $(top_builddir)/host -I$(top_builddir)/sdk/interfaces
host_libhost_la_SOURCES = \
	host/access.c host/access.h \
	host/audit.c host/audit.h \
	host/caller.c host/caller.h \
	host/connection.c host/connection.h \
	host/control.c host/control.h \
	host/daemon.c host/daemon.h \
	host/descriptors.c host/descriptors.h \
	host/endpoint.c host/endpoint.h \
	host/environment.c host/environment.h \
	host/exit_code.h \
	host/faults.c host/faults.h \
	host/fields.c host/fields.h \
	host/folder_watch.c host/folder_watch.h \
	host/framing.c host/framing.h \
	host/heap.c host/heap.h \
	host/heap_chunk.c host/heap_chunk.h \
	host/heap_library.c host/heap_library.h \
	host/host_grants.c \
	host/host_inject.c \
	host/host_json.c host/host_json.h \
	host/host_monitors.c \
	host/host_requests.c \
	host/host_service.c host/host_service.h \
	host/judgement.c host/judgement.h \
	host/late_call.c host/late_call.h \
	host/logsink.c host/logsink.h \
	host/monitor.c host/monitor.h \
	host/notify.c host/notify.h \
	host/options.c host/options.h \
	host/peer.c host/peer.h \
	host/poller.c host/poller.h \
	host/rate.c host/rate.h \
	host/recovery.c host/recovery.h \
	host/refusals.c host/refusals.h \
	host/rescue.c host/rescue.h \
	host/show.c host/show.h \
	host/signature.c host/signature.h \
	host/signals.c host/signals.h \
	host/standstill.c host/standstill.h \
	host/subscribe.c host/subscribe.h \
	host/succession.c host/succession.h \
	host/varlink.c host/varlink.h \
	host/varlink_service.c host/varlink_service.h \
	host/verify.c host/verify.h \
	host/watcher.c host/watcher.h

HOST_LDADD = host/libhost.la core/libcorbel.la config/libconfig.la \
	$(JANSSON_LIBS) $(SMARTCOLS_LIBS) $(SODIUM_LIBS)

sbin_PROGRAMS += host/corbeld
host_corbeld_CPPFLAGS = $(HOST_CPPFLAGS)
host_corbeld_LDADD = $(HOST_LDADD)
host_corbeld_SOURCES = host/corbeld.c

# In the program alone: a test, or another program around libcorbel, has libc's own functions.
INTERPOSE_SOURCES = \
	host/interpose.c host/interpose.h \
	host/interpose_descriptor.c \
	host/interpose_end.c \
	host/interpose_heap.c \
	host/interpose_process.c \
	host/interpose_signal.c \
	host/interpose_thread.c
if WITH_INTERPOSERS
host_corbeld_SOURCES += $(INTERPOSE_SOURCES)
endif
EXTRA_DIST += $(INTERPOSE_SOURCES)

bin_PROGRAMS += host/corbelctl
host_corbelctl_CPPFLAGS = $(HOST_CPPFLAGS)
host_corbelctl_LDADD = host/libhost.la config/libconfig.la $(JANSSON_LIBS) $(SMARTCOLS_LIBS)
host_corbelctl_SOURCES = \
	host/ctl/client.c host/ctl/client.h \
	host/ctl/command.h \
	host/ctl/commands.c \
	host/ctl/corbelctl.c \
	host/ctl/events.c \
	host/ctl/grants.c \
	host/ctl/help.c \
	host/ctl/inject.c \
	host/ctl/level.c \
	host/ctl/list.c \
	host/ctl/log.c \
	host/ctl/metrics.c \
	host/ctl/numbers.c host/ctl/numbers.h \
	host/ctl/re_exec.c \
	host/ctl/reload.c \
	host/ctl/reload_config.c \
	host/ctl/request.c host/ctl/request.h \
	host/ctl/reset.c \
	host/ctl/restart.c \
	host/ctl/services.c \
	host/ctl/show.c \
	host/ctl/start.c \
	host/ctl/states.c \
	host/ctl/status.c \
	host/ctl/stop.c \
	host/ctl/stream.c host/ctl/stream.h \
	host/ctl/table.c host/ctl/table.h \
	host/ctl/topics.c \
	host/ctl/tree.c \
	host/ctl/usage.c \
	host/ctl/why.c

# Tries new versions with the library's own code; needs libcorbel itself for the plugins, as corbeld does.
pkglibexec_PROGRAMS += host/corbel-probe
host_corbel_probe_CPPFLAGS = $(HOST_CPPFLAGS)
host_corbel_probe_LDADD = core/libcorbel.la core/libcorbel-internal.la
host_corbel_probe_SOURCES = host/probe.c

dist_man_MANS += host/corbeld.8 host/corbelctl.1 host/corbel-probe.8

# The description that the daemon serves is the file itself.
host/org.corbel.Host.h: host/org.corbel.Host.varlink
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
		echo 'static const char host_description[] ='; \
		$(SED) -e 's/[\\"]/\\&/g' -e 's/.*/	"&\\n"/' $(top_srcdir)/host/org.corbel.Host.varlink; \
		echo '	;'; } >$@.new && mv $@.new $@

BUILT_SOURCES += host/org.corbel.Host.h
CLEANFILES += host/org.corbel.Host.h
dist_pkgdata_DATA += host/org.corbel.Host.varlink

# Made by make and not by configure, where @sbindir@ is still ${exec_prefix}/sbin, which systemd cannot read.
config/corbeld.service: config/corbeld.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@corbelconfdir[@]|$(corbelconfdir)|g' $(top_srcdir)/config/corbeld.service.in >$@.new && mv $@.new $@

if WITH_SYSTEMD_UNIT
nodist_systemdsystemunit_DATA = config/corbeld.service
endif
EXTRA_DIST += config/corbeld.service.in config/demo.ini
CLEANFILES += config/corbeld.service
