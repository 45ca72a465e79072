/* SPDX-License-Identifier: MIT */
/*
 * Clients of every bad kind against the control socket of a corbeld, while its owner goes on
 * asking:
 *
 *   flood [--uid UID] [--seconds N] [--memory MIB] SOCKET PID
 *
 * They run as UID. Ends after N seconds, when there have been 10,000 of them; well if each question
 * of the owner was answered, and the process grew by no more than MIB. Another user must not even
 * cost the owner a second try.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "framing.h"

#define LEAST_CLIENTS 10000u
#define HELD 2000u /* connections that one kind keeps open, if it may have so many descriptors */
#define LINE_SIZE (1024u * 1024u)
#define PATIENCE 20 /* seconds for an answer; and in all, for one that is told Busy */
#define TIMES_MAX 100000u

static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* What the processes share. */
static struct {
	unsigned long clients, bytes;
	size_t first; /* of the kinds that go on; KINDS when it is over */
} * shared;

#define KINDS 8u
#define FIRST_LONG 5u

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Blocking, but for no longer than that. */
static int connect_for(int milliseconds)
{
	struct timeval limit = { milliseconds / 1000, milliseconds % 1000 * 1000 };
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (client < 0)
		return -1;
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(client, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return client;
	close(client);
	return -1;
}

static void pour(int client, const void *bytes, size_t size)
{
	ssize_t count = 1;

	for (size_t sent = 0; sent < size && count > 0 && shared->first < KINDS;
	     sent += (size_t)count) {
		count = send(client, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
		if (count > 0)
			__atomic_fetch_add(&shared->bytes, (unsigned long)count, __ATOMIC_RELAXED);
	}
}

static void pour_text(int client, const char *text)
{
	pour(client, text, strlen(text) + 1);
}

static char line[LINE_SIZE];

static void stall(int client)
{
	(void)client;
}

static void send_half_a_line(int client)
{
	pour(client, "{\"method\":\"org.corbel.Host.Li", 29);
}

static void send_most_of_a_line(int client)
{
	memset(line, 'x', FRAMING_MESSAGE_MAX);
	pour(client, line, FRAMING_MESSAGE_MAX);
}

static void send_too_long_a_line(int client)
{
	memset(line, 'x', sizeof(line));
	pour(client, line, sizeof(line));
}

/* Whole ones, of the greatest length: a string, and more values than are allowed. */
static void send_long_lines(int client)
{
	static const char head[] =
		"{\"method\":\"org.corbel.Host.GetInfo\",\"parameters\":{\"x\":\"";

	memset(line, 'x', FRAMING_MESSAGE_MAX);
	memcpy(line, head, sizeof(head) - 1);
	memcpy(line + FRAMING_MESSAGE_MAX - 3, "\"}}", 4);
	pour(client, line, FRAMING_MESSAGE_MAX + 1);
	memset(line, '[', FRAMING_MESSAGE_MAX);
	line[FRAMING_MESSAGE_MAX] = '\0';
	pour(client, line, FRAMING_MESSAGE_MAX + 1);
}

static void send_random_bytes(int client)
{
	static uint64_t state = 88172645463325252u;
	size_t size = 1 + state % 30000;

	for (size_t i = 0; i < size; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		line[i] = (char)(state >> 32);
	}
	pour(client, line, size);
}

/* Asks for much, and reads none of it. */
static void be_deaf(int client)
{
	for (int i = 0; i < 100; i++)
		pour_text(client, "{\"method\":\"org.corbel.Host.ListPlugins\"}");
	pour_text(client, "{\"method\":\"org.corbel.Host.MonitorEvents\",\"more\":true,"
			  "\"parameters\":{\"pattern\":\"*\"}}");
}

static void change(int client)
{
	pour_text(client, "{\"method\":\"org.corbel.Host.Stop\",\"oneway\":true,"
			  "\"parameters\":{\"name\":\"nobody\"}}");
}

/* Those with long lines go on when the others, who take their places from them, have ended. */
static void (*const kinds[KINDS])(int client) = {
	stall,   send_half_a_line,    send_random_bytes,    change,
	be_deaf, send_most_of_a_line, send_too_long_a_line, send_long_lines,
};

/* New clients of one kind, each held until the descriptors are used up. */
static void flood(size_t kind)
{
	struct rlimit limit = { 0 };
	int held[HELD];
	size_t room = HELD;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < room + 16)
		room = limit.rlim_cur > 32 ? limit.rlim_cur - 16 : 16;
	for (size_t i = 0; i < room; i++)
		held[i] = -1;
	for (size_t i = 0; __atomic_load_n(&shared->first, __ATOMIC_RELAXED) <= kind; i++) {
		int client = connect_for(200);

		if (client < 0)
			continue;
		__atomic_fetch_add(&shared->clients, 1, __ATOMIC_RELAXED);
		kinds[kind](client);
		if (held[i % room] >= 0)
			close(held[i % room]);
		held[i % room] = client;
	}
	_exit(0);
}

static bool start(pid_t *children, uid_t uid)
{
	for (size_t i = 0; i < KINDS; i++) {
		children[i] = fork();
		if (children[i] < 0)
			return false;
		if (children[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (uid != geteuid() &&
		    (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0))
			_exit(1);
		flood(i);
	}
	return true;
}

static bool stop(const pid_t *children)
{
	bool is_well = true;
	int status;

	__atomic_store_n(&shared->first, KINDS, __ATOMIC_RELAXED);
	for (size_t i = 0; i < KINDS; i++)
		is_well &= children[i] > 0 && waitpid(children[i], &status, 0) > 0 && status == 0;
	return is_well;
}

/* One question on a connection of its own: 1 answered, 0 no place, -1 neither. */
static int ask(void)
{
	static const char question[] = "{\"method\":\"org.corbel.Host.GetInfo\"}";
	int client = connect_for(PATIENCE * 1000);
	char answer[4096] = "";
	size_t size = 0;

	if (client < 0)
		return -1;
	send(client, question, sizeof(question), MSG_NOSIGNAL);
	while (size < sizeof(answer) - 1 && !memchr(answer, '\0', size)) {
		ssize_t count = recv(client, answer + size, sizeof(answer) - 1 - size, 0);

		if (count <= 0)
			break;
		size += (size_t)count;
	}
	close(client);
	if (strncmp(answer, "{\"parameters\":", 14) == 0)
		return 1;
	if (strstr(answer, "org.corbel.Host.Busy"))
		return 0;
	fprintf(stderr, "flood: the owner got '%.200s'\n", answer);
	return -1;
}

struct owner {
	unsigned long asked, answered, tries;
	int64_t worst, times[TIMES_MAX]; /* the last ones */
};

static struct owner owner;

static void ask_until_answered(void)
{
	int64_t begun = now();
	int result;

	do {
		owner.tries++;
		result = ask();
	} while (result == 0 && now() - begun < PATIENCE * INT64_C(1000000000));
	owner.answered += result == 1;
	int64_t took = now() - begun;
	owner.worst = took > owner.worst ? took : owner.worst;
	owner.times[owner.asked++ % TIMES_MAX] = took;
}

static int compare(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

/* In KiB, of /proc/PID/status. */
static long memory(const char *pid, const char *name)
{
	char path[64], text[256];
	long size = -1;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	FILE *file = fopen(path, "re");

	while (file && fgets(text, sizeof(text), file))
		if (strncmp(text, name, strlen(name)) == 0)
			size = strtol(text + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return size;
}

static bool run(const char *pid, uid_t uid, int seconds, long most)
{
	pid_t children[KINDS] = { 0 };
	long before = memory(pid, "VmRSS:");
	int64_t begun = now(), limit = seconds * INT64_C(1000000000);
	bool is_well = start(children, uid);

	do {
		ask_until_answered();
		if (now() - begun > limit / 2 && shared->clients >= LEAST_CLIENTS)
			__atomic_store_n(&shared->first, FIRST_LONG, __ATOMIC_RELAXED);
	} while (is_well && owner.answered == owner.asked &&
		 (now() - begun < limit || shared->first < FIRST_LONG));
	int64_t took = now() - begun;
	is_well &= stop(children);
	ask_until_answered();
	long peak = memory(pid, "VmHWM:"), after = memory(pid, "VmRSS:");
	size_t count = owner.asked < TIMES_MAX ? owner.asked : TIMES_MAX;

	qsort(owner.times, count, sizeof(owner.times[0]), compare);
	printf("# as uid %u for %.1f s: %lu clients, %lu MiB sent; owner: %lu asked, %lu answered, "
	       "%lu told Busy first; median %.3f ms, 99 %% %.3f ms, worst %.3f ms; "
	       "RSS %.1f MiB before, %.1f at most, %.1f after\n",
	       uid, (double)took / 1e9, shared->clients, shared->bytes >> 20, owner.asked,
	       owner.answered, owner.tries - owner.asked, (double)owner.times[count / 2] / 1e6,
	       (double)owner.times[count * 99 / 100] / 1e6, (double)owner.worst / 1e6,
	       (double)before / 1024, (double)peak / 1024, (double)after / 1024);
	if (!is_well)
		printf("# a client could not become uid %u, or died\n", uid);
	if (peak - before > most)
		printf("# it grew by %ld KiB, expected %ld at most\n", peak - before, most);
	return is_well && owner.answered == owner.asked && peak - before <= most &&
	       (uid == geteuid() || owner.tries == owner.asked);
}

int main(int count, char **arguments)
{
	static const struct option names[] = { { "uid", required_argument, NULL, 'u' },
					       { "seconds", required_argument, NULL, 's' },
					       { "memory", required_argument, NULL, 'm' },
					       { NULL, 0, NULL, 0 } };
	uid_t uid = geteuid();
	long most = 16 * 1024;
	int seconds = 3, option;

	while ((option = getopt_long(count, arguments, "", names, NULL)) != -1) {
		if (option == 'u')
			uid = (uid_t)strtoul(optarg, NULL, 10);
		else if (option == 's')
			seconds = (int)strtol(optarg, NULL, 10);
		else if (option == 'm')
			most = strtol(optarg, NULL, 10) * 1024;
		else
			return 2;
	}
	if (count - optind != 2 || strlen(arguments[optind]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, arguments[optind]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	return run(arguments[optind + 1], uid, seconds, most) ? 0 : 1;
}
