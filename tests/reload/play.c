/* SPDX-License-Identifier: MIT */
/* A house with the plugins counter and caller, whose files the test replaces. */
#include "play.h"

#include <stdio.h>
#include <string.h>

#include "variant.h"

#define TICKS 2000 /* that what ends beside the host may take */

void play_init(struct play *play, int32_t workers, const char *lines)
{
	memset(play, 0, sizeof(*play));
	play->stage.descriptor = -1;
	house_init(&play->house, workers, NULL);
	house_configure(&play->house, lines);
}

const char *play_path(struct play *play, const char *plugin, char path[256])
{
	snprintf(path, 256, "%s/%s.so", play->house.folder, plugin);
	return path;
}

void play_install(struct play *play, const char *plugin, const char *variant)
{
	char path[256];

	ck_assert_int_eq(variant_install(variant, play_path(play, plugin, path)), 0);
}

void play_add(struct play *play, const char *plugin, const char *variant, const char *lines)
{
	char path[256], all[512];

	play_install(play, plugin, variant);
	snprintf(all, sizeof(all), "stage = %lld\n%s", (long long)(intptr_t)&play->stage, lines);
	house_add_path(&play->house, plugin, play_path(play, plugin, path), all);
}

void play_act(struct play *play, int (*act)(struct stage *stage, struct corbel_context *context,
					    const char *where, const char *version))
{
	__atomic_store_n(&play->stage.act, act, __ATOMIC_RELEASE);
}

static long count_images(struct play *play)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/run/images", play->house.folder);
	return census_entries(path);
}

void play_start(struct play *play)
{
	house_start(&play->house);
	ck_assert_int_eq(traffic_open(&play->traffic, play->house.host), 0);
	play_assert_version(play, "1.0.0");
	census_take(&play->before);
	play->images = count_images(play);
}

void play_open(struct play *play)
{
	play_init(play, 2, "");
	play_add(play, COUNTER, "counter_1", "may-control = caller\n");
	play_add(play, CALLER, "caller_1", "");
	play_start(play);
}

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct told *told = data;

	told->outcome = report->outcome;
	told->result = report->result;
	snprintf(told->plugin, sizeof(told->plugin), "%s", report->plugin);
	snprintf(told->words, sizeof(told->words), "%s", report->words);
	told->pause = report->pause;
	told->count = report->plugin_count;
	for (size_t i = 0; i < report->plugin_count && i < 4; i++) {
		const struct corbel_reload_plugin *plugin = &report->plugins[i];

		snprintf(told->plugins[i].name, 32, "%s", plugin->name);
		snprintf(told->plugins[i].from, 32, "%s", plugin->from);
		snprintf(told->plugins[i].to, 32, "%s", plugin->to);
		told->plugins[i].generation = plugin->generation;
		told->plugins[i].format = plugin->format;
		told->plugins[i].byte_count = plugin->byte_count;
	}
	ck_assert_msg(!told->has_come, "told twice");
	told->has_come = true;
}

void play_ask(struct play *play, const char *const *plugins, size_t count,
	      const struct corbel_reload_options *options, struct told *told)
{
	memset(told, 0, sizeof(*told));
	corbel_host_reload(play->house.host, plugins, count, options, tell, told);
}

static bool has_come(void *data)
{
	return ((struct told *)data)->has_come;
}

void play_wait(struct play *play, struct told *told)
{
	house_wait_until(&play->house, has_come, told);
}

enum corbel_reload_outcome play_reload(struct play *play, const char *plugin, uint32_t flags)
{
	const struct corbel_reload_options options = { .size = sizeof(options), .flags = flags };

	play_ask(play, &plugin, 1, &options, &play->told);
	play_wait(play, &play->told);
	return play->told.outcome;
}

struct test_counter_tally play_tally(struct play *play)
{
	struct test_counter_tally tally = { 0 };

	ck_assert_int_eq(test_counter_read(play->traffic.counter, &tally), 0);
	return tally;
}

struct test_caller_account play_account(struct play *play)
{
	struct test_caller_account account = { 0 };

	ck_assert_int_eq(test_caller_read(play->traffic.caller, &account), 0);
	return account;
}

void play_assert_version(struct play *play, const char *version)
{
	char *found = NULL;

	ck_assert_int_eq(test_counter_version(play->traffic.counter, &found), 0);
	ck_assert_str_eq(found, version);
	corbel_free(corbel_host_context(play->house.host), found);
}

static void take_generation(void *data, const struct corbel_plugin_info *info)
{
	*(uint64_t *)data = info->generation;
}

uint64_t play_generation(struct play *play, const char *plugin)
{
	uint64_t generation = 0;

	ck_assert_int_eq(corbel_host_plugin(play->house.host, plugin, take_generation, &generation),
			 0);
	return generation;
}

void play_assert_traffic(struct play *play)
{
	struct traffic_sum sum;

	traffic_stop(&play->traffic);
	ck_assert_int_eq(traffic_sum(&play->traffic, &sum), 0);
	ck_assert_msg(sum.failed == 0, "%llu calls failed, the first with %d",
		      (unsigned long long)sum.failed, sum.error);
	ck_assert_msg(sum.lost == 0 && sum.drift == 0, "%s", sum.words);
}

static bool is_flat(const struct play *play, struct census *now)
{
	census_take(now);
	return now->descriptors <= play->before.descriptors &&
	       now->threads - now->pool <= play->before.threads - play->before.pool;
}

/* Each of the two plugins has its own image and the previous one. */
void play_assert_flat(struct play *play)
{
	struct census now;

	house_settle(&play->house);
	for (int i = 0; i < TICKS && !is_flat(play, &now); i++)
		corbel_host_dispatch(play->house.host, CORBEL_MILLISECOND);
	ck_assert_msg(is_flat(play, &now), "descriptors %+ld, threads %+ld",
		      now.descriptors - play->before.descriptors,
		      now.threads - now.pool - play->before.threads + play->before.pool);
	ck_assert_int_le(count_images(play), play->images + 2);
}

void play_close(struct play *play)
{
	play_assert_traffic(play);
	play_assert_flat(play);
	traffic_close(&play->traffic);
	house_fini(&play->house);
}

bool play_is_closed(void *data)
{
	struct play *play = data;
	struct corbel_use *use = (struct corbel_use *)play->traffic.counter;

	return __atomic_load_n(&use->service->gate, __ATOMIC_ACQUIRE) != 0;
}
