# SPDX-License-Identifier: MIT
# For the configure.ac of plugins that live outside Corbel's tree.

# CORBEL_PLUGIN([MINIMUM-VERSION])
# Sets and substitutes CORBEL_CFLAGS and CORBEL_LIBS, CORBEL_PLUGIN_CFLAGS, CORBEL_PLUGIN_LDFLAGS,
# CORBEL_SCANNER, and corbelplugindir, the folder in which corbeld looks plugins up.
AC_DEFUN([CORBEL_PLUGIN], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])
PKG_CHECK_MODULES([CORBEL], [corbel]m4_ifval([$1], [ >= $1]))
PKG_CHECK_VAR([CORBEL_PLUGIN_CFLAGS], [corbel], [plugin_cflags])
PKG_CHECK_VAR([CORBEL_PLUGIN_LDFLAGS], [corbel], [plugin_ldflags])
PKG_CHECK_VAR([CORBEL_SCANNER], [corbel], [scanner])
PKG_CHECK_VAR([corbelplugindir], [corbel], [plugindir])
AS_IF([test ! -x "$CORBEL_SCANNER"],
	[AC_MSG_ERROR([corbel-scanner not found at "$CORBEL_SCANNER" (set CORBEL_SCANNER=/path/to/corbel-scanner)])])
])
