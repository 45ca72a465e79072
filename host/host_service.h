/* SPDX-License-Identifier: MIT */
/* org.corbel.Host: the host and its plugins over Varlink. */
#ifndef CORBEL_HOST_SERVICE_H
#define CORBEL_HOST_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <corbel/host.h>

#include "logsink.h"
#include "poller.h"
#include "varlink.h"

/* Of Reload, in milliseconds; as reload-timeout in the configuration. */
#define HOST_SERVICE_TIMEOUT_MAX 3600000

struct host_request;
struct host_monitor;

struct host_service {
	struct corbel_host *host;
	struct logsink *sink;
	const char *file; /* of the configuration */
	int64_t started;  /* ns since the epoch */
	bool is_stopping;
	bool is_developing; /* --develop */
	/* Reads the configuration again; as corbel_host_reconfigure(). */
	int (*reload)(void *data, struct corbel_error *error);
	void *data;

	struct poller *poller;
	struct poller_watch log_watch;
	struct host_request *requests; /* under way */
	struct host_monitor *monitors; /* of the log */
	void *faults;                  /* the library of them, loaded when it is first asked for */
	struct poller_timer re_exec;   /* once the answer is on its way */
	struct varlink_interface interface;
};

/* The caller has set the first part. */
int host_service_init(struct host_service *service, struct poller *poller);
/*
 * After the control socket is closed and the host is freed, so that nothing refers to it any more.
 */
void host_service_fini(struct host_service *service);

/* The words and the code of what failed; code is -errno. */
void host_service_fail(struct varlink_call *call, int code, const char *words);
void host_service_invalid(struct varlink_call *call, const char *parameter);
void host_service_not_found(struct varlink_call *call, const char *plugin);

/* Methods: in host_requests.c, ... */
void host_requests_start(struct varlink_call *call, void *data);
void host_requests_stop(struct varlink_call *call, void *data);
void host_requests_restart(struct varlink_call *call, void *data);
void host_requests_reload(struct varlink_call *call, void *data);
void host_requests_re_exec(struct varlink_call *call, void *data);
void host_requests_fini(struct host_service *service);
/* ... in host_inject.c, ... */
void host_inject_list(struct varlink_call *call, void *data);
void host_inject_play(struct varlink_call *call, void *data);
/* ... in host_grants.c, ... */
void host_grants_list(struct varlink_call *call, void *data);
void host_grants_why(struct varlink_call *call, void *data);
/* ... and in host_monitors.c. */
void host_monitors_states(struct varlink_call *call, void *data);
void host_monitors_events(struct varlink_call *call, void *data);
void host_monitors_log(struct varlink_call *call, void *data);
/* There are new lines in the log. */
void host_monitors_log_ready(void *data, uint32_t events);

#endif
