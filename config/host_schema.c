/* SPDX-License-Identifier: MIT */
/* The keys of the host's own sections, as schemas in the same form as a plugin's. */
#include "host_schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nearest.h"

#ifndef CORBEL_STATE_DIR
#define CORBEL_STATE_DIR "/var/lib/corbel"
#endif
#ifndef CORBEL_RUN_DIR
#define CORBEL_RUN_DIR "/run/corbel"
#endif
#ifndef CORBEL_PLUGIN_DIR
#define CORBEL_PLUGIN_DIR "/usr/lib/corbel/plugins"
#endif

#define LEVELS "values = error, warning, notice, info, debug\n"

static const char corbel_keys[] =
	"[config name]\n"
	"type = string\n"
	"default = corbeld\n"
	"summary = Name of this host in logs and status\n"
	"[config state-dir]\n"
	"type = path\n"
	"default = \"" CORBEL_STATE_DIR "\"\n"
	"summary = Folder for what plugins keep between two runs\n"
	"[config runtime-dir]\n"
	"type = path\n"
	"default = \"" CORBEL_RUN_DIR "\"\n"
	"summary = Folder for what lives as long as this run: sockets, private copies\n"
	"[config plugin-path]\n"
	"type = list\n"
	"default = \"" CORBEL_PLUGIN_DIR "\"\n"
	"summary = Folders in which the files of plugins are looked up, in this order\n"
	"[config workers]\n"
	"type = int\n"
	"default = 0\n"
	"range = 0..1024\n"
	"summary = Threads that run the strands; 0 is one per processor\n"
	"[config start-timeout]\n"
	"type = duration\n"
	"default = 10s\n"
	"range = 1ms..1h\n"
	"summary = Longest start of a plugin\n"
	"[config stop-timeout]\n"
	"type = duration\n"
	"default = 5s\n"
	"range = 1ms..1h\n"
	"summary = Longest stop of a plugin\n"
	"[config call-timeout]\n"
	"type = duration\n"
	"default = 5s\n"
	"range = 1ms..1h\n"
	"summary = Longest wait of a call at a closed gate\n"
	"[config reload-timeout]\n"
	"type = duration\n"
	"default = 3s\n"
	"range = 1ms..1h\n"
	"summary = Longest wait of a reload until nobody is inside the old version\n"
	"[config trial-timeout]\n"
	"type = duration\n"
	"default = 5s\n"
	"range = 1ms..1h\n"
	"summary = Longest trial load of a new version\n"
	"[config probe]\n"
	"type = path\n"
	"default = \"" CORBEL_PROBE "\"\n"
	"summary = The program that tries a new version before a reload\n"
	"[config injector]\n"
	"type = path\n"
	"default = \"" CORBEL_INJECTOR "\"\n"
	"summary = The library of faults that corbelctl inject plays, with --develop\n"
	"[config hang-timeout]\n"
	"type = duration\n"
	"default = 30s\n"
	"range = 1ms..1h\n"
	"summary = Longest handler, timer or call before it is taken for hanging\n"
	"[config on-fault]\n"
	"type = choice\n"
	"values = strict, contain, re-exec\n"
	"default = contain\n"
	"summary = What a fault inside a plugin ends: the process, the plugin, or the "
	"process to begin anew in place\n"
	"[config re-exec-intensity]\n"
	"type = int\n"
	"default = 5\n"
	"range = 0..1000\n"
	"summary = So many new beginnings in re-exec-period at most; then safe mode\n"
	"[config re-exec-period]\n"
	"type = duration\n"
	"default = 1m\n"
	"range = 1s..1d\n"
	"summary = The time in which new beginnings are counted\n"
	"[config fault-dir]\n"
	"type = path\n"
	"summary = Folder for reports of faults; faults in the runtime folder unless said\n"
	"[config require-signature]\n"
	"type = bool\n"
	"default = no\n"
	"summary = Whether the files of plugins must be signed\n"
	"[config public-key]\n"
	"type = path\n"
	"summary = The key, as minisign writes it, by which signatures are judged\n";

static const char log_keys[] = "[config level]\n"
			       "type = choice\n" LEVELS "default = info\n"
			       "summary = Least important message that is written\n"
			       "[config target]\n"
			       "type = choice\n"
			       "values = stderr, file\n"
			       "default = stderr\n"
			       "summary = Where messages go\n"
			       "[config file]\n"
			       "type = path\n"
			       "summary = The file, for target = file\n";

static const char control_keys[] =
	"[config enabled]\n"
	"type = bool\n"
	"default = yes\n"
	"summary = Whether there is a control socket\n"
	"[config socket]\n"
	"type = path\n"
	"summary = Path of the control socket; control in the runtime folder unless said\n"
	"[config mode]\n"
	"type = string\n"
	"summary = Permissions of the socket, octal; no more than group, read and control need "
	"unless said\n"
	"[config group]\n"
	"type = string\n"
	"summary = Group of the socket, whose members may look\n"
	"[config read]\n"
	"type = list\n"
	"summary = Users, and @groups, who may look\n"
	"[config control]\n"
	"type = list\n"
	"summary = Users, and @groups, who may look and change\n"
	"[config clients]\n"
	"type = int\n"
	"default = 32\n"
	"range = 8..1000\n"
	"summary = Most connections at a time\n"
	"[config clients-per-user]\n"
	"type = int\n"
	"default = 8\n"
	"range = 1..1000\n"
	"summary = Most connections of one user at a time\n"
	"[config rate]\n"
	"type = int\n"
	"default = 100\n"
	"range = 1..1000000\n"
	"summary = Most requests a second on one connection; more have to wait\n";

static const char plugin_keys[] =
	"[config path]\n"
	"type = path\n"
	"summary = Its file, absolute or in plugin-path; NAME.so unless said\n"
	"[config enabled]\n"
	"type = bool\n"
	"default = yes\n"
	"summary = Whether it is started at all\n"
	"[config reload]\n"
	"type = choice\n"
	"values = on-request, on-change\n"
	"default = on-request\n"
	"summary = Replace it while it runs when asked to, or whenever its file changes\n"
	"[config when-busy]\n"
	"type = choice\n"
	"values = abandon, refuse, retry\n"
	"default = abandon\n"
	"summary = If threads are still inside at the end of stop-timeout: it stays in memory, "
	"goes on, or has that time again\n"
	"[config activate]\n"
	"type = choice\n"
	"values = auto, demand\n"
	"default = auto\n"
	"summary = Start with the host, or at the first use of a service\n"
	"[config idle]\n"
	"type = duration\n"
	"default = 0s\n"
	"summary = Stop after so long without a call (activate = demand); 0 is never\n"
	"[config rank]\n"
	"type = int\n"
	"default = 0\n"
	"range = -1000000..1000000\n"
	"summary = Its services go before those of a lower rank\n"
	"[config restart]\n"
	"type = choice\n"
	"values = never, on-fault, always\n"
	"default = on-fault\n"
	"summary = When it is started again after it has ended\n"
	"[config restart-intensity]\n"
	"type = int\n"
	"default = 5\n"
	"range = 0..1000\n"
	"summary = So many restarts in restart-period at most\n"
	"[config restart-period]\n"
	"type = duration\n"
	"default = 1m\n"
	"range = 1s..1d\n"
	"summary = The time in which restarts are counted\n"
	"[config restart-backoff]\n"
	"type = duration\n"
	"default = 100ms\n"
	"range = 0s..1h\n"
	"summary = Wait before the first restart; doubles with each one\n"
	"[config restart-backoff-limit]\n"
	"type = duration\n"
	"default = 30s\n"
	"range = 0s..1d\n"
	"summary = Longest wait before a restart\n"
	"[config essential]\n"
	"type = bool\n"
	"default = no\n"
	"summary = Without it the host is not well: its status says so, and its watchdog is "
	"not fed\n"
	"[config recovery]\n"
	"type = list\n"
	"summary = A program and its arguments, run each time the plugin has ended by a fault\n"
	"[config on-fault]\n"
	"type = choice\n"
	"values = strict, contain, re-exec\n"
	"summary = As in [corbel], for this plugin\n"
	"[config guard]\n"
	"type = choice\n"
	"values = dispatch, calls\n"
	"default = dispatch\n"
	"summary = Contain faults where the host calls, or at each call\n"
	"[config heap]\n"
	"type = choice\n"
	"values = shared, private\n"
	"default = shared\n"
	"summary = Its memory in the heap of the process, or in one of its own\n"
	"[config hang-timeout]\n"
	"type = duration\n"
	"range = 1ms..1h\n"
	"summary = As in [corbel], for this plugin\n"
	"[config on-hang]\n"
	"type = choice\n"
	"values = report, restart\n"
	"default = restart\n"
	"summary = What happens to a plugin that hangs: it is reported, or ended and "
	"restarted as after a fault\n"
	"[config limit-memory]\n"
	"type = size\n"
	"default = 0\n"
	"summary = Most memory that it may have from the host; 0 is any\n"
	"[config limit-fds]\n"
	"type = int\n"
	"default = 0\n"
	"range = 0..1000000\n"
	"summary = Most descriptors that it may have with the host; 0 is any\n"
	"[config limit-threads]\n"
	"type = int\n"
	"default = 0\n"
	"range = 0..100000\n"
	"summary = Most threads that it may have; 0 is any\n"
	"[config log-level]\n"
	"type = choice\n" LEVELS "summary = As in [log], for this plugin\n"
	"[config start-timeout]\n"
	"type = duration\n"
	"range = 1ms..1h\n"
	"summary = As in [corbel], for this plugin\n"
	"[config stop-timeout]\n"
	"type = duration\n"
	"range = 1ms..1h\n"
	"summary = As in [corbel], for this plugin\n"
	"[config reload-timeout]\n"
	"type = duration\n"
	"range = 1ms..1h\n"
	"summary = As in [corbel], for this plugin\n"
	"[config may-use]\n"
	"type = list\n"
	"default = *\n"
	"summary = Interfaces it may use, of those that its manifest names\n"
	"[config may-publish]\n"
	"type = list\n"
	"default = *\n"
	"summary = Topics it may publish, of those that its manifest names\n"
	"[config may-subscribe]\n"
	"type = list\n"
	"default = *\n"
	"summary = Topics it may subscribe to, of those that its manifest names\n"
	"[config may-control]\n"
	"type = list\n"
	"summary = Plugins that it may start, stop, restart and reload\n"
	"[config fs-read]\n"
	"type = list\n"
	"summary = Folders and files that its thread may read (exec = thread); any unless said\n"
	"[config fs-write]\n"
	"type = list\n"
	"summary = Folders and files that its thread may write, too (exec = thread); any "
	"unless this or fs-read is said\n"
	"[config net]\n"
	"type = bool\n"
	"default = yes\n"
	"summary = Whether its thread may make sockets (exec = thread)\n"
	"[config syscalls]\n"
	"type = list\n"
	"values = io, fs, net, process, ipc\n"
	"summary = Groups of system calls that its thread may make, beside those for memory, "
	"threads and time (exec = thread); any unless said\n"
	"[config sha256]\n"
	"type = string\n"
	"summary = The hash that its file must have, 64 hex digits\n"
	"[config require-signature]\n"
	"type = bool\n"
	"summary = As in [corbel], for this plugin\n";

static const char group_keys[] =
	"[config members]\n"
	"type = list\n"
	"required = yes\n"
	"summary = Its plugins, in the order in which they depend on each other\n"
	"[config policy]\n"
	"type = choice\n"
	"values = one-for-one, rest-for-one, all-for-one\n"
	"default = one-for-one\n"
	"summary = Who is restarted with a member that has ended\n"
	"[config restart-intensity]\n"
	"type = int\n"
	"default = 5\n"
	"range = 0..1000\n"
	"summary = So many restarts of its members in restart-period at most\n"
	"[config restart-period]\n"
	"type = duration\n"
	"default = 1m\n"
	"range = 1s..1d\n"
	"summary = The time in which restarts are counted\n";

static const struct {
	const char *kind;
	bool named;
	const char *keys;
	size_t size;
} sections[HOST_SECTION_COUNT] = {
	[HOST_SECTION_CORBEL] = { "corbel", false, corbel_keys, sizeof(corbel_keys) - 1 },
	[HOST_SECTION_LOG] = { "log", false, log_keys, sizeof(log_keys) - 1 },
	[HOST_SECTION_CONTROL] = { "control", false, control_keys, sizeof(control_keys) - 1 },
	[HOST_SECTION_PLUGIN] = { "plugin", true, plugin_keys, sizeof(plugin_keys) - 1 },
	[HOST_SECTION_GROUP] = { "group", true, group_keys, sizeof(group_keys) - 1 },
};

const char *host_section_kind(enum host_section section)
{
	return sections[section].kind;
}

bool host_section_is_named(enum host_section section)
{
	return sections[section].named;
}

int host_section_find(const char *kind, enum host_section *section)
{
	for (int i = 0; i < HOST_SECTION_COUNT; i++) {
		if (strcmp(kind, sections[i].kind) == 0) {
			*section = (enum host_section)i;
			return 0;
		}
	}
	return -ENOENT;
}

static int complain_kind(const struct ini_section *section, struct complaints *complaints)
{
	struct nearest nearest;
	char hint[128];

	nearest_init(&nearest, section->kind);
	for (int i = 0; i < HOST_SECTION_COUNT; i++)
		nearest_offer(&nearest, host_section_kind((enum host_section)i));
	return ini_complain_to(&section->origin, complaints, -EINVAL,
			       "there is no section [%s], "
			       "expected [corbel], [plugin NAME], [group NAME], [log] or "
			       "[control]%s",
			       section->kind, nearest_hint(&nearest, hint, sizeof(hint)));
}

/* Names go into file names, and into overrides, where the first dot ends them. */
static bool is_good_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";

	return name[0] != '-' && strlen(name) <= 64 && strspn(name, allowed) == strlen(name);
}

int host_section_check(const struct ini_section *section, struct complaints *complaints)
{
	enum host_section which;

	if (host_section_find(section->kind, &which) < 0)
		return complain_kind(section, complaints);
	if (!host_section_is_named(which) && section->name)
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "[%s] has no name, "
				       "expected [%s]",
				       section->kind, section->kind);
	if (!host_section_is_named(which))
		return 0;
	if (!section->name)
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "a [%s] section without a "
				       "name, expected [%s NAME]",
				       section->kind, section->kind);
	if (!is_good_name(section->name))
		return ini_complain_to(&section->origin, complaints, -EINVAL,
				       "\"%.64s\" is no name for "
				       "a %s, expected at most 64 letters, digits, '-' and '_'",
				       section->name, section->kind);
	return 0;
}

bool host_section_has_key(enum host_section section, const char *key)
{
	char header[INI_WORD_MAX + 16];

	int length = snprintf(header, sizeof(header), "[config %s]\n", key);
	return length > 0 && (size_t)length < sizeof(header) &&
	       strstr(sections[section].keys, header);
}

int host_schema_new(enum host_section section, struct schema **schema)
{
	struct ini_document *document;
	int code = ini_read_text(sections[section].kind, sections[section].keys,
				 sections[section].size, &document, NULL);

	if (code < 0)
		return code;
	code = schema_parse(document, schema, NULL);
	ini_document_free(document);
	return code;
}
