#include "attribute.h"
#include "check.h"
#include "message.h"

static uint8_t buffer[4096];
static struct attribute_writer writer;
static struct collect_message collect;

static void start(const char *root)
{
    writer = (struct attribute_writer){.buffer = buffer, .size = sizeof buffer};
    attribute_put_string(&writer, 1, root);
    attribute_put_number(&writer, 6, 1500);
}

static const char *parsed(void)
{
    struct frame frame = {.payload = buffer, .length = (uint32_t)writer.used};
    return message_collect(&frame, &collect);
}

static void a_collection_has_all_its_parts(void)
{
    start("/workspace/sub");
    attribute_put_string(&writer, 2, "out/**");
    attribute_put_number(&writer, 3, 7);
    attribute_put_string(&writer, 2, "*.png");
    attribute_put_number(&writer, 4, 8);
    attribute_put_number(&writer, 5, 9);
    CHECK(parsed() == NULL);
    CHECK_TEXT(collect.root, "/workspace/sub");
    CHECK(collect.count == 2 && collect.patterns[0].count == 2 && collect.patterns[1].count == 1);
    CHECK(collect.max_files == 7 && collect.max_file_bytes == 8 && collect.max_total_bytes == 9);
    CHECK(collect.time_us == 1500000);
}

static void a_root_is_a_writable_place(void)
{
    static const char *const allowed[] = {"/workspace", "/tmp", "/workspace/a", "/tmp/a/b"};
    static const char *const refused[] = {"",   "/",      "/etc", "/workspace/", "/workspace/..", "/workspaces",
                                          "tmp", "/tmp//a"};
    for (size_t index = 0; index < sizeof allowed / sizeof allowed[0]; index++) {
        start(allowed[index]);
        attribute_put_string(&writer, 2, "*");
        CHECK(parsed() == NULL);
    }
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++) {
        start(refused[index]);
        attribute_put_string(&writer, 2, "*");
        CHECK(parsed() != NULL);
    }
}

static void patterns_are_counted_and_checked(void)
{
    for (unsigned extra = 0; extra < 2; extra++) {
        start("/tmp");
        for (unsigned count = 0; count < COLLECT_PATTERNS_MAX + extra; count++)
            attribute_put_string(&writer, 2, "*");
        CHECK((parsed() == NULL) == (extra == 0));
    }
    start("/tmp");
    CHECK(parsed() != NULL);
    attribute_put_string(&writer, 2, "../x");
    CHECK(parsed() != NULL);
}

static void what_is_malformed_is_refused(void)
{
    start("/tmp");
    attribute_put_string(&writer, 2, "*");
    attribute_put_number(&writer, 6, 1);
    CHECK_TEXT(parsed(), "a tag comes twice");
    start("/tmp");
    attribute_put_number(&writer, 7, 1);
    CHECK_TEXT(parsed(), "unknown tag");
    start("/tmp");
    attribute_put_string(&writer, 3, "many");
    CHECK_TEXT(parsed(), "a number is not 8 bytes long");
    writer = (struct attribute_writer){.buffer = buffer, .size = sizeof buffer};
    attribute_put_string(&writer, 1, "/tmp");
    attribute_put_string(&writer, 2, "*");
    CHECK(parsed() != NULL);
    writer = (struct attribute_writer){.buffer = buffer, .size = sizeof buffer};
    attribute_put_string(&writer, 1, "/tmp");
    attribute_put_string(&writer, 2, "*");
    attribute_put_number(&writer, 6, UINT64_MAX);
    CHECK_TEXT(parsed(), "a time is too long");
}

void test_collect_messages(void)
{
    a_collection_has_all_its_parts();
    a_root_is_a_writable_place();
    patterns_are_counted_and_checked();
    what_is_malformed_is_refused();
}
