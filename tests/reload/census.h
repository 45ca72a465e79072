/* SPDX-License-Identifier: MIT */
/* What this process holds of the kernel: the things that a reload must not leave behind. */
#ifndef RELOAD_CENSUS_H
#define RELOAD_CENSUS_H

struct census {
	long rss; /* KiB */
	long descriptors, threads, maps;
	long pool; /* threads of a host's pool among them: they are made when first needed */
};

/* [any thread] */
void census_take(struct census *census);
/* How many entries a folder has; 0: there is no such folder. */
long census_entries(const char *path);

#endif
