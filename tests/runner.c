/* SPDX-License-Identifier: MIT */
/* The main of every Check test: runs its test_suite() and reports as TAP on standard output. */
#include <check.h>
#include <stdlib.h>

Suite *test_suite(void);

/*
 * CK_FORK=no keeps all tests in one process, for a debugger; CK_RUN_CASE and CK_RUN_SUITE choose
 * among them.
 */
int main(void)
{
	SRunner *runner = srunner_create(test_suite());

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
