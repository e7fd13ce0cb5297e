#include "glob.h"

#include <stddef.h>
#include <string.h>

#include "text.h"

#define BIT(part) (UINT64_C(1) << (part))

/* What follows the closing bracket of the class at `at`, or NULL. A bracket right at the beginning is a member. */
static const char *class_end(const char *at, const char *end)
{
    at++;
    if (at < end && (*at == '!' || *at == '^'))
        at++;
    if (at < end && *at == ']')
        at++;
    while (at < end && *at != ']')
        at++;
    return at < end ? at + 1 : NULL;
}

static bool class_has(const char *at, const char *end, uint32_t wanted)
{
    at++;
    end--;
    bool inverted = *at == '!' || *at == '^';
    at += inverted ? 1 : 0;
    bool found = false;
    while (at < end) {
        uint32_t from;
        at += text_decode(at, &from);
        uint32_t to = from;
        if (end - at >= 2 && *at == '-')
            at += 1 + text_decode(at + 1, &to);
        found = found || (from <= wanted && wanted <= to);
    }
    return found != inverted;
}

static bool is_plain(const char *start, size_t length)
{
    return length > 0 && !(length == 1 && start[0] == '.') && !(length == 2 && start[0] == '.' && start[1] == '.');
}

static const char *check_part(const char *start, const char *end)
{
    if (!is_plain(start, (size_t)(end - start)))
        return "a pattern has an empty, . or .. part";
    for (const char *at = start; at < end; at++) {
        if (*at != '[')
            continue;
        const char *behind = class_end(at, end);
        if (behind == NULL)
            return "a pattern has a [ that is never closed";
        at = behind - 1;
    }
    return NULL;
}

const char *glob_compile(struct glob *glob, const char *pattern)
{
    size_t length = strlen(pattern);
    if (length == 0 || length > GLOB_LENGTH_MAX)
        return "a pattern is empty or too long";
    glob->count = 0;
    for (const char *start = pattern;; start = start + strcspn(start, "/") + 1) {
        const char *end = start + strcspn(start, "/");
        const char *wrong = check_part(start, end);
        if (wrong != NULL)
            return wrong;
        if (glob->count == GLOB_PARTS_MAX)
            return "a pattern has too many parts";
        glob->parts[glob->count].start = start;
        glob->parts[glob->count].end = end;
        glob->count++;
        if (*end == 0)
            return NULL;
    }
}

static bool is_deep(const struct glob *glob, unsigned part)
{
    const char *start = glob->parts[part].start;
    return glob->parts[part].end - start == 2 && start[0] == '*' && start[1] == '*';
}

/* One character of the name against one of the part, which is no star. */
static bool match_one(const char **at, const char *end, const char **name)
{
    uint32_t point;
    size_t length = text_decode(*name, &point);
    if (**at == '?') {
        *at += 1;
        *name += length;
        return true;
    }
    if (**at == '[') {
        const char *behind = class_end(*at, end);
        if (!class_has(*at, behind, point))
            return false;
        *at = behind;
        *name += length;
        return true;
    }
    if (**at != **name)
        return false;
    *at += 1;
    *name += 1;
    return true;
}

/* Only the last star is ever tried again: what stood before it has been matched as early as possible. */
static bool part_matches(const char *at, const char *end, const char *name)
{
    const char *star = NULL;
    const char *retry = NULL;
    while (*name != 0) {
        if (at < end && *at == '*') {
            star = ++at;
            retry = name;
        } else if (at == end || !match_one(&at, end, &name)) {
            if (star == NULL)
                return false;
            uint32_t point;
            retry += text_decode(retry, &point);
            at = star;
            name = retry;
        }
    }
    while (at < end && *at == '*')
        at++;
    return at == end;
}

/* A part that stands for any number of directories stands for none of them as well, unless it is the last. */
static glob_state with_none(const struct glob *glob, glob_state state)
{
    for (unsigned part = 0; part + 1 < glob->count; part++)
        if ((state & BIT(part)) != 0 && is_deep(glob, part))
            state |= BIT(part + 1);
    return state;
}

glob_state glob_begin(const struct glob *glob)
{
    return with_none(glob, 1);
}

glob_state glob_step(const struct glob *glob, glob_state state, const char *name, bool *whole)
{
    glob_state next = 0;
    *whole = false;
    for (unsigned part = 0; part < glob->count; part++) {
        bool last = part + 1 == glob->count;
        if ((state & BIT(part)) == 0)
            continue;
        if (is_deep(glob, part))
            next |= BIT(part);
        else if (!part_matches(glob->parts[part].start, glob->parts[part].end, name))
            continue;
        else if (!last)
            next |= BIT(part + 1);
        *whole = *whole || last;
    }
    return with_none(glob, next);
}
