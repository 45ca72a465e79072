/* SPDX-License-Identifier: MIT */
/* Functions that end the process: from a plugin they end the plugin. */
#include "interpose.h"

#include <assert.h>
#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

/* Called by what the compiler makes; no header declares it. */
__attribute__((noreturn)) void __stack_chk_fail(void);

INTERPOSED void exit(int status)
{
	interpose_end(INTERPOSE_CALLER, "called exit(%d)", status);
	INTERPOSE_NEXT(exit)(status);
	__builtin_unreachable();
}

INTERPOSED void _exit(int status)
{
	interpose_end(INTERPOSE_CALLER, "called _exit(%d)", status);
	INTERPOSE_NEXT(_exit)(status);
	__builtin_unreachable();
}

INTERPOSED void _Exit(int status)
{
	interpose_end(INTERPOSE_CALLER, "called _Exit(%d)", status);
	INTERPOSE_NEXT(_Exit)(status);
	__builtin_unreachable();
}

INTERPOSED void quick_exit(int status)
{
	interpose_end(INTERPOSE_CALLER, "called quick_exit(%d)", status);
	INTERPOSE_NEXT(quick_exit)(status);
	__builtin_unreachable();
}

INTERPOSED void abort(void)
{
	interpose_end(INTERPOSE_CALLER, "called abort()");
	INTERPOSE_NEXT(abort)();
	__builtin_unreachable();
}

INTERPOSED void verr(int status, const char *format, va_list arguments)
{
	interpose_end(INTERPOSE_CALLER, "called verr(%d, \"%s\")", status, format);
	INTERPOSE_NEXT(verr)(status, format, arguments);
	__builtin_unreachable();
}

INTERPOSED void verrx(int status, const char *format, va_list arguments)
{
	interpose_end(INTERPOSE_CALLER, "called verrx(%d, \"%s\")", status, format);
	INTERPOSE_NEXT(verrx)(status, format, arguments);
	__builtin_unreachable();
}

INTERPOSED void err(int status, const char *format, ...)
{
	va_list arguments;

	interpose_end(INTERPOSE_CALLER, "called err(%d, \"%s\")", status, format);
	va_start(arguments, format);
	INTERPOSE_NEXT(verr)(status, format, arguments);
	__builtin_unreachable();
}

INTERPOSED void errx(int status, const char *format, ...)
{
	va_list arguments;

	interpose_end(INTERPOSE_CALLER, "called errx(%d, \"%s\")", status, format);
	va_start(arguments, format);
	INTERPOSE_NEXT(verrx)(status, format, arguments);
	__builtin_unreachable();
}

INTERPOSED void __assert_fail(const char *assertion, const char *file, unsigned int line,
			      const char *function)
{
	interpose_end(INTERPOSE_CALLER, "%s:%u: %s: its assertion \"%s\" does not hold", file, line,
		      function, assertion);
	INTERPOSE_NEXT(__assert_fail)(assertion, file, line, function);
	__builtin_unreachable();
}

INTERPOSED void __stack_chk_fail(void)
{
	interpose_end(INTERPOSE_CALLER, "a function has written beyond its stack frame");
	INTERPOSE_NEXT(__stack_chk_fail)();
	__builtin_unreachable();
}
