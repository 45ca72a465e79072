/* SPDX-License-Identifier: MIT */
/*
 * No lock of the core is held in plugin code: every callback calls every function of the host's
 * table.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;
static struct fixture_base *base;
static struct corbel_context *own;
static struct fixture_base_tick_topic *stream;
static __thread bool is_calling; /* the calls below lead to further callbacks */

static void expect(const char *where, const char *what, int result)
{
	char line[128];

	if (result >= 0)
		return;
	snprintf(line, sizeof(line), "wrong: %s in %s gives %d", what, where, result);
	house_say(&house, line, "");
}

static void nothing(void *data)
{
	(void)data;
}

static void not_ready(void *data, int descriptor, uint32_t events)
{
	(void)data;
	(void)descriptor;
	(void)events;
}

static void exited(void *data, int status)
{
	(void)data;
	(void)status;
}

static void changed(void *data, bool bound)
{
	(void)data;
	(void)bound;
}

static void hear(void *data, const struct corbel_delivery *delivery)
{
	char text[256];

	(void)data;
	corbel_event_text(own, delivery, text, sizeof(text));
}

static void work(struct corbel_worker *worker, void *data)
{
	struct pollfd token = { .fd = corbel_worker_descriptor(data, worker), .events = POLLIN };

	while (corbel_worker_token(data, worker) != CORBEL_STOP) {
		poll(&token, 1, -1);
		corbel_worker_pause(data, worker);
	}
}

static int poke_nothing(void *self, int32_t number, int32_t *answer)
{
	(void)self;
	*answer = number;
	return 0;
}

static const struct fixture_base_methods methods = { .size = sizeof(methods),
						     .poke = poke_nothing };

static void call_services(struct corbel_context *context, const char *where)
{
	struct corbel_use_options options = { .size = sizeof(options), .changed = changed };
	struct corbel_service_options low = { .size = sizeof(low), .rank = -5 };
	struct corbel_provision *provision = NULL;
	struct corbel_use *use = NULL, *copy = NULL;
	int32_t answer;

	expect(where, "provide",
	       corbel_provide(context, &fixture_base_interface, &methods, NULL, &low, &provision));
	expect(where, "acquire", corbel_acquire(context, &fixture_base_interface, &options, &use));
	if (use) {
		expect(where, "duplicate", corbel_use_duplicate(context, use, &copy));
		fixture_base_poke((struct fixture_base *)use, 1, &answer);
	}
	corbel_release(context, copy);
	corbel_release(context, use);
	expect(where, "withdraw", corbel_withdraw(context, provision));
}

static void call_events(struct corbel_context *context, const char *where)
{
	struct corbel_topic_options options = { .size = sizeof(options),
						.retain = 1,
						.suffix = "extra" };
	struct fixture_base_tick tick = { .size = sizeof(tick), .number = 2 };
	struct fixture_base_tick_topic *topic = NULL;

	for (uint32_t mode = CORBEL_QUEUED; mode <= CORBEL_DIRECT; mode++) {
		struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
							.mode = mode,
							.handler = (void (*)(void))(
								corbel_handler *)hear };
		struct corbel_subscription *subscription = NULL;

		expect(where, "subscribe",
		       corbel_subscribe(context, "fixture.*", &subscriber, &subscription));
		expect(where, "topic_open", fixture_base_tick_open(context, &options, &topic));
		if (topic)
			expect(where, "publish", fixture_base_tick_publish(topic, &tick));
		expect(where, "unsubscribe", corbel_unsubscribe(context, subscription));
		fixture_base_tick_close(context, topic);
		topic = NULL;
	}
}

static void call_loop(struct corbel_context *context, const char *where)
{
	const char *const arguments[] = { "/bin/true", NULL };
	struct corbel_child_options options = { .size = sizeof(options),
						.arguments = arguments,
						.input = -1,
						.output = -1,
						.error = -1 };
	struct corbel_timer *timer = NULL;
	struct corbel_watch *watch = NULL;
	struct corbel_child *child = NULL;
	int descriptor = eventfd(0, EFD_CLOEXEC);

	corbel_now(context);
	expect(where, "post", corbel_post(context, nothing, NULL));
	expect(where, "timer",
	       corbel_timer_start(context, CORBEL_SECOND, CORBEL_SECOND, nothing, NULL, &timer));
	corbel_timer_stop(context, timer);
	expect(where, "watch",
	       corbel_watch_add(context, descriptor, CORBEL_READABLE, not_ready, NULL, &watch));
	if (watch)
		expect(where, "watch_change", corbel_watch_change(context, watch, CORBEL_WRITABLE));
	corbel_watch_remove(context, watch);
	close(descriptor);
	expect(where, "spawn", corbel_child_spawn(context, &options, exited, NULL, &child));
}

static void call_rest(struct corbel_context *context, const char *where)
{
	struct corbel_worker *worker = NULL;
	const char *path;

	corbel_free(context, corbel_strdup(context, "buffer"));
	corbel_log(context, CORBEL_DEBUG, "%s calls everything (%d)", corbel_name(context),
		   corbel_log_enabled(context, CORBEL_DEBUG));
	expect(where, "worker", corbel_worker_start(context, "work", work, context, &worker));
	if (worker) {
		corbel_worker_token(context, worker);
		expect(where, "worker_stop", corbel_worker_stop(context, worker));
	}
	/* What it returns lives as long as the strand's callback. */
	if (strcmp(where, "direct") != 0 && strcmp(where, "poke") != 0 &&
	    strcmp(where, "worker") != 0) {
		corbel_config_integer(context, "pace");
		corbel_config_next(context, "p", NULL);
	}
	corbel_explain(context, "%s", "");
	expect(where, "state_folder", corbel_state_folder(context, &path));
	expect(where, "ask", corbel_ask(context, CORBEL_REQUEST_RELOAD, "middle"));
	expect(where, "ask", corbel_ask(context, CORBEL_REQUEST_STOP, "middle"));
}

/* What a callback does that must be able to do anything. */
static void call_everything(struct corbel_context *context, const char *where)
{
	if (is_calling)
		return;
	is_calling = true;
	call_services(context, where);
	call_events(context, where);
	call_loop(context, where);
	call_rest(context, where);
	is_calling = false;
	house_say(&house, "done", where);
}

static void on_timer(void *data)
{
	call_everything(data, "timer");
}

static void on_post(void *data)
{
	call_everything(data, "post");
}

static void on_exit_of_child(void *data, int status)
{
	(void)status;
	call_everything(data, "child");
}

static void on_ready(void *data, int descriptor, uint32_t events)
{
	uint64_t count;

	(void)events;
	if (read(descriptor, &count, sizeof(count)) < 0)
		return;
	call_everything(data, "watch");
}

static void on_changed(void *data, bool bound)
{
	(void)bound;
	call_everything(data, "changed");
}

static void on_queued(void *data, const struct corbel_delivery *delivery)
{
	(void)delivery;
	call_everything(data, "queued");
}

static void on_direct(void *data, const struct corbel_delivery *delivery)
{
	(void)delivery;
	call_everything(data, "direct");
}

static void on_worker(struct corbel_worker *worker, void *data)
{
	call_everything(data, "worker");
	work(worker, data);
}

static int listen(struct corbel_context *context, uint32_t mode, corbel_handler *handler)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.mode = mode,
						.handler = (void (*)(void))handler,
						.data = context };
	struct corbel_subscription *subscription;

	return corbel_subscribe(context, "fixture.base.tick", &subscriber, &subscription);
}

static int arrange(struct corbel_context *context)
{
	const char *const arguments[] = { "/bin/true", NULL };
	struct corbel_child_options child_options = { .size = sizeof(child_options),
						      .arguments = arguments,
						      .input = -1,
						      .output = -1,
						      .error = -1 };
	struct corbel_use_options use_options = { .size = sizeof(use_options),
						  .changed = on_changed,
						  .data = context };
	struct corbel_timer *timer;
	struct corbel_watch *watch;
	struct corbel_child *child;
	struct corbel_worker *worker;
	int result = fixture_base_acquire(context, &use_options, &base);

	if (result == 0)
		result = listen(context, CORBEL_QUEUED, on_queued);
	if (result == 0)
		result = listen(context, CORBEL_DIRECT, on_direct);
	if (result == 0)
		result = fixture_base_tick_open(context, NULL, &stream);
	if (result == 0)
		result = corbel_timer_start(context, 0, 0, on_timer, context, &timer);
	if (result == 0)
		result = corbel_post(context, on_post, context);
	if (result == 0)
		result = corbel_watch_add(context, eventfd(1, EFD_CLOEXEC),
					  CORBEL_READABLE | CORBEL_WATCH_OWNED, on_ready, context,
					  &watch);
	if (result == 0)
		result = corbel_worker_start(context, "everything", on_worker, context, &worker);
	if (result == 0)
		result = corbel_child_spawn(context, &child_options, on_exit_of_child, context,
					    &child);
	return result;
}

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	if (strncmp(actor->name, "every", 5) != 0)
		return number;
	if (strcmp(where, "start") == 0) {
		own = actor->context;

		int result = arrange(actor->context);

		if (result < 0)
			return result;
	}
	call_everything(actor->context, where);
	return number;
}

/* While it stops, services and events are refused; only that nothing hangs is asked. */
static bool only_stop_was_refused(void)
{
	for (const char *at = house.said; (at = strstr(at, "wrong: ")); at++) {
		const char *end = strchrnul(at, ',');
		const char *stop = strstr(at, " in stop ");

		if (!stop || stop > end)
			return false;
	}
	return true;
}

static const char *const places[] = { "start", "poke",    "timer",  "post",   "watch",    "worker",
				      "child", "changed", "queued", "direct", "configure" };

static void configure(bool is_threaded, const char *pace)
{
	char lines[64];

	snprintf(lines, sizeof(lines), "may-control = middle\n%s", pace);
	house_configure(&house, "");
	house_add(&house, "every", is_threaded ? "every_thread" : "every", lines);
	house_add(&house, "middle", "middle", "");
}

static void run_house(int32_t workers, bool is_threaded)
{
	struct fixture_base_tick tick = { .size = sizeof(tick), .number = 1 };
	int32_t answer;

	house_init(&house, workers, act);
	configure(is_threaded, "");
	house_start(&house);
	house_assert_state(&house, "every", CORBEL_PLUGIN_RUNNING);
	/*
	 * With no workers, a call to a thread's plugin is served by that thread; the others run in
	 * dispatch.
	 */
	ck_assert_int_eq(fixture_base_poke(base, 1, &answer), 0);
	ck_assert_int_eq(fixture_base_tick_publish(stream, &tick), 0);
	configure(is_threaded, "pace = 7\n");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char line[32];

		snprintf(line, sizeof(line), "done %s", places[i]);
		house_wait(&house, line);
	}
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "every"), 0);
	house_wait(&house, "done stop");
	house_assert_state(&house, "every", CORBEL_PLUGIN_UNLOADED);
	ck_assert_msg(only_stop_was_refused(), "%s", house.said);
	house_fini(&house);
}

START_TEST(every_callback_may_call_everything)
{
	run_house(2, false);
}
END_TEST

START_TEST(every_callback_may_call_everything_without_workers)
{
	run_house(0, false);
}
END_TEST

START_TEST(every_callback_may_call_everything_with_one_worker)
{
	run_house(1, false);
}
END_TEST

START_TEST(every_callback_may_call_everything_on_a_thread_of_its_own)
{
	run_house(2, true);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	int self = pidfd_open(getpid(), 0);

	if (self < 0 && errno == ENOSYS) {
		puts("1..0 # SKIP pidfd_open(2) is missing here (valgrind before 3.22 lacks it)");
		exit(77);
	}
	close(self);
	Suite *suite = suite_create("host: callbacks");
	TCase *tcase = tcase_create("callbacks");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, every_callback_may_call_everything);
	tcase_add_test(tcase, every_callback_may_call_everything_without_workers);
	tcase_add_test(tcase, every_callback_may_call_everything_with_one_worker);
	tcase_add_test(tcase, every_callback_may_call_everything_on_a_thread_of_its_own);
	suite_add_tcase(suite, tcase);
	return suite;
}
