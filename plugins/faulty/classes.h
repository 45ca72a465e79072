/* SPDX-License-Identifier: MIT */
/* What the classes do: fault.c has their names, and what is to be seen of each. */
#ifndef CORBEL_FAULTY_CLASSES_H
#define CORBEL_FAULTY_CLASSES_H

#include <corbel/api.h>

typedef void fault_function(void);
typedef void fault_function_with(struct corbel_context *context);

/* access.c: memory that is not there, or not for this. */
fault_function null_read, null_write, null_call, wild_read, wild_write, wild_call, foreign_read,
	code_write, rodata_write, data_call, bus_error;
/* stack.c */
fault_function stack_overflow, stack_top, stack_alloca, stack_smash;
/* instruction.c */
fault_function divide, overflow, illegal, privileged, breakpoint;
/* heap.c */
fault_function double_free, invalid_free, heap_overflow, use_after_free, heap_lock;
fault_function_with leak;
/* library.c: in code of the C library, or beneath it. */
fault_function libc_string, libc_copy, libc_sort, stdio_lock, loader_lock;
/* ending.c: what would end the process, or a thread of the host's. */
fault_function abort_process, failed_assertion, exit_process, exit_at_once, exit_quickly, exit_raw,
	exit_thread, throw_exception, stale_jump, raise_signal, kill_process, alarm_process,
	fork_process;
/* waiting.c: what never comes back, or late. */
fault_function endless_loop, loop_in_libc, sleep_for_ever, deadlock, slow;
/* threads.c: other threads, and what stays behind. */
fault_function thread_crash, thread_left, callback_left;
fault_function_with worker_crash;
/* process.c: what belongs to the whole process. */
fault_function close_all, close_one, leak_descriptors, change_folder, change_umask, change_locale,
	change_rounding, trap_floats, block_signals, steal_handler, ignore_signal, lower_limit,
	lower_priority, clear_environment;

#endif
