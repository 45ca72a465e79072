# SPDX-License-Identifier: MIT
# libcorbel. The objects are in core/libcorbel-internal.la, with which tests reach what the library hides.

noinst_LTLIBRARIES += core/libcorbel-internal.la
core_libcorbel_internal_la_CPPFLAGS = $(CORE_CPPFLAGS)
core_libcorbel_internal_la_LIBADD = config/libconfig.la $(FFI_LIBS) -lm
core_libcorbel_internal_la_SOURCES = \
	core/api.c \
	core/bus.c \
	core/bus.h \
	core/bus_carry.c \
	core/bus_info.c \
	core/bus_list.c \
	core/bus_parts.h \
	core/bus_publish.c \
	core/bus_queue.c \
	core/bus_queue.h \
	core/bus_replace.c \
	core/bus_review.c \
	core/bus_topic.c \
	core/candidate.c \
	core/candidate.h \
	core/carry.c \
	core/carry.h \
	core/child.c \
	core/child.h \
	core/commit.c \
	core/commit.h \
	core/container.h \
	core/describe.c \
	core/describe.h \
	core/describe_check.c \
	core/describe_compare.c \
	core/elf_facts.c \
	core/elf_facts.h \
	core/elf_file.c \
	core/elf_file.h \
	core/entries.c \
	core/entries.h \
	core/event_text.c \
	core/fault.c \
	core/fault_report.c \
	core/fault_symbol.c \
	core/fault_symbol.h \
	core/fault_heap.c \
	core/fault_heap.h \
	core/fault_thread.c \
	core/faulted.c \
	core/faulted.h \
	core/frame.c \
	core/frame.h \
	core/frame_record.h \
	core/frame_scan.c \
	core/frame_wait.c \
	core/gate.c \
	core/grant.c \
	core/grant.h \
	core/grant_info.c \
	core/ghost.c \
	core/ghost.h \
	core/graph.c \
	core/graph.h \
	core/host.c \
	core/host_context.h \
	core/host_info.c \
	core/image.c \
	core/image_map.c \
	core/image_map.h \
	core/image.h \
	core/inject.c \
	core/instance.c \
	core/instance.h \
	core/instance_call.c \
	core/instance_report.c \
	core/judge.c \
	core/judge.h \
	core/ledger.c \
	core/ledger.h \
	core/leftover.c \
	core/leftover.h \
	core/lifecycle.c \
	core/lifecycle.h \
	core/log.c \
	core/log.h \
	core/loop.c \
	core/loop.h \
	core/nametable.c \
	core/nametable.h \
	core/pattern.c \
	core/place.c \
	core/plain_text.c \
	core/plain_text.h \
	core/plugin.c \
	core/plugin.h \
	core/plugin_info.c \
	core/pool.c \
	core/private_copy.c \
	core/private_copy.h \
	core/reactor.c \
	core/reactor.h \
	core/reconfigure.c \
	core/reconfigure.h \
	core/guard.c \
	core/guard.h \
	core/guard_thread.h \
	core/hand_over.c \
	core/reload.c \
	core/reload.h \
	core/reload_end.c \
	core/reload_judge.c \
	core/reload_log.c \
	core/reload_parts.h \
	core/reload_play.c \
	core/reload_request.c \
	core/retire.c \
	core/registry.c \
	core/registry.h \
	core/registry_dormant.c \
	core/registry_parts.h \
	core/registry_use.c \
	core/run_path.c \
	core/run_path.h \
	core/sandbox.c \
	core/sandbox.h \
	core/source.c \
	core/stacks.c \
	core/stacks.h \
	core/steps.c \
	core/steps.h \
	core/strand.c \
	core/strand.h \
	core/strand_call.c \
	core/supervisor.c \
	core/supervisor.h \
	core/symbols.c \
	core/symbols.h \
	core/syscall_filter.c \
	core/syscall_filter.h \
	core/timer.c \
	core/trial.c \
	core/trial.h \
	core/trust.c \
	core/trust.h \
	core/unload.c \
	core/unload.h \
	core/verify.c \
	core/vouch.c \
	core/vouch.h \
	core/usage.c \
	core/usage.h \
	core/watch.c \
	core/watchdog.c \
	core/watchdog.h \
	core/worker.c \
	core/worker.h

pkginclude_HEADERS += core/corbel/fault.h core/corbel/host.h core/corbel/rescue.h

lib_LTLIBRARIES += core/libcorbel.la
core_libcorbel_la_SOURCES =
core_libcorbel_la_LIBADD = core/libcorbel-internal.la
# nodelete: threads of plugins that never end may still be inside.
core_libcorbel_la_LDFLAGS = $(LIB_LDFLAGS) -version-info 0:0:0 -Wl,-z,nodelete \
	-Wl,--version-script=$(top_srcdir)/core/libcorbel.map
EXTRA_core_libcorbel_la_DEPENDENCIES = core/libcorbel.map

EXTRA_DIST += core/libcorbel.map
