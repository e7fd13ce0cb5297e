#include "message.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "attribute.h"

#define BROKEN "an attribute is longer than its frame"
#define TWICE "a tag comes twice"
#define UNKNOWN "unknown tag"
#define BAD_NUMBER "a number is not 8 bytes long"
#define BAD_STRING "a string contains NUL"

static struct attribute_cursor cursor_of(const struct frame *frame)
{
    return (struct attribute_cursor){.at = frame->payload, .end = frame->payload + frame->length};
}

/* True the first time a tag (< 32) is seen. */
static bool first(uint32_t *seen, uint8_t tag)
{
    uint32_t bit = UINT32_C(1) << tag;
    bool is_first = (*seen & bit) == 0;
    *seen |= bit;
    return is_first;
}

const char *message_owner(const struct frame *frame, struct owner *owner)
{
    struct attribute_cursor cursor = cursor_of(frame);
    struct attribute attribute;
    enum attribute_result result;
    uint32_t seen = 0;
    uint64_t ids[3] = {0, 0, 0};
    while ((result = attribute_next(&cursor, &attribute)) == ATTRIBUTE_FOUND) {
        if (attribute.tag < 1 || attribute.tag > 2)
            return UNKNOWN;
        if (!first(&seen, attribute.tag))
            return TWICE;
        if (!attribute_number(&attribute, &ids[attribute.tag]))
            return BAD_NUMBER;
    }
    if (result == ATTRIBUTE_BROKEN)
        return BROKEN;
    /* The largest id is setresuid()'s "leave it alone". */
    if (ids[1] < JOB_ID_MIN || ids[1] >= UINT32_MAX || ids[2] < JOB_ID_MIN || ids[2] >= UINT32_MAX)
        return "uid and gid must be in 65536..4294967294";
    *owner = (struct owner){.uid = (uint32_t)ids[1], .gid = (uint32_t)ids[2]};
    return NULL;
}

static bool plain_component(const char *name, size_t length)
{
    return length > 0 && length <= NAME_MAX && !(length == 1 && name[0] == '.') &&
           !(length == 2 && name[0] == '.' && name[1] == '.');
}

bool message_path_allowed(const char *path)
{
    size_t prefix = strncmp(path, "/workspace/", 11) == 0 ? 11 : strncmp(path, "/tmp/", 5) == 0 ? 5 : 0;
    if (prefix == 0 || strlen(path) >= PATH_MAX)
        return false;
    const char *at = path + prefix;
    for (;;) {
        size_t length = strcspn(at, "/");
        if (!plain_component(at, length))
            return false;
        if (at[length] == 0)
            return true;
        at += length + 1;
    }
}

const char *message_file(const struct frame *frame, struct file_message *file)
{
    struct attribute_cursor cursor = cursor_of(frame);
    struct attribute attribute;
    enum attribute_result result;
    uint32_t seen = 0;
    uint64_t mode = 0;
    *file = (struct file_message){.path = NULL};
    while ((result = attribute_next(&cursor, &attribute)) == ATTRIBUTE_FOUND) {
        if (attribute.tag < 1 || attribute.tag > 3)
            return UNKNOWN;
        if (!first(&seen, attribute.tag))
            return TWICE;
        if (attribute.tag == 1 && (file->path = attribute_string(&attribute)) == NULL)
            return BAD_STRING;
        if (attribute.tag == 2 && !attribute_number(&attribute, &mode))
            return BAD_NUMBER;
        if (attribute.tag == 3) {
            file->content = attribute.value;
            file->length = attribute.length;
        }
    }
    if (result == ATTRIBUTE_BROKEN)
        return BROKEN;
    if ((seen & 6u) != 6u)
        return "a file needs path and mode";
    if (mode > 0777)
        return "a mode has permission bits only";
    if (!message_path_allowed(file->path))
        return "a path must lie below /workspace or /tmp, without empty, . or .. parts";
    file->mode = (uint32_t)mode;
    return NULL;
}
