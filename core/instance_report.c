/* SPDX-License-Identifier: MIT */
/* Who is still inside an instance, in lines for people. */
#include <string.h>

#include "instance.h"

/* As far as there is room. */
struct report {
	const struct instance *instance;
	char *text;
	size_t size, used;
	double seconds;
};

__attribute__((format(printf, 2, 3))) static void report_line(struct report *report,
							      const char *format, ...)
{
	size_t left = report->size - report->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(report->text + report->used, left, format, arguments);
	va_end(arguments);
	report->used += length < 0 ? 0 : (size_t)length < left ? (size_t)length : left - 1;
}

static void report_frame(void *data, const struct frame_report *frame)
{
	struct report *report = data;

	report_line(report, "%s%s: thread %d (%s) is still inside %s%s%s%s%s, after %.3g s",
		    report->used ? "\n" : "", report->instance->plugin->name, (int)frame->thread,
		    frame->thread_name, frame->label, frame->method ? "." : "",
		    frame->method ? frame->method : "", frame->caller ? ", called by " : "",
		    frame->caller ? frame->caller : "", report->seconds);
}

static void report_worker(void *data, const struct frame_report *worker)
{
	struct report *report = data;

	report_line(report, "%s%s: its thread %d (%s) was asked to %s and goes on, after %.3g s",
		    report->used ? "\n" : "", report->instance->plugin->name, (int)worker->thread,
		    worker->thread_name, report->instance->is_dismissed ? "stop" : "pause",
		    report->seconds);
}

void instance_report(struct instance *instance, char *text, size_t size)
{
	struct report report = {
		.instance = instance,
		.text = text,
		.size = size,
		.seconds = (double)(frame_now() - instance->closed) / (double)CORBEL_SECOND,
	};

	*text = '\0';
	frame_scan(&instance->owner, NULL, report_frame, &report);
	worker_set_scan(instance->workers, report_worker, &report);
}

void instance_tell(struct instance *instance)
{
	char text[LOG_LINE_MAX], *rest = text;

	instance_report(instance, text, sizeof(text));
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		log_host(&instance->host->log, CORBEL_WARNING, "%s", line);
}
