/* SPDX-License-Identifier: MIT */
/* A plugin of the zoo, judged and loaded, for tests of how it goes away. */
#ifndef ANIMAL_H
#define ANIMAL_H

#include <check.h>

#include "image.h"
#include "zoo/zoo.h"

struct animal {
	struct verdict verdict;
	struct image *image;
};

static inline struct image *animal_load(struct animal *animal, const char *name)
{
	struct corbel_error error = { "" };
	char path[4096];

	ck_assert_msg(judge_file(zoo_path(path, name), ZOO_TERMS, &animal->verdict, &error) == 0,
		      "%s", error.text);
	ck_assert_msg(image_open(&animal->verdict, &animal->image, &error) == 0, "%s", error.text);
	return animal->image;
}

#endif
