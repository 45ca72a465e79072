/* SPDX-License-Identifier: MIT */
/* The shipped plugins reloaded while they work: nobody who uses them notices. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "corbel.rules.h"
#include "corbel.sensors.h"
#include "corbel.store.h"
#include "house.h"
#include "httpclient.h"

#define RELOADS 200
#define RELOADS_OF_ONE 50
#define RELOADS_OF_ALL 20
#define SAMPLES_MAX 100000
#define PLUGINS TEST_BUILDDIR "/lib/corbel/plugins/"

Suite *test_suite(void);

static struct house house;
static struct sockaddr_in address;
static atomic_bool is_over;

struct outcome {
	bool has_come;
	enum corbel_reload_outcome outcome;
	char words[512];
};

static void reloaded(void *data, const struct corbel_reload_report *report)
{
	struct outcome *outcome = data;

	outcome->has_come = true;
	outcome->outcome = report->outcome;
	snprintf(outcome->words, sizeof(outcome->words), "%s", report->words);
}

static bool has_come(void *data)
{
	return ((struct outcome *)data)->has_come;
}

static void reload(const char *const *plugins, size_t count)
{
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .flags = CORBEL_RELOAD_ANYWAY };
	struct outcome outcome = { 0 };

	corbel_host_reload(house.host, plugins, count, &options, reloaded, &outcome);
	house_wait_until(&house, has_come, &outcome);
	ck_assert_msg(outcome.outcome == CORBEL_RELOAD_DONE, "%s",
		      outcome.words[0] ? outcome.words
				       : corbel_reload_outcome_name(outcome.outcome));
}

/* How often an image of a plugin is mapped: its text, once each. */
static size_t images(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[1024];
	size_t count = 0;

	while (fgets(line, sizeof(line), maps))
		count += strstr(line, " r-xp ") != NULL &&
			 (strstr(line, PLUGINS) || strstr(line, house.folder));
	fclose(maps);
	return count;
}

#define PLUGIN_COUNT 5

/* What of the process must not grow. */
struct holdings {
	size_t images, descriptors;
};

/* One for each plugin that has committed a state so far, which may come after the first look. */
static bool is_commit(int folder, const char *name)
{
	char target[64] = "";

	return readlinkat(folder, name, target, sizeof(target) - 1) > 0 &&
	       strncmp(target, "/memfd:corbel-state", 19) == 0;
}

static struct holdings holdings(void)
{
	struct holdings now = { .images = images() };
	DIR *folder = opendir("/proc/self/fd");
	size_t commits = 0;

	for (const struct dirent *entry; (entry = readdir(folder));) {
		if (is_commit(dirfd(folder), entry->d_name))
			commits++;
		else
			now.descriptors++;
	}
	closedir(folder);
	ck_assert_uint_le(commits, PLUGIN_COUNT);
	return now;
}

static bool old_ones_are_gone(void *data)
{
	return images() == *(const size_t *)data;
}

static bool is_as_before(void *data)
{
	const struct holdings *before = data;
	struct holdings now = holdings();

	return now.images == before->images && now.descriptors == before->descriptors;
}

/* After a first reload, which may make what later ones use again. */
static struct holdings holdings_at_first(const char *const *plugins, size_t count)
{
	size_t before = images();

	reload(plugins, count);
	house_wait_until(&house, old_ones_are_gone, &before);
	return holdings();
}

/* What others see of them; the handlers run in the plugins' threads. */
static struct {
	int64_t samples[SAMPLES_MAX]; /* when memory.total was read */
	atomic_size_t sample_count;
	atomic_ulong raised, cleared;
} seen;

static void sample_seen(void *data, const struct corbel_sensors_sample *sample)
{
	(void)data;
	size_t count = atomic_load(&seen.sample_count);

	if (strcmp(sample->name, "memory.total") != 0)
		return;
	ck_assert_uint_lt(count, SAMPLES_MAX);
	seen.samples[count] = sample->at;
	atomic_store(&seen.sample_count, count + 1);
}

static void raised_seen(void *data, const struct corbel_rules_raised *alert)
{
	(void)data;
	(void)alert;
	atomic_fetch_add(&seen.raised, 1);
}

static void cleared_seen(void *data, const struct corbel_rules_cleared *alert)
{
	(void)data;
	(void)alert;
	atomic_fetch_add(&seen.cleared, 1);
}

static void listen_to_all(void)
{
	const struct corbel_subscriber direct = { .size = sizeof(direct), .mode = CORBEL_DIRECT };
	struct corbel_context *context = corbel_host_context(house.host);

	memset(&seen, 0, sizeof(seen));
	ck_assert_int_eq(
		corbel_sensors_sample_subscribe(context, NULL, &direct, sample_seen, NULL, NULL),
		0);
	ck_assert_int_eq(
		corbel_rules_raised_subscribe(context, NULL, &direct, raised_seen, NULL, NULL), 0);
	ck_assert_int_eq(
		corbel_rules_cleared_subscribe(context, NULL, &direct, cleared_seen, NULL, NULL),
		0);
}

static void begin(void)
{
	int port = 0;
	const char *serving;

	house_init(&house, 2, NULL);
	atomic_store(&is_over, false);
	house_add_path(&house, "sensors", PLUGINS "sensors.so", "interval = 100ms");
	house_add_path(&house, "journal", PLUGINS "journal.so",
		       "target = file\nformat = json\nmax-size = 1G");
	house_add_path(&house, "rules", PLUGINS "rules.so",
		       "full = corbel.sensors.memory.total > 1");
	house_add_path(&house, "store", PLUGINS "store.so", "durability = process");
	house_add_path(&house, "http", PLUGINS "http.so", "listen = 127.0.0.1:0");
	house_make(&house);
	listen_to_all();
	corbel_host_start(house.host);
	house_settle(&house);
	serving = strstr(house.log, "serving http://127.0.0.1:");
	ck_assert_ptr_nonnull(serving);
	ck_assert_int_eq(sscanf(serving, "serving http://127.0.0.1:%d/", &port), 1);
	address = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static void finish(void)
{
	house_fini(&house);
}

static bool all_have_answers(void *data)
{
	struct http_client *clients = data;

	for (; clients->path; clients++)
		if (!clients->failure[0] && atomic_load(&clients->answers) < 10)
			return false;
	return true;
}

static void clients_start(struct http_client *clients)
{
	for (struct http_client *client = clients; client->path; client++)
		http_client_start(client);
	house_wait_until(&house, all_have_answers, clients);
}

static bool is_told(void *data)
{
	return atomic_load((atomic_bool *)data);
}

/* They need the host until they have their last answer. */
struct joining {
	struct http_client *clients;
	atomic_bool is_done;
};

static void *join(void *data)
{
	struct joining *joining = data;

	for (struct http_client *client = joining->clients; client->path; client++)
		pthread_join(client->thread, NULL);
	atomic_store(&joining->is_done, true);
	return NULL;
}

static void clients_finish(struct http_client *clients)
{
	struct joining joining = { .clients = clients };
	pthread_t thread;

	for (struct http_client *client = clients; client->path; client++)
		atomic_store(&client->is_over, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, join, &joining), 0);
	house_wait_until(&house, is_told, &joining.is_done);
	pthread_join(thread, NULL);
	for (; clients->path; clients++)
		ck_assert_msg(!clients->failure[0], "%s, %s: %s", clients->path,
			      clients->keeps_alive ? "alive" : "anew", clients->failure);
}

START_TEST(http_answers_every_request)
{
	static const char *const http[] = { "http" };
	struct http_client clients[] = {
		{ .address = &address, .path = "/page.js", .keeps_alive = true },
		{ .address = &address, .path = "/api/sensors", .keeps_alive = true },
		{ .address = &address, .path = "/metrics", .keeps_alive = false },
		{ .address = &address, .path = "/page.css", .keeps_alive = false },
		{ .path = NULL }
	};
	struct holdings before = holdings_at_first(http, 1);

	clients_start(clients);
	for (int i = 0; i < RELOADS; i++)
		reload(http, 1);
	clients_finish(clients);
	house_wait_until(&house, is_as_before, &before);
}
END_TEST

START_TEST(all_of_them_at_once_answer_every_request)
{
	static const char *const all[] = { "sensors", "journal", "rules", "store", "http" };
	struct http_client clients[] = {
		{ .address = &address, .path = "/api/alerts", .keeps_alive = true },
		{ .address = &address, .path = "/api/sensors", .keeps_alive = false },
		{ .path = NULL }
	};
	struct holdings before = holdings_at_first(all, 5);

	clients_start(clients);
	for (int i = 0; i < RELOADS_OF_ALL; i++)
		reload(all, 5);
	clients_finish(clients);
	house_wait_until(&house, is_as_before, &before);
}
END_TEST

struct writer {
	struct corbel_store *store;
	pthread_t thread;
	int64_t written;
	int result; /* of the first that failed */
};

static void *writer_run(void *data)
{
	struct writer *writer = data;

	while (!atomic_load(&is_over) && writer->result == 0) {
		writer->result = corbel_store_append(writer->store, "s", writer->written + 1, 1.0);
		writer->written += writer->result == 0;
	}
	return NULL;
}

static int64_t points_count(struct corbel_store *store)
{
	struct corbel_store_point *points;
	int64_t from = 0, all = 0;
	size_t count;

	do {
		ck_assert_int_eq(
			corbel_store_query(store, "s", from, INT64_MAX, 0, &points, &count), 0);
		all += (int64_t)count;
		from = count ? points[count - 1].at + 1 : from;
		corbel_free(corbel_host_context(house.host), points);
	} while (count > 0);
	return all;
}

static FILE *journal_open(void)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/state/journal/events.log", house.folder);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	return file;
}

static size_t lines_count(const char *words)
{
	FILE *file = journal_open();
	char line[4096];
	size_t count = 0;

	while (fgets(line, sizeof(line), file))
		count += strstr(line, words) != NULL;
	fclose(file);
	return count;
}

/*
 * How many samples were seen and are not written down yet. Those before the first line are not
 * asked for, since journal came later than we; from there on all are to be there, in their order.
 */
static size_t samples_missing(void)
{
	FILE *file = journal_open();
	char line[4096];
	size_t next = 0, count = atomic_load(&seen.sample_count);
	bool is_first = true;

	while (fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, "\"at\":");
		int64_t time = at ? strtoll(at + 5, NULL, 10) : 0;

		if (!strstr(line, "{\"name\":\"memory.total\""))
			continue;
		while (is_first && next < count && seen.samples[next] != time)
			next++;
		is_first = false;
		ck_assert_uint_lt(next, count);
		ck_assert_int_eq(seen.samples[next], time);
		next++;
	}
	fclose(file);
	return count - next;
}

static bool all_is_written_down(void *data)
{
	(void)data;
	return samples_missing() == 0;
}

static bool has_raised(void *data)
{
	(void)data;
	return atomic_load(&seen.raised) > 0 && lines_count("corbel.rules.raised") > 0;
}

START_TEST(nothing_is_lost_and_nothing_is_there_twice)
{
	static const char *const all[] = { "sensors", "journal", "rules", "store", "http" };
	struct writer writer = { 0 };

	ck_assert_int_eq(corbel_store_acquire(corbel_host_context(house.host), NULL, &writer.store),
			 0);
	ck_assert_int_eq(pthread_create(&writer.thread, NULL, writer_run, &writer), 0);
	house_wait_until(&house, has_raised, NULL);
	for (int i = 0; i < RELOADS_OF_ONE; i++)
		reload(&all[i % 5], 1);
	for (int i = 0; i < RELOADS_OF_ALL; i++)
		reload(all, 5);
	atomic_store(&is_over, true);
	pthread_join(writer.thread, NULL);
	ck_assert_int_eq(writer.result, 0);
	ck_assert_int_eq(points_count(writer.store), writer.written);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "sensors"), 0);
	house_wait_until(&house, all_is_written_down, NULL);
	ck_assert_uint_eq(lines_count("corbel.journal.dropped"), 0);
	for (size_t i = 1; i < atomic_load(&seen.sample_count); i++)
		ck_assert_int_gt(seen.samples[i], seen.samples[i - 1]);
	ck_assert_uint_eq(atomic_load(&seen.raised), 1);
	ck_assert_uint_eq(lines_count("corbel.rules.raised"), 1);
	ck_assert_uint_eq(atomic_load(&seen.cleared), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload of the shipped plugins");
	TCase *cases = tcase_create("reload");

	tcase_set_timeout(cases, 300);
	tcase_add_checked_fixture(cases, begin, finish);
	tcase_add_test(cases, http_answers_every_request);
	tcase_add_test(cases, nothing_is_lost_and_nothing_is_there_twice);
	tcase_add_test(cases, all_of_them_at_once_answer_every_request);
	suite_add_tcase(suite, cases);
	return suite;
}
