# SPDX-License-Identifier: MIT
# Tiny plugins, each wrong in one way. Tests find them in $(top_builddir)/tests/zoo/.libs/NAME.so

EXTRA_DIST += tests/zoo/endl.cc tests/zoo/note.h tests/zoo/zoo.h

check_LTLIBRARIES += tests/zoo/well.la
tests_zoo_well_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_well_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_well_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,--build-id=sha1 -Wl,--hash-style=gnu
tests_zoo_well_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/no_manifest.la
tests_zoo_no_manifest_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_no_manifest_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_no_manifest_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_no_manifest_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/abi_too_new.la
tests_zoo_abi_too_new_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_abi_too_new_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_abi_too_new_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_abi_too_new_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/abi_minor_too_new.la
tests_zoo_abi_minor_too_new_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_abi_minor_too_new_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_abi_minor_too_new_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_abi_minor_too_new_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/abi_lies.la
tests_zoo_abi_lies_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_abi_lies_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_abi_lies_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_abi_lies_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/small_entry.la
tests_zoo_small_entry_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_small_entry_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_small_entry_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_small_entry_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/huge_entry.la
tests_zoo_huge_entry_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_huge_entry_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_huge_entry_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_huge_entry_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/no_entry.la
tests_zoo_no_entry_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_no_entry_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_no_entry_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_no_entry_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/no_start.la
tests_zoo_no_start_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_no_start_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_no_start_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_no_start_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/no_stop.la
tests_zoo_no_stop_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_no_stop_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_no_stop_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_no_stop_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/bad_ini.la
tests_zoo_bad_ini_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_bad_ini_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_bad_ini_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_bad_ini_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/duplicate_key.la
tests_zoo_duplicate_key_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_duplicate_key_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_duplicate_key_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_duplicate_key_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/unknown_key.la
tests_zoo_unknown_key_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_unknown_key_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_unknown_key_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_unknown_key_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/two_manifests.la
tests_zoo_two_manifests_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_two_manifests_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_two_manifests_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_two_manifests_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/nodelete.la
tests_zoo_nodelete_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_nodelete_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_nodelete_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-z,nodelete
tests_zoo_nodelete_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/unique.la
tests_zoo_unique_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_unique_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_unique_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_unique_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/static_tls.la
tests_zoo_static_tls_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_static_tls_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_static_tls_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_static_tls_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/text_relocations.la
tests_zoo_text_relocations_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_text_relocations_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_text_relocations_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-z,notext
tests_zoo_text_relocations_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/executable_stack.la
tests_zoo_executable_stack_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_executable_stack_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_executable_stack_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-z,execstack
tests_zoo_executable_stack_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/exports_more.la
tests_zoo_exports_more_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_exports_more_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_exports_more_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_exports_more_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/unresolved.la
tests_zoo_unresolved_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_unresolved_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_unresolved_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-z,undefs -Wl,-z,now
tests_zoo_unresolved_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/needs_sanitizer.la
tests_zoo_needs_sanitizer_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_needs_sanitizer_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_needs_sanitizer_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-z,undefs
tests_zoo_needs_sanitizer_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/lingers.la
tests_zoo_lingers_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_lingers_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_lingers_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_lingers_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/start_fails.la
tests_zoo_start_fails_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_start_fails_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_start_fails_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_start_fails_la_LIBADD = $(ZOO_LIBADD)

# What each of these does while it is loaded is said here.

check_LTLIBRARIES += tests/zoo/crashes_at_load.la
tests_zoo_crashes_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_crashes_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=__builtin_trap()'
tests_zoo_crashes_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_crashes_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_crashes_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/aborts_at_load.la
tests_zoo_aborts_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_aborts_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=abort()'
tests_zoo_aborts_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_aborts_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_aborts_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/exits_at_load.la
tests_zoo_exits_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_exits_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=exit(0)'
tests_zoo_exits_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_exits_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_exits_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/leaves_at_load.la
tests_zoo_leaves_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_leaves_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=_exit(0)'
tests_zoo_leaves_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_leaves_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_leaves_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/killed_at_load.la
tests_zoo_killed_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_killed_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=raise(SIGKILL)'
tests_zoo_killed_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_killed_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_killed_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/hangs_at_load.la
tests_zoo_hangs_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_hangs_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=for (;;) pause()'
tests_zoo_hangs_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_hangs_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_hangs_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/prints_at_load.la
tests_zoo_prints_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_prints_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=if (puts("all is well") > 0) fflush(stdout)'
tests_zoo_prints_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_prints_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_prints_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/forks_at_load.la
tests_zoo_forks_at_load_la_SOURCES = tests/zoo/at_load.c
tests_zoo_forks_at_load_la_CPPFLAGS = $(ZOO_CPPFLAGS) '-DAT_LOAD=if (fork() == 0) for (;;) pause()'
tests_zoo_forks_at_load_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_forks_at_load_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_forks_at_load_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/running_thread.la
tests_zoo_running_thread_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_running_thread_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_running_thread_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_running_thread_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/on_exit.la
tests_zoo_on_exit_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_on_exit_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_on_exit_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_on_exit_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/signal_handler.la
tests_zoo_signal_handler_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_signal_handler_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_signal_handler_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_signal_handler_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/key_destructor.la
tests_zoo_key_destructor_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_key_destructor_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_key_destructor_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_key_destructor_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/thread_local_destructor.la
tests_zoo_thread_local_destructor_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_thread_local_destructor_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_thread_local_destructor_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_thread_local_destructor_la_LIBADD = $(ZOO_LIBADD)

check_LTLIBRARIES += tests/zoo/leaked_pointer.la
tests_zoo_leaked_pointer_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_leaked_pointer_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_leaked_pointer_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_zoo_leaked_pointer_la_LIBADD = $(ZOO_LIBADD)

# Nothing is wrong with these but where they look for their libraries. They need no symbol of libcorbel, and so no run
# path to where that was built.

check_LTLIBRARIES += tests/zoo/runpath_own.la
tests_zoo_runpath_own_la_SOURCES = tests/zoo/well.c
tests_zoo_runpath_own_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_runpath_own_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_runpath_own_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-rpath,'$$ORIGIN/private'

check_LTLIBRARIES += tests/zoo/runpath_outside.la
tests_zoo_runpath_outside_la_SOURCES = tests/zoo/well.c
tests_zoo_runpath_outside_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_runpath_outside_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_runpath_outside_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-rpath,/opt/elsewhere

check_LTLIBRARIES += tests/zoo/rpath_outside.la
tests_zoo_rpath_outside_la_SOURCES = tests/zoo/well.c
tests_zoo_rpath_outside_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_rpath_outside_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_rpath_outside_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,--disable-new-dtags -Wl,-rpath,/opt/elsewhere

check_LTLIBRARIES += tests/zoo/runpath_relative.la
tests_zoo_runpath_relative_la_SOURCES = tests/zoo/well.c
tests_zoo_runpath_relative_la_CPPFLAGS = $(ZOO_CPPFLAGS)
tests_zoo_runpath_relative_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_zoo_runpath_relative_la_LDFLAGS = $(ZOO_LDFLAGS) -Wl,-rpath,lib
