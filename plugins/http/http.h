/* SPDX-License-Identifier: MIT */
/* The plugin as a whole: all of it belongs to the strand. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "alerts.h"
#include "feeds.h"
#include "page.h"
#include "readings.h"
#include "server.h"
#include "snapshot.h"

#define HTTP_STATUS_MAX 600

struct http {
	struct corbel_context *context;
	struct settings settings;
	struct server server;
	struct feeds feeds;
	struct snapshot snapshot;
	struct readings readings;
	bool sensors_bound;
	bool sensors_lost;     /* there were more than fit, which has been said */
	uint64_t sensors_told; /* changes of the readings as far as streams were told */
	bool alerts_told;      /* nothing has changed since streams were told */
	struct corbel_monitor *monitor;
	struct corbel_sensors *sensors;
	struct corbel_rules *rules;
	struct corbel_subscription *changes, *samples, *alarms;
	struct corbel_timer *pushing; /* a change is about to be told to streams */
	struct page pages[PAGE_COUNT];
	struct MHD_Response *page_responses[PAGE_COUNT];
	uint64_t answers[HTTP_STATUS_MAX]; /* by status */
};

/* Brings all feeds up to date: before the first stream begins. */
void http_tell(struct http *http);

#endif
