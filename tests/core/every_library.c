/* SPDX-License-Identifier: MIT */
/* Judges every file below the folders given, expecting to refuse each in words; prints how many. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"

/* nftw has no argument for its caller's own. */
static unsigned int judged;
static unsigned int wrong;

/* Corbel's own plugins may be installed there; of those nothing is claimed. */
static bool is_ours(const char *path)
{
	return strstr(path, "/corbel/") != NULL;
}

static int judge_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	struct corbel_error error = { "" };
	struct verdict verdict;

	(void)where;
	if ((type != FTW_F && type != FTW_SL) || S_ISDIR(status->st_mode) || is_ours(path))
		return 0;
	judged++;
	if (judge_file(path, &(struct judge_terms){ .is_relaxed = true }, &verdict, &error) == 0) {
		verdict_fini(&verdict);
		printf("accepted %s\n", path);
		wrong++;
	} else if (strncmp(error.text, path, strlen(path)) != 0) {
		printf("%s: the words do not name the file: %s\n", path, error.text);
		wrong++;
	}
	return 0;
}

int main(int argc, char **argv)
{
	/* A system call that stands out in a trace: all that comes after it is the judge's. */
	if (access("/judging-begins-here", F_OK) == 0)
		return EXIT_FAILURE;
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], judge_one, 64, FTW_PHYS) < 0) {
			printf("%s: %s\n", argv[i], strerror(errno));
			return EXIT_FAILURE;
		}
	printf("judged %u\n", judged);
	return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
