/* SPDX-License-Identifier: MIT */
/* State on its way from one instance of a plugin to another: whole, cut, and damaged. */
#ifndef TESTS_PLUGINS_FAKESTATE_H
#define TESTS_PLUGINS_FAKESTATE_H

#include <corbel/plugin.h>

/* What the instance saves, which is to be freed. */
struct corbel_state fake_state_save(const struct corbel_plugin *plugin, void *self);
/* Closes the descriptors that nobody took, too. */
void fake_state_free(struct corbel_state *state);

/*
 * Gives `restore` the state cut at each place, with a byte more, and with bytes changed at random;
 * it returns what restore() of a new instance did. A cut one has to be refused by -EBADMSG, and one
 * that is changed may be.
 */
void fake_state_damage(const struct corbel_state *state,
		       int (*restore)(const struct corbel_state *state));

#endif
