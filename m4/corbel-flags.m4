# SPDX-License-Identifier: MIT

# CORBEL_CC_FLAGS(VARIABLE, FLAGS): appends those of the FLAGS that the compiler takes.
AC_DEFUN([CORBEL_CC_FLAGS], [m4_foreach_w([corbel_flag], [$2],
	[CORBEL_TRY_FLAG([$1], m4_defn([corbel_flag]), [CFLAGS], [AC_COMPILE_IFELSE])])])

# CORBEL_LD_FLAGS(VARIABLE, FLAGS): appends those of the FLAGS that the linker takes.
AC_DEFUN([CORBEL_LD_FLAGS], [m4_foreach_w([corbel_flag], [$2],
	[CORBEL_TRY_FLAG([$1], m4_defn([corbel_flag]), [LDFLAGS], [AC_LINK_IFELSE])])])

# CORBEL_TRY_FLAG(VARIABLE, FLAG, CFLAGS|LDFLAGS, AC_COMPILE_IFELSE|AC_LINK_IFELSE)
AC_DEFUN([CORBEL_TRY_FLAG], [
AS_VAR_PUSHDEF([corbel_cache], [corbel_cv_flag_$2])dnl
AC_CACHE_CHECK([whether $CC takes $2], [corbel_cache], [
	corbel_saved=$[$3]
	$3="$[$3] -Werror $2"
	$4([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([corbel_cache], [yes])], [AS_VAR_SET([corbel_cache], [no])])
	$3=$corbel_saved])
AS_VAR_IF([corbel_cache], [yes], [$1="$[$1] $2"])
AS_VAR_POPDEF([corbel_cache])dnl
])

# CORBEL_DEVELOP: --enable-develop, on in a git checkout: all warnings, and fatal.
AC_DEFUN([CORBEL_DEVELOP], [
AC_ARG_ENABLE([develop],
	[AS_HELP_STRING([--enable-develop], [fatal warnings, and more of them @<:@yes in a git checkout@:>@])],
	[], [AS_IF([test -e "$srcdir/.git"], [enable_develop=yes], [enable_develop=no])])
CORBEL_WARNINGS="-Wall -Wextra"
CORBEL_LAYER_WARNINGS=
AS_IF([test "x$enable_develop" = xyes], [
	CORBEL_CC_FLAGS([CORBEL_WARNINGS], [-Werror -Wshadow -Wstrict-prototypes -Wold-style-definition
		-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wimplicit-fallthrough -Wformat-security
		-Wduplicated-cond -Wlogical-op])
	CORBEL_CC_FLAGS([CORBEL_LAYER_WARNINGS], [-Wmissing-prototypes -Wmissing-declarations])])
AC_SUBST([CORBEL_WARNINGS])
AC_SUBST([CORBEL_LAYER_WARNINGS])
])

# CORBEL_SANITIZER: --enable-sanitizer=address|undefined|thread, or a list with commas.
AC_DEFUN([CORBEL_SANITIZER], [
AC_ARG_ENABLE([sanitizer],
	[AS_HELP_STRING([--enable-sanitizer=LIST], [of address, undefined, thread @<:@no@:>@])],
	[], [enable_sanitizer=no])
CORBEL_SANITIZE=
corbel_sanitizer=${enable_sanitizer#no}
AS_CASE([$enable_sanitizer],
	[no], [],
	[yes], [AC_MSG_ERROR([--enable-sanitizer wants address, undefined or thread, as in --enable-sanitizer=address])],
	[CORBEL_SANITIZE="-fsanitize=$enable_sanitizer -fno-sanitize-recover=all -fno-omit-frame-pointer"
	AC_MSG_CHECKING([whether $CC builds with $CORBEL_SANITIZE])
	corbel_saved=$CFLAGS
	CFLAGS="$CFLAGS $CORBEL_SANITIZE"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no]); AC_MSG_ERROR([--enable-sanitizer=$enable_sanitizer: the compiler refuses it (see config.log)])])
	CFLAGS=$corbel_saved])
AC_SUBST([CORBEL_SANITIZE])
# Not in a variable of this macro's own name, which would expand for ever.
AC_SUBST([CORBEL_SANITIZER], [$corbel_sanitizer])
])

# CORBEL_HARDENING: the flags of every build. Fortify needs an optimising compiler, and blinds the sanitizers.
AC_DEFUN([CORBEL_HARDENING], [
AC_REQUIRE([AC_CANONICAL_HOST])
HARDENING_CFLAGS=
HARDENING_LDFLAGS=
HARDENING_CPPFLAGS=
CORBEL_CC_FLAGS([HARDENING_CFLAGS], [-fstack-protector-strong -fstack-clash-protection])
AS_CASE([$host_cpu], [x86_64|i?86], [CORBEL_CC_FLAGS([HARDENING_CFLAGS], [-fcf-protection])])
CORBEL_LD_FLAGS([HARDENING_LDFLAGS], [-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
AC_CACHE_CHECK([whether $CC $CFLAGS optimises], [corbel_cv_optimises],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __OPTIMIZE__
#error not optimising
#endif
]])], [corbel_cv_optimises=yes], [corbel_cv_optimises=no])])
AS_IF([test "$corbel_cv_optimises" = yes && test "x$enable_sanitizer" = xno],
	[HARDENING_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
])

# CORBEL_PLUGIN_FLAGS: what corbel.pc hands to the authors of plugins, and what our own plugins are built with.
# -fno-gnu-unique: a unique symbol keeps an image mapped for ever. -O2: Fortify warns without it.
# -fno-optimize-sibling-calls: who calls is told by the return address, and that of a jump is its caller's.
AC_DEFUN([CORBEL_PLUGIN_FLAGS], [
CORBEL_PLUGIN_CFLAGS="-fPIC"
CORBEL_PLUGIN_LDFLAGS="-shared"
CORBEL_PLUGIN_LINK=
CORBEL_CC_FLAGS([CORBEL_PLUGIN_CFLAGS], [-fvisibility=hidden -fno-gnu-unique
	-fno-optimize-sibling-calls])
CORBEL_PLUGIN_CFLAGS="$CORBEL_PLUGIN_CFLAGS$HARDENING_CFLAGS"
CORBEL_LD_FLAGS([CORBEL_PLUGIN_LINK], [-Wl,-z,defs])
CORBEL_PLUGIN_LINK="$CORBEL_PLUGIN_LINK$HARDENING_LDFLAGS"
CORBEL_PLUGIN_LDFLAGS="$CORBEL_PLUGIN_LDFLAGS$CORBEL_PLUGIN_LINK"
AC_SUBST([CORBEL_PLUGIN_FORTIFY], ["-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
AC_SUBST([CORBEL_PLUGIN_CFLAGS])
AC_SUBST([CORBEL_PLUGIN_LDFLAGS])
AC_SUBST([CORBEL_PLUGIN_LINK])
])
