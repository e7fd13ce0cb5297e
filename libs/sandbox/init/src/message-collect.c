#include <stddef.h>
#include <string.h>

#include "attribute.h"
#include "message.h"

#define COLLECT_MS_MAX (UINT64_C(10) * 60 * 1000)

enum collect_tag {
    COLLECT_ROOT = 1,
    COLLECT_PATTERN,
    COLLECT_FILES,
    COLLECT_FILE_BYTES,
    COLLECT_TOTAL_BYTES,
    COLLECT_MS,
    COLLECT_TAGS,
};

static bool root_allowed(const char *root)
{
    return strcmp(root, "/workspace") == 0 || strcmp(root, "/tmp") == 0 || message_path_allowed(root);
}

static const char *take_pattern(struct collect_message *collect, const char *pattern)
{
    if (collect->count == COLLECT_PATTERNS_MAX)
        return "too many patterns";
    return glob_compile(&collect->patterns[collect->count++], pattern);
}

static const char *take(struct collect_message *collect, const struct attribute *attribute, uint64_t *numbers)
{
    if (attribute->tag > COLLECT_PATTERN)
        return attribute_number(attribute, &numbers[attribute->tag]) ? NULL : "a number is not 8 bytes long";
    char *text = attribute_string(attribute);
    if (text == NULL)
        return "a string contains NUL";
    if (attribute->tag == COLLECT_PATTERN)
        return take_pattern(collect, text);
    collect->root = text;
    return root_allowed(text) ? NULL : "a root must be /workspace or /tmp or plainly below";
}

const char *message_collect(const struct frame *frame, struct collect_message *collect)
{
    struct attribute_cursor cursor = {.at = frame->payload, .end = frame->payload + frame->length};
    struct attribute attribute;
    enum attribute_result result;
    uint64_t numbers[COLLECT_TAGS] = {0};
    uint32_t seen = 0;
    collect->root = NULL;
    collect->count = 0;
    while ((result = attribute_next(&cursor, &attribute)) == ATTRIBUTE_FOUND) {
        if (attribute.tag < COLLECT_ROOT || attribute.tag >= COLLECT_TAGS)
            return "unknown tag";
        uint32_t bit = UINT32_C(1) << attribute.tag;
        if ((seen & bit) != 0 && attribute.tag != COLLECT_PATTERN)
            return "a tag comes twice";
        seen |= bit;
        const char *wrong = take(collect, &attribute, numbers);
        if (wrong != NULL)
            return wrong;
    }
    if (result == ATTRIBUTE_BROKEN)
        return "an attribute is longer than its frame";
    if (collect->root == NULL || collect->count == 0 || numbers[COLLECT_MS] == 0)
        return "a collection needs a root, a pattern and a time";
    if (numbers[COLLECT_MS] > COLLECT_MS_MAX)
        return "a time is too long";
    collect->max_files = numbers[COLLECT_FILES];
    collect->max_file_bytes = numbers[COLLECT_FILE_BYTES];
    collect->max_total_bytes = numbers[COLLECT_TOTAL_BYTES];
    collect->time_us = numbers[COLLECT_MS] * 1000;
    return NULL;
}
