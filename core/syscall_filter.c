/* SPDX-License-Identifier: MIT */
/* Which system calls a thread may make: groups of them by name, and a filter of the kernel's. */
#include "syscall_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "settings.h"

#if defined(__x86_64__) || defined(__aarch64__)

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define CALLS(name) name, sizeof(name) / sizeof(*(name))

/* Not a call a line. */
/* clang-format off */
/*
 * Memory, threads, time, signals, and descriptors that are open: what the core, libc and the
 * handler of faults do in any thread, a timer or a log line among it. Threads, but no processes:
 * see put_clone().
 */
static const int always[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek,
	SYS_close, SYS_fcntl, SYS_fstat, SYS_ppoll, SYS_epoll_create1, SYS_epoll_ctl,
	SYS_epoll_pwait, SYS_eventfd2, SYS_timerfd_create, SYS_timerfd_settime,
	SYS_timerfd_gettime, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect,
	SYS_madvise, SYS_membarrier, SYS_futex, SYS_sched_yield, SYS_sched_getaffinity,
	SYS_set_robust_list, SYS_get_robust_list, SYS_rseq, SYS_gettid, SYS_getpid, SYS_getuid,
	SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getrusage, SYS_uname, SYS_sysinfo,
	SYS_getrandom, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep,
	SYS_gettimeofday, SYS_restart_syscall, SYS_rt_sigprocmask, SYS_rt_sigaction,
	SYS_rt_sigreturn, SYS_sigaltstack, SYS_tgkill, SYS_exit, SYS_exit_group,
#ifdef __x86_64__
	SYS_poll, SYS_epoll_wait, SYS_time,
#endif
};

static const int io[] = {
	SYS_newfstatat, SYS_preadv, SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_pipe2, SYS_dup, SYS_dup3,
	SYS_ioctl, SYS_pselect6, SYS_splice, SYS_tee, SYS_vmsplice, SYS_sendfile,
	SYS_copy_file_range, SYS_fsync, SYS_fdatasync, SYS_sync_file_range, SYS_ftruncate,
	SYS_fallocate, SYS_fadvise64, SYS_flock, SYS_inotify_init1, SYS_inotify_add_watch,
	SYS_inotify_rm_watch, SYS_signalfd4, SYS_memfd_create, SYS_msync, SYS_mlock,
	SYS_munlock,
#ifdef __x86_64__
	SYS_pipe, SYS_dup2, SYS_select,
#endif
};

static const int fs[] = {
	SYS_openat, SYS_openat2, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2,
	SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_chdir, SYS_fchdir, SYS_mkdirat,
	SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_fchmod,
	SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_truncate, SYS_utimensat, SYS_statfs,
	SYS_fstatfs, SYS_umask, SYS_getxattr, SYS_fgetxattr, SYS_setxattr, SYS_fsetxattr,
	SYS_listxattr, SYS_flistxattr, SYS_removexattr, SYS_fremovexattr, SYS_sync, SYS_syncfs,
	SYS_renameat,
#ifdef __x86_64__
	SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir,
	SYS_rmdir, SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mknod, SYS_chmod,
	SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

static const int net[] = {
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
	SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto,
	SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_shutdown,
};

static const int process[] = {
	SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_wait4, SYS_waitid, SYS_kill,
	SYS_tkill, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_close_range, SYS_setpgid,
	SYS_getpgid, SYS_getppid, SYS_setsid, SYS_getsid, SYS_prctl, SYS_prlimit64,
	SYS_sched_setaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
	SYS_sched_setscheduler, SYS_getpriority, SYS_setpriority,
#ifdef __x86_64__
	SYS_fork, SYS_vfork, SYS_getpgrp, SYS_getrlimit, SYS_setrlimit,
#endif
};

static const int ipc[] = {
	SYS_shmget, SYS_shmat, SYS_shmdt, SYS_shmctl, SYS_semget, SYS_semop, SYS_semctl,
	SYS_semtimedop, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_mq_open,
	SYS_mq_unlink, SYS_mq_timedsend, SYS_mq_timedreceive, SYS_mq_notify, SYS_mq_getsetattr,
};

/* clang-format on */

/* The words of `syscalls` in config/host_schema.c. */
static const struct group {
	const char *name;
	const int *calls;
	size_t count;
} groups[] = {
	{ "io", CALLS(io) },           { "fs", CALLS(fs) },   { "net", CALLS(net) },
	{ "process", CALLS(process) }, { "ipc", CALLS(ipc) },
};

#define FILTER_MAX 1024

struct filter {
	struct sock_filter code[FILTER_MAX];
	unsigned short length;
};

static void put(struct filter *filter, struct sock_filter instruction)
{
	if (filter->length < FILTER_MAX)
		filter->code[filter->length++] = instruction;
}

static void put_load(struct filter *filter, uint32_t offset)
{
	put(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

/* Goes on over `skip` instructions unless what was loaded compares with the value. */
static void put_unless(struct filter *filter, uint16_t compare, uint32_t value, uint8_t skip)
{
	put(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | compare | BPF_K, value, 0, skip));
}

static void put_end(struct filter *filter, uint32_t action)
{
	put(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

/* An answer after each call: jumps reach no farther than 255. */
static void put_calls(struct filter *filter, const int *calls, size_t count, uint32_t action)
{
	for (size_t i = 0; i < count; i++) {
		put_unless(filter, BPF_JEQ, (uint32_t)calls[i], 1);
		put_end(filter, action);
	}
}

/*
 * Threads without processes. The flags of clone3(2) lie in memory, where no filter sees them: libc
 * takes clone(2) where there is no clone3.
 */
static void put_clone(struct filter *filter)
{
	put_unless(filter, BPF_JEQ, SYS_clone3, 1);
	put_end(filter, REFUSE(ENOSYS));
	put_unless(filter, BPF_JEQ, SYS_clone, 4);
	put_load(filter, offsetof(struct seccomp_data, args));
	put_unless(filter, BPF_JSET, CLONE_THREAD, 1);
	put_end(filter, SECCOMP_RET_ALLOW);
	put_end(filter, REFUSE(EPERM));
}

/* What is for another machine than this one is none of the numbers above. */
static void put_head(struct filter *filter)
{
	put_load(filter, offsetof(struct seccomp_data, arch));
	put(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	put_end(filter, REFUSE(EPERM));
	put_load(filter, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	put_unless(filter, BPF_JGE, __X32_SYSCALL_BIT, 1);
	put_end(filter, REFUSE(EPERM));
#endif
}

static void put_groups(struct filter *filter, const struct settings_list *names)
{
	put_calls(filter, CALLS(always), SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < names->count; i++)
		for (size_t j = 0; j < sizeof(groups) / sizeof(*groups); j++)
			if (strcmp(names->items[i], groups[j].name) == 0)
				put_calls(filter, groups[j].calls, groups[j].count,
					  SECCOMP_RET_ALLOW);
	/* With the group process they have been allowed above. */
	put_clone(filter);
	put_end(filter, REFUSE(EPERM));
}

int syscall_filter_check(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? -ENOTSUP : 0;
}

int syscall_filter_enter(const struct settings_list *names, bool has_net)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (!filter)
		return -ENOMEM;
	put_head(filter);
	if (!has_net) {
		/* It could make sockets, too, where no filter sees it. */
		static const int ring[] = { SYS_io_uring_setup };

		put_calls(filter, CALLS(net), REFUSE(EPERM));
		put_calls(filter, CALLS(ring), REFUSE(EPERM));
	}
	if (names)
		put_groups(filter, names);
	else
		put_end(filter, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { .len = filter->length, .filter = filter->code };
	int result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;

	free(filter);
	return result;
}

#else

int syscall_filter_check(void)
{
	return -ENOTSUP;
}

int syscall_filter_enter(const struct settings_list *names, bool has_net)
{
	(void)names;
	(void)has_net;
	return -ENOTSUP;
}

#endif
