#include "attribute.h"

#include <string.h>

#include "bytes.h"

#define HEADER 5u

enum attribute_result attribute_next(struct attribute_cursor *cursor, struct attribute *attribute)
{
    size_t left = (size_t)(cursor->end - cursor->at);
    if (left == 0)
        return ATTRIBUTE_END;
    if (left < HEADER)
        return ATTRIBUTE_BROKEN;
    uint32_t length = load_u32(cursor->at + 1);
    if (length > left - HEADER)
        return ATTRIBUTE_BROKEN;
    *attribute = (struct attribute){.value = cursor->at + HEADER, .length = length, .tag = cursor->at[0]};
    cursor->at += HEADER + length;
    return ATTRIBUTE_FOUND;
}

bool attribute_number(const struct attribute *attribute, uint64_t *number)
{
    if (attribute->length != 8)
        return false;
    *number = load_u64(attribute->value);
    return true;
}

char *attribute_string(const struct attribute *attribute)
{
    if (memchr(attribute->value, 0, attribute->length) != NULL)
        return NULL;
    uint8_t *text = attribute->value - 1;
    memmove(text, attribute->value, attribute->length);
    text[attribute->length] = 0;
    return (char *)text;
}

static uint8_t *put(struct attribute_writer *writer, uint8_t tag, size_t length)
{
    if (writer->size - writer->used < HEADER + length)
        return NULL;
    uint8_t *at = writer->buffer + writer->used;
    at[0] = tag;
    store_u32(at + 1, (uint32_t)length);
    writer->used += HEADER + length;
    return at + HEADER;
}

void attribute_put_number(struct attribute_writer *writer, uint8_t tag, uint64_t number)
{
    uint8_t *value = put(writer, tag, 8);
    if (value != NULL)
        store_u64(value, number);
}

void attribute_put_string(struct attribute_writer *writer, uint8_t tag, const char *text)
{
    size_t length = strlen(text);
    uint8_t *value = put(writer, tag, length);
    if (value != NULL)
        memcpy(value, text, length);
}
