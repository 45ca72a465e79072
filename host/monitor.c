/* SPDX-License-Identifier: MIT */
/* What corbeld tells its plugins about themselves: the interface corbel.monitor. */
#include "monitor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "corbel.monitor.h"

/* For an answer of the control thread, which only a callback of the program's own can hold up. */
#define ANSWER_SECONDS 2

struct monitor {
	struct corbel_host *host;
	struct corbel_context *context;
	pthread_t control;
	int64_t started;
	char *name;
	struct corbel_host_monitor *states;
	struct corbel_monitor_changed_topic *changed;
	struct corbel_provision *provision;
};

/* An array in the making. After a failure nothing is added any more. */
struct answer {
	struct corbel_context *context;
	void *items;
	size_t count;
	int result;
};

/* One kind of question: how its answer is made, and freed when nobody waits for it any more. */
struct kind {
	void (*make)(struct corbel_host *host, struct answer *answer);
	void (*drop)(struct answer *answer);
};

/* Shared by who asks and the control thread; whoever lets go last frees it. */
struct question {
	const struct kind *kind;
	struct corbel_host *host;
	struct answer answer;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered, is_left;
};

/* Room for one item more; NULL: no memory, now or before. */
static void *answer_add(struct answer *answer, size_t size)
{
	/* Doubles at each power of two. */
	bool is_full = (answer->count & (answer->count - 1)) == 0;
	size_t capacity = answer->count ? 2 * answer->count : 1;
	void *items = answer->items;

	if (answer->result < 0)
		return NULL;
	if (is_full) {
		items = corbel_alloc(answer->context, capacity * size);
		if (!items) {
			answer->result = -ENOMEM;
			return NULL;
		}
		if (answer->items)
			memcpy(items, answer->items, answer->count * size);
		corbel_free(answer->context, answer->items);
		answer->items = items;
	}
	return memset((char *)items + answer->count++ * size, 0, size);
}

static const char *answer_text(struct answer *answer, const char *text)
{
	char *copy = corbel_strdup(answer->context, text);

	if (!copy)
		answer->result = -ENOMEM;
	return copy;
}

static struct corbel_array answer_texts(struct answer *answer, const char *const *texts,
					size_t count)
{
	const char **items = corbel_alloc(answer->context, (count + 1) * sizeof(*items));

	if (!items) {
		answer->result = -ENOMEM;
		return (struct corbel_array){ 0 };
	}
	for (size_t i = 0; i < count; i++)
		items[i] = answer_text(answer, texts[i]);
	return (struct corbel_array){ items, count };
}

static const char *answer_version(struct answer *answer, const struct corbel_interface *interface)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u", interface->major, interface->minor);
	return answer_text(answer, text);
}

static void add_plugin(void *data, const struct corbel_plugin_info *info)
{
	struct answer *answer = data;
	struct corbel_monitor_plugin *plugin = answer_add(answer, sizeof(*plugin));

	if (!plugin)
		return;
	*plugin = (struct corbel_monitor_plugin){
		.name = answer_text(answer, info->name),
		.version = answer_text(answer, info->version),
		.summary = answer_text(answer, info->summary),
		.state = (enum corbel_monitor_state)info->state,
		.reason = answer_text(answer, info->reason),
		.since = info->since,
		.starts = info->starts,
		.published = info->events_published,
		.delivered = info->events_delivered,
		.dropped = info->events_dropped,
		.queued = info->events_queued,
		.holdings = info->holdings,
		.wanted = info->wanted,
		.dormant = info->on_demand && info->state != CORBEL_PLUGIN_RUNNING,
		.provides = answer_texts(answer, info->provides, info->provide_count),
		.needs = answer_texts(answer, info->needs, info->need_count),
		.wishes = answer_texts(answer, info->wishes, info->wish_count),
	};
}

static void add_service(void *data, const struct corbel_service_info *info)
{
	struct answer *answer = data;
	struct corbel_monitor_service *service = answer_add(answer, sizeof(*service));

	if (!service)
		return;
	*service = (struct corbel_monitor_service){
		.interface = answer_text(answer, info->interface->name),
		.version = answer_version(answer, info->interface),
		.plugin = answer_text(answer, info->plugin),
		.rank = info->rank,
		.uses = info->use_count,
		.dormant = info->dormant,
	};
}

static void add_topic(void *data, const struct corbel_topic_info *info)
{
	struct answer *answer = data;
	struct corbel_monitor_topic *topic = answer_add(answer, sizeof(*topic));

	if (!topic)
		return;
	*topic = (struct corbel_monitor_topic){
		.name = answer_text(answer, info->name),
		.published = info->published,
		.publishers = info->publishers,
		.subscribers = info->subscribers,
	};
}

static void make_plugins(struct corbel_host *host, struct answer *answer)
{
	corbel_host_plugins(host, add_plugin, answer);
}

static void drop_plugins(struct answer *answer)
{
	corbel_monitor_plugins_free(answer->context, answer->items, answer->count);
}

static void make_services(struct corbel_host *host, struct answer *answer)
{
	corbel_host_services(host, add_service, answer);
}

static void drop_services(struct answer *answer)
{
	corbel_monitor_services_free(answer->context, answer->items, answer->count);
}

static void make_topics(struct corbel_host *host, struct answer *answer)
{
	corbel_host_topics(host, add_topic, answer);
}

static void drop_topics(struct answer *answer)
{
	corbel_monitor_topics_free(answer->context, answer->items, answer->count);
}

static void question_free(struct question *question)
{
	question->kind->drop(&question->answer);
	pthread_cond_destroy(&question->answered);
	pthread_mutex_destroy(&question->lock);
	free(question);
}

static void question_answer(void *data)
{
	struct question *question = data;

	question->kind->make(question->host, &question->answer);
	pthread_mutex_lock(&question->lock);
	bool is_left = question->is_left;
	question->is_answered = true;
	pthread_cond_signal(&question->answered);
	pthread_mutex_unlock(&question->lock);
	if (is_left)
		question_free(question);
}

static struct question *question_new(const struct monitor *monitor, const struct kind *kind)
{
	struct question *question = calloc(1, sizeof(*question));
	pthread_condattr_t clock;

	if (!question)
		return NULL;
	question->kind = kind;
	question->host = monitor->host;
	question->answer.context = monitor->context;
	pthread_mutex_init(&question->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&question->answered, &clock);
	pthread_condattr_destroy(&clock);
	return question;
}

/* 0 or -ETIMEDOUT: then the question is the control thread's. */
static int question_wait(struct question *question)
{
	struct timespec until;
	int result = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ANSWER_SECONDS;
	pthread_mutex_lock(&question->lock);
	while (!question->is_answered && result == 0)
		result = -pthread_cond_timedwait(&question->answered, &question->lock, &until);
	result = question->is_answered ? 0 : result;
	question->is_left = result < 0;
	pthread_mutex_unlock(&question->lock);
	return result;
}

static int ask(struct monitor *monitor, const struct kind *kind, void **items, size_t *count)
{
	struct question *question = question_new(monitor, kind);
	int result = 0;

	if (!question)
		return -ENOMEM;
	if (pthread_equal(monitor->control, pthread_self())) {
		question_answer(question);
	} else {
		result = corbel_host_post(monitor->host, question_answer, question);
		if (result == 0) {
			result = question_wait(question);
			if (result < 0)
				return result;
		}
	}
	if (result == 0)
		result = question->answer.result;
	if (result == 0) {
		*items = question->answer.items;
		*count = question->answer.count;
		question->answer.items = NULL;
		question->answer.count = 0;
	}
	question_free(question);
	return result;
}

static int plugins(void *self, struct corbel_monitor_plugin **items, size_t *count)
{
	static const struct kind kind = { make_plugins, drop_plugins };

	return ask(self, &kind, (void **)items, count);
}

static int services(void *self, struct corbel_monitor_service **items, size_t *count)
{
	static const struct kind kind = { make_services, drop_services };

	return ask(self, &kind, (void **)items, count);
}

static int topics(void *self, struct corbel_monitor_topic **items, size_t *count)
{
	static const struct kind kind = { make_topics, drop_topics };

	return ask(self, &kind, (void **)items, count);
}

static int information(void *self, char **name, char **version, int32_t *pid, int64_t *started)
{
	struct monitor *monitor = self;
	char *name_copy = corbel_strdup(monitor->context, monitor->name);
	char *version_copy = corbel_strdup(monitor->context, corbel_host_version());

	if (!name_copy || !version_copy) {
		corbel_free(monitor->context, name_copy);
		corbel_free(monitor->context, version_copy);
		return -ENOMEM;
	}
	*name = name_copy;
	*version = version_copy;
	*pid = getpid();
	*started = monitor->started;
	return 0;
}

static const struct corbel_monitor_methods methods = {
	.size = sizeof(methods),
	.information = information,
	.plugins = plugins,
	.services = services,
	.topics = topics,
};

static void tell(void *data, const struct corbel_plugin_info *plugin)
{
	struct monitor *monitor = data;
	struct corbel_monitor_changed event = {
		.plugin = plugin->name,
		.state = (enum corbel_monitor_state)plugin->state,
		.reason = plugin->reason,
	};

	/* A subscriber that asked for -EAGAIN counts its drops itself. */
	corbel_monitor_changed_publish(monitor->changed, &event);
}

static int offer(struct monitor *monitor)
{
	int result = corbel_monitor_changed_open(monitor->context, NULL, &monitor->changed);

	if (result == 0)
		result = corbel_host_monitor_add(monitor->host, tell, monitor, &monitor->states);
	if (result == 0)
		result = corbel_monitor_provide(monitor->context, &methods, monitor, NULL,
						&monitor->provision);
	return result;
}

int monitor_open(struct corbel_host *host, struct monitor **out)
{
	const struct corbel_config_entry *name = corbel_host_setting(host, "corbel", "name");
	struct monitor *monitor = calloc(1, sizeof(*monitor));
	struct timespec now;

	if (!monitor)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	monitor->host = host;
	monitor->context = corbel_host_context(host);
	monitor->control = pthread_self();
	monitor->started = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	monitor->name = strdup(name && *name->text ? name->text : "corbeld");
	int result = monitor->name ? offer(monitor) : -ENOMEM;

	if (result < 0)
		monitor_close(monitor);
	else
		*out = monitor;
	return result;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	corbel_withdraw(monitor->context, monitor->provision);
	corbel_host_monitor_remove(monitor->states);
	corbel_monitor_changed_close(monitor->context, monitor->changed);
	free(monitor->name);
	free(monitor);
}
