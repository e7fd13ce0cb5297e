#include <stddef.h>
#include <string.h>

#include "attribute.h"
#include "message.h"

#define MILLISECONDS_MAX (UINT64_C(1) << 40) /* 34 years: sums of times never overflow */

enum run_tag {
    RUN_ARGV = 1,
    RUN_ENV,
    RUN_CWD,
    RUN_WALL_MS,
    RUN_CPU_MS,
    RUN_FILE_BYTES,
    RUN_OPEN_FILES,
    RUN_STACK_BYTES,
    RUN_STDOUT_CAP,
    RUN_STDERR_CAP,
    RUN_ON_OUTPUT,
    RUN_STDIN,
    RUN_USAGE_MS,
    RUN_RUNTIME,
    RUN_LAST,
    RUN_TAGS,
};

struct run_parser {
    struct run_message *run;
    size_t arguments;
    size_t variables;
    uint32_t seen;
    uint64_t numbers[RUN_TAGS];
};

static const char *take_text(struct run_parser *parser, const struct attribute *attribute)
{
    char *text = attribute_string(attribute);
    if (text == NULL)
        return "a string contains NUL";
    if (attribute->tag == RUN_CWD) {
        parser->run->cwd = text;
    } else if (attribute->tag == RUN_RUNTIME) {
        parser->run->runtime = text;
    } else if (attribute->tag == RUN_ARGV) {
        if (parser->arguments == ARGUMENTS_MAX)
            return "too many arguments";
        parser->run->argv[parser->arguments++] = text;
    } else {
        if (parser->variables == ENVIRONMENT_MAX)
            return "too many environment variables";
        const char *equals = strchr(text, '=');
        if (equals == NULL || equals == text)
            return "an environment variable is not NAME=value";
        parser->run->envp[parser->variables++] = text;
    }
    return NULL;
}

static const char *take(struct run_parser *parser, const struct attribute *attribute)
{
    if (attribute->tag < RUN_ARGV || attribute->tag >= RUN_TAGS)
        return "unknown tag";
    uint32_t bit = UINT32_C(1) << attribute->tag;
    bool repeated = (parser->seen & bit) != 0;
    parser->seen |= bit;
    if (repeated && attribute->tag != RUN_ARGV && attribute->tag != RUN_ENV)
        return "a tag comes twice";
    if (attribute->tag <= RUN_CWD || attribute->tag == RUN_RUNTIME)
        return take_text(parser, attribute);
    return attribute_number(attribute, &parser->numbers[attribute->tag]) ? NULL : "a number is not 8 bytes long";
}

static const char *check(const struct run_parser *parser)
{
    const struct run_message *run = parser->run;
    const uint64_t *numbers = parser->numbers;
    if (parser->arguments == 0 || run->argv[0][0] == 0)
        return "no program to run";
    if (run->cwd == NULL || run->cwd[0] != '/')
        return "the working directory is not absolute";
    if (numbers[RUN_WALL_MS] == 0)
        return "no wall limit";
    if (numbers[RUN_WALL_MS] > MILLISECONDS_MAX || numbers[RUN_CPU_MS] > MILLISECONDS_MAX ||
        numbers[RUN_USAGE_MS] > MILLISECONDS_MAX)
        return "a time is too long";
    if (numbers[RUN_ON_OUTPUT] > 1 || numbers[RUN_STDIN] > 1 || numbers[RUN_LAST] > 1)
        return "a choice is neither 0 nor 1";
    /* What is still on its way to it would reach the next execution. */
    if (numbers[RUN_LAST] == 1 && numbers[RUN_STDIN] == 1)
        return "a program that is fed can't be the last";
    return NULL;
}

const char *message_run(const struct frame *frame, struct run_message *run)
{
    static char no_runtime[] = "";
    struct attribute_cursor cursor = {.at = frame->payload, .end = frame->payload + frame->length};
    struct attribute attribute;
    enum attribute_result result;
    *run = (struct run_message){.runtime = no_runtime};
    struct run_parser parser = {.run = run};
    while ((result = attribute_next(&cursor, &attribute)) == ATTRIBUTE_FOUND) {
        const char *wrong = take(&parser, &attribute);
        if (wrong != NULL)
            return wrong;
    }
    if (result == ATTRIBUTE_BROKEN)
        return "an attribute is longer than its frame";
    run->wall_us = parser.numbers[RUN_WALL_MS] * 1000;
    run->cpu_us = parser.numbers[RUN_CPU_MS] * 1000;
    run->usage_us = parser.numbers[RUN_USAGE_MS] * 1000;
    run->file_bytes = parser.numbers[RUN_FILE_BYTES];
    run->open_files = parser.numbers[RUN_OPEN_FILES];
    run->stack_bytes = parser.numbers[RUN_STACK_BYTES];
    run->stdout_cap = parser.numbers[RUN_STDOUT_CAP];
    run->stderr_cap = parser.numbers[RUN_STDERR_CAP];
    run->kill_on_output = parser.numbers[RUN_ON_OUTPUT] == 1;
    run->with_stdin = parser.numbers[RUN_STDIN] == 1;
    run->last = parser.numbers[RUN_LAST] == 1;
    return check(&parser);
}
