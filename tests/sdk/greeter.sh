# SPDX-License-Identifier: MIT
# The greeter of the README, and a caller for it, for tests that build plugins. Sourced after tap.sh and tap_temporary.

# readme_block N: the N-th block of code in the README.
readme_block() {
	awk -v wanted="$1" '
		/^```[a-z]/ { count++; inside = count == wanted; next }
		/^```/ { inside = 0 }
		inside' "$top_srcdir/README.md"
}

# Writes the files of both plugins into the current folder. The caller's start() is what the README calls from.
greeter_files() {
	readme_block 1 >corbel.greeter.interface
	readme_block 2 >greeter.plugin
	readme_block 3 >greeter.c
	readme_block 4 >build.sh
	cat >caller.plugin <<-END
		[plugin]
		name    = caller
		version = 1.0.0
		licence = MIT
		summary = Calls the greeter

		[requires]
		corbel.greeter = 1.0
	END
	{
		cat <<-END
			#include <corbel/plugin.h>
			#include "corbel.greeter.h"

			static int start(struct corbel_context *context, void **self)
			{
			*self = context;
		END
		readme_block 5
		cat <<-END
			return 0;
			}

			static void stop(void *self, enum corbel_stop_reason reason)
			{
			corbel_log(self, CORBEL_INFO, "the caller goes (%d)", reason);
			}

			CORBEL_PLUGIN(.start = start, .stop = stop);
		END
	} >caller.c
}

has_greeted() { grep -q 'Hello, world!' log; }
greeting_is_decided() { has_greeted || ! kill -0 "$corbeld_pid"; }

# greeter_run CORBELD: runs both plugins of the current folder until the greeting is in the log, ends the daemon with
# SIGTERM, and fails unless that ends with 0.
greeter_run() {
	cat >corbeld.ini <<-END
		[corbel]
		plugin-path = $PWD
		state-dir = $PWD/state
		runtime-dir = $PWD/run
		[control]
		enabled = no
		[plugin caller]
		[plugin greeter]
	END
	"$1" -c corbeld.ini >log 2>&1 &
	corbeld_pid=$!
	wait_for 30 greeting_is_decided || kill -KILL "$corbeld_pid"
	kill -TERM "$corbeld_pid" 2>/dev/null
	corbeld_status=0
	wait "$corbeld_pid" || corbeld_status=$?
	echo "corbeld ended with $corbeld_status" >>log
	has_greeted && [ "$corbeld_status" -eq 0 ] || { cat log; return 1; }
}

logged() { grep -q "$1" log || { cat log; return 1; }; }
