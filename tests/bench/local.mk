# SPDX-License-Identifier: MIT
# Benchmarks, built and run by `./dev bench`; each prints ratios, and takes --json. A benchmark is three lines:
#
#   BENCHES += tests/bench/bench_call
#   tests_bench_bench_call_CPPFLAGS = $(BENCH_CPPFLAGS)
#   tests_bench_bench_call_LDADD = $(BENCH_LDADD)
#
# (its source is tests/bench/bench_call.c by itself, with a main of its own).

BENCHES =
BENCH_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_builddir)/tests/bench
BENCH_LDADD = tests/bench/libbench.la core/libcorbel-internal.la
# Who is called and who calls; loaded by the benchmarks from tests/bench/.libs.
BENCH_PLUGINS = tests/bench/target.la tests/bench/caller.la
EXTRA_PROGRAMS += $(BENCHES)
EXTRA_LTLIBRARIES = tests/bench/libbench.la $(BENCH_PLUGINS)
CLEANFILES += $(BENCHES) $(EXTRA_LTLIBRARIES) tests/bench/corbel.bench.h
BUILT_SOURCES += tests/bench/corbel.bench.h
EXTRA_DIST += tests/bench/corbel.bench.interface

# The measuring frame.
tests_bench_libbench_la_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_libbench_la_SOURCES = \
	tests/bench/bench.c tests/bench/bench.h \
	tests/bench/house.c tests/bench/house.h \
	tests/bench/image.c tests/bench/image.h \
	tests/bench/syscalls.c tests/bench/syscalls.h

BENCH_PLUGIN_CPPFLAGS = $(PLUGIN_CPPFLAGS) -I$(top_builddir)/tests/bench
BENCH_PLUGIN_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath $(abs_top_builddir)/tests/bench

tests_bench_target_la_CPPFLAGS = $(BENCH_PLUGIN_CPPFLAGS)
tests_bench_target_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_bench_target_la_LDFLAGS = $(BENCH_PLUGIN_LDFLAGS)
tests_bench_target_la_LIBADD = $(PLUGIN_LIBADD)

tests_bench_caller_la_CPPFLAGS = $(BENCH_PLUGIN_CPPFLAGS)
tests_bench_caller_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_bench_caller_la_LDFLAGS = $(BENCH_PLUGIN_LDFLAGS)
tests_bench_caller_la_LIBADD = $(PLUGIN_LIBADD)

BENCHES += tests/bench/bench_call
tests_bench_bench_call_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_call_LDADD = $(BENCH_LDADD)

BENCHES += tests/bench/bench_publish
tests_bench_bench_publish_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_publish_LDADD = $(BENCH_LDADD)

if WITH_INTERPOSERS
BENCHES += tests/bench/bench_heap
tests_bench_bench_heap_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_heap_LDADD = host/libhost.la $(BENCH_LDADD) $(JANSSON_LIBS)
tests_bench_bench_heap_SOURCES = tests/bench/bench_heap.c $(INTERPOSE_SOURCES)
endif
EXTRA_DIST += tests/bench/bench_heap.c

BENCHES += tests/bench/bench_queue
tests_bench_bench_queue_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_queue_LDADD = $(BENCH_LDADD)

BENCHES += tests/bench/bench_scale
tests_bench_bench_scale_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_scale_LDADD = $(BENCH_LDADD)

BENCHES += tests/bench/bench_unload
tests_bench_bench_unload_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_unload_LDADD = $(BENCH_LDADD)

# It replaces the plugin that the tests of reloads replace.
BENCHES += tests/bench/bench_reload
tests_bench_bench_reload_CPPFLAGS = $(BENCH_CPPFLAGS) -I$(top_srcdir)/tests/reload -I$(top_builddir)/tests/reload
tests_bench_bench_reload_LDADD = tests/reload/libreload.la $(BENCH_LDADD)

# It starts corbeld, with the plugin that the tests of new beginnings bring it down by.
BENCHES += tests/bench/bench_rescue
tests_bench_bench_rescue_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_rescue_LDADD = $(BENCH_LDADD)

if WITH_SQLITE
BENCHES += tests/bench/bench_store
endif
tests_bench_bench_store_CPPFLAGS = $(BENCH_CPPFLAGS) -I$(top_builddir)/plugins/store $(SQLITE_CFLAGS)
tests_bench_bench_store_LDADD = $(BENCH_LDADD) $(SQLITE_LIBS)

if WITH_MICROHTTPD
BENCHES += tests/bench/bench_http
endif
tests_bench_bench_http_CPPFLAGS = $(BENCH_CPPFLAGS) $(MICROHTTPD_CFLAGS)
tests_bench_bench_http_LDADD = $(BENCH_LDADD) $(MICROHTTPD_LIBS)

bench-programs: stage $(BENCHES) $(BENCH_PLUGINS) $(RELOAD_PLUGINS) $(RESCUE_PLUGINS)

print-benches:
	@printf '%s\n' $(BENCHES)

.PHONY: bench-programs print-benches
