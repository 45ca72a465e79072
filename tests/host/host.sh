# SPDX-License-Identifier: MIT
# A corbeld of its own for a shell test of the host, sourced after tap.sh.
# shellcheck shell=sh

corbeld=${corbeld-$top_builddir/host/corbeld}
corbelctl=${corbelctl-$top_builddir/host/corbelctl}
host_plugins=${host_plugins-$top_builddir/tests/host/.libs}
host_pid=

# host_config [TEXT...]: writes $tap_dir/corbeld.ini, each TEXT a line, after what keeps it away from the machine's own.
host_config() {
	{
		echo "[corbel]"
		echo "plugin-path = $host_plugins"
		echo "runtime-dir = $tap_dir/run"
		echo "state-dir = $tap_dir/state"
		echo "probe = $top_builddir/host/corbel-probe"
		echo "injector = $top_builddir/plugins/faulty/.libs/corbel-faults.so"
		echo "stop-timeout = 2s"
		printf '%s\n' "$@"
	} >"$tap_dir/corbeld.ini"
}

# host_start [ARGUMENT...]: starts corbeld in the background, and waits until it is ready.
host_start() {
	# The words of an earlier one must not be taken for those of this one, which may not even have opened the file.
	rm -f "$tap_dir/err"
	"$corbeld" -c "$tap_dir/corbeld.ini" --develop "$@" >"$tap_dir/out" 2>"$tap_dir/err" &
	host_pid=$!
	trap 'kill -KILL $host_pid 2>/dev/null; rm -rf "$tap_dir"' EXIT
	CORBEL_CONTROL=$tap_dir/run/control
	export CORBEL_CONTROL
	wait_for 20 host_is_ready && return 0
	echo "# corbeld did not become ready:"
	sed 's/^/# /' "$tap_dir/err"
	return 1
}

host_is_ready() {
	grep -q 'ready: ' "$tap_dir/err" 2>/dev/null || ! kill -0 "$host_pid" 2>/dev/null
}

# host_wait: sets host_status to how corbeld ended.
host_wait() {
	host_status=0
	wait "$host_pid" || host_status=$?
	trap 'rm -rf "$tap_dir"' EXIT
}

# host_stop: asks it to end.
host_stop() {
	kill -TERM "$host_pid"
	host_wait
}

# ends_with STATUS COMMAND...: the command must end with that status; its words go to $tap_dir/words.
ends_with() {
	expected=$1
	shift
	found=0
	"$@" >"$tap_dir/words" 2>&1 || found=$?
	[ "$found" -eq "$expected" ] && return 0
	echo "ended with $found, not $expected: $*"
	cat "$tap_dir/words"
	return 1
}

# says WORDS [FILE]: what was printed holds the words.
says() {
	grep -qF -e "$1" "${2-$tap_dir/words}" && return 0
	echo "'$1' is not in:"
	cat "${2-$tap_dir/words}"
	return 1
}
