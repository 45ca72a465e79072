/* SPDX-License-Identifier: MIT */
/* What the host tells about itself, as JSON in the shapes of org.corbel.Host. */
#ifndef CORBEL_HOST_JSON_H
#define CORBEL_HOST_JSON_H

#include <jansson.h>

#include <corbel/host.h>

#include "logsink.h"

/* A string of any bytes: those that are not UTF-8, which JSON cannot carry, are spelt \xff. */
json_t *host_json_text(const char *text);
/* Each makes a new object; NULL: out of memory. */
json_t *host_json_plugin(const struct corbel_plugin_info *plugin);
json_t *host_json_metrics(const struct corbel_plugin_info *plugin);
json_t *host_json_service(const struct corbel_service_info *service);
json_t *host_json_topic(const struct corbel_topic_info *topic);
json_t *host_json_grant(const struct corbel_grant_info *grant);
json_t *host_json_reload(const struct corbel_reload_report *report);
json_t *host_json_line(const struct logsink_line *line);
/* -EBADMSG: the event cannot be read; -ENOMEM. */
int host_json_event(const struct corbel_delivery *delivery, json_t **out);

#endif
