/* SPDX-License-Identifier: MIT */
/* How corbeld ends; documented in corbeld(8). */
#ifndef CORBEL_HOST_EXIT_CODE_H
#define CORBEL_HOST_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_OTHER = 1, /* no memory, a stop beyond all deadlines, a second SIGINT */
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_CONFIGURATION = 3,
	/* --check: one is unfit; at run: none comes up, or an essential one was down at the end */
	EXIT_CODE_PLUGIN = 4,
	EXIT_CODE_SOCKET = 5, /* the control socket is in use by another process */
};

#endif
