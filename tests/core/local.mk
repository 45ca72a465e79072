# SPDX-License-Identifier: MIT
# Tests of the core: one program a room.

check_PROGRAMS += tests/core/test_bus
tests_core_test_bus_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_bus_carry
tests_core_test_bus_carry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_carry_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_bus_counts
tests_core_test_bus_counts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_counts_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_bus_replace
tests_core_test_bus_replace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_replace_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_bus_replace_threads
tests_core_test_bus_replace_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_replace_threads_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_bus_threads
tests_core_test_bus_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_bus_threads_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_child
tests_core_test_child_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_child_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_commit
tests_core_test_commit_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_commit_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_describe
tests_core_test_describe_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_describe_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_elf_facts
tests_core_test_elf_facts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_elf_facts_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_elf_file
tests_core_test_elf_file_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_elf_file_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_event_text
tests_core_test_event_text_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_event_text_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_frame
tests_core_test_frame_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_frame_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_gate
tests_core_test_gate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_gate_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_guard
tests_core_test_guard_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_guard_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_unload
tests_core_test_unload_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_unload_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_leftover
tests_core_test_leftover_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_leftover_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_ghost
tests_core_test_ghost_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_ghost_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_image
tests_core_test_image_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_image_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_judge
tests_core_test_judge_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_judge_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_loop
tests_core_test_loop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_loop_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_pattern
tests_core_test_pattern_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_pattern_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_pool
tests_core_test_pool_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_pool_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_private_copy
tests_core_test_private_copy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_private_copy_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_queue
tests_core_test_queue_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_queue_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_registry
tests_core_test_registry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_registry_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_registry_replace
tests_core_test_registry_replace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_registry_replace_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_registry_use
tests_core_test_registry_use_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_registry_use_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_run_path
tests_core_test_run_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_run_path_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_strand
tests_core_test_strand_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_strand_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_strand_call
tests_core_test_strand_call_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_strand_call_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_timer
tests_core_test_timer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_timer_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_trial
tests_core_test_trial_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_trial_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_trust
tests_core_test_trust_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_trust_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_wait
tests_core_test_wait_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_wait_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_watch
tests_core_test_watch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_watch_LDADD = $(TEST_LDADD)

check_PROGRAMS += tests/core/test_worker
tests_core_test_worker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_test_worker_LDADD = $(TEST_LDADD)

# Every library of the system is offered as a plugin; the program is driven by the script.
noinst_PROGRAMS += tests/core/every_library
tests_core_every_library_CPPFLAGS = $(TEST_CPPFLAGS)
tests_core_every_library_LDADD = core/libcorbel-internal.la
dist_check_SCRIPTS += tests/core/every_library.test

# The frame protocol, whole and with one of its parts left out in turn; each variant has its own frame.c.
LITMUS_FILES = tests/core/litmus.c core/frame.c core/gate.c core/frame_scan.c core/frame_wait.c

noinst_PROGRAMS += tests/core/litmus
tests_core_litmus_CPPFLAGS = $(TEST_CPPFLAGS) 
tests_core_litmus_SOURCES = $(LITMUS_FILES)

noinst_PROGRAMS += tests/core/litmus-without-barrier
tests_core_litmus_without_barrier_CPPFLAGS = $(TEST_CPPFLAGS) -DFRAME_WITHOUT_BARRIER
tests_core_litmus_without_barrier_SOURCES = $(LITMUS_FILES)

noinst_PROGRAMS += tests/core/litmus-without-validation
tests_core_litmus_without_validation_CPPFLAGS = $(TEST_CPPFLAGS) '-DCORBEL_CALL_IS_VALID(use,service)=1'
tests_core_litmus_without_validation_SOURCES = $(LITMUS_FILES)

noinst_PROGRAMS += tests/core/litmus-without-second-barrier
tests_core_litmus_without_second_barrier_CPPFLAGS = $(TEST_CPPFLAGS) -DFRAME_WITHOUT_SECOND_BARRIER
tests_core_litmus_without_second_barrier_SOURCES = $(LITMUS_FILES)

dist_check_SCRIPTS += tests/core/litmus.test
# Last and alone: it needs the processors.
tests/core/litmus.log: $(filter-out tests/core/litmus.log,$(TEST_LOGS))

EXTRA_DIST += tests/core/animal.h tests/core/bus_fixture.h tests/core/bus_versions.h tests/core/guest.h tests/core/latch.h tests/core/offers.h \
	tests/core/probe.h
