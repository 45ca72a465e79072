# SPDX-License-Identifier: MIT

# CORBEL_KEEP_CORE
# configure runs `rm -f core ...` after every compile test. In this tree core/ is a folder: rm fails,
# what follows in the && chain is left behind, and distcheck finds it. The function drops that one argument.
AC_DEFUN([CORBEL_KEEP_CORE], [
rm ()
{
	for corbel_argument
	do
		shift
		test "x$corbel_argument" = xcore || set -- "$[@]" "$corbel_argument"
	done
	command rm "$[@]"
}
])
