/* The root that all worlds of a container start from. */
#ifndef GANTRY_TEMPLATE_H
#define GANTRY_TEMPLATE_H

#include "tenant-options.h"

/* Makes it the root of this process, in a mount namespace of its own: what the image has, read-only, with empty places.
   Returns NULL, or what failed (errno says why). */
const char *template_enter(const struct tenant_options *options);

#endif
