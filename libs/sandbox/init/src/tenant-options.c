#include "tenant-options.h"

#include <stddef.h>
#include <string.h>

#include "message.h"

#define JOBS_MAX 100000u
#define ID_LIMIT UINT64_C(0x7fffffff)
#define FIXED 4u

static bool number(const char *text, uint64_t limit, uint32_t *value)
{
    uint64_t sum = 0;
    if (*text == 0)
        return false;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9' || sum > limit)
            return false;
        sum = sum * 10 + (uint64_t)(*text - '0');
    }
    *value = (uint32_t)sum;
    return sum <= limit;
}

/* The path comes last: it may hold any character. */
static bool parse_place(char *text, struct place *place)
{
    char *options = strchr(text, ':');
    char *path = options == NULL ? NULL : strchr(options + 1, ':');
    if (path == NULL || path[1] != '/')
        return false;
    *options++ = 0;
    *path++ = 0;
    if (strcmp(text, "exec") != 0 && strcmp(text, "noexec") != 0)
        return false;
    *place = (struct place){.path = path, .options = options, .exec = text[0] == 'e'};
    return *options != 0;
}

const char *tenant_options(char *const *arguments, struct tenant_options *options)
{
    *options = (struct tenant_options){.zygote = "", .ahead = ""};
    for (unsigned index = 0; index < FIXED; index++)
        if (arguments[index] == NULL)
            return "a tenant's container needs ids, a number of jobs, a zygote and an interpreter";
    if (!number(arguments[0], ID_LIMIT, &options->first_id) || options->first_id < JOB_ID_MIN)
        return "the first id is not in 65536..2147483647";
    if (!number(arguments[1], JOBS_MAX, &options->jobs) || options->jobs == 0 ||
        options->first_id + options->jobs > ID_LIMIT)
        return "the number of jobs is out of range";
    options->zygote = arguments[2];
    options->ahead = strcmp(arguments[3], "-") == 0 ? "" : arguments[3];
    for (char *const *text = arguments + FIXED; *text != NULL; text++) {
        if (options->place_count == PLACES_MAX)
            return "too many writable places";
        if (!parse_place(*text, &options->places[options->place_count++]))
            return "a writable place is malformed";
    }
    return options->place_count == 0 ? "there is no writable place" : NULL;
}
