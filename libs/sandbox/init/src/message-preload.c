#include <stddef.h>

#include "attribute.h"
#include "message.h"

const char *message_preload(const struct frame *frame, char **name)
{
    struct attribute_cursor cursor = {.at = frame->payload, .end = frame->payload + frame->length};
    struct attribute attribute;
    enum attribute_result result;
    *name = NULL;
    while ((result = attribute_next(&cursor, &attribute)) == ATTRIBUTE_FOUND) {
        if (attribute.tag != 1)
            return "unknown tag";
        if (*name != NULL)
            return "a tag comes twice";
        if ((*name = attribute_string(&attribute)) == NULL)
            return "a string contains NUL";
    }
    if (result == ATTRIBUTE_BROKEN)
        return "an attribute is longer than its frame";
    return *name == NULL ? "no interpreter is named" : NULL;
}
