/* SPDX-License-Identifier: MIT */
/* The files of the plugins that are replaced. */
#ifndef RELOAD_VARIANT_H
#define RELOAD_VARIANT_H

/* The program that tries new versions, as it was built. */
#define VARIANT_PROBE TEST_BUILDDIR "/host/corbel-probe"

/* Where a variant was built. */
const char *variant_path(const char *variant, char path[4096]);
/* Puts a copy of it at `path`, all at once. 0 or -errno. */
int variant_install(const char *variant, const char *path);

#endif
