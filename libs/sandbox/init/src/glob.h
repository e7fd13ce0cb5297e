/* Patterns over paths, read name by name on the way down: `*` and `?` stay within a name, `[a-z]` and `[!a-z]` are one
   character, `**` as a whole part is any number of directories, and at the end everything below. A leading dot is a
   character like others. Time is bounded by pattern length times name length. Pure. */
#ifndef GANTRY_GLOB_H
#define GANTRY_GLOB_H

#include <stdbool.h>
#include <stdint.h>

#define GLOB_PARTS_MAX 64u
#define GLOB_LENGTH_MAX 1024u

struct glob {
    unsigned count;
    struct {
        const char *start;
        const char *end;
    } parts[GLOB_PARTS_MAX];
};

/* One bit for each part that the next name may match. */
typedef uint64_t glob_state;

/* NULL, or what is wrong. The pattern is not copied. */
const char *glob_compile(struct glob *glob, const char *pattern);
glob_state glob_begin(const struct glob *glob);
/* Goes down one name. `whole`: the pattern ends with it. The state is 0 when nothing below can match. */
glob_state glob_step(const struct glob *glob, glob_state state, const char *name, bool *whole);

#endif
