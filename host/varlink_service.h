/* SPDX-License-Identifier: MIT */
/* org.varlink.service: what every Varlink server says about itself. */
#ifndef CORBEL_HOST_VARLINK_SERVICE_H
#define CORBEL_HOST_VARLINK_SERVICE_H

#include "varlink.h"

extern const struct varlink_interface varlink_service;

#endif
