/* The second system call filter, for everything inside a world: what only the making of worlds needs is gone. */
#ifndef GANTRY_FILTER_H
#define GANTRY_FILTER_H

/* For this process and all that come from it, for good; no_new_privs must be set. 0, or an errno. */
int filter_load(void);

#endif
