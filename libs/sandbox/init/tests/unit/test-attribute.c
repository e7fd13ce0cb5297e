#include "attribute.h"
#include "check.h"

static void reads_back_what_it_writes(void)
{
    uint8_t buffer[64];
    struct attribute_writer writer = {.buffer = buffer, .size = sizeof buffer};
    attribute_put_number(&writer, 7, UINT64_MAX - 1);
    attribute_put_string(&writer, 8, "text");
    attribute_put_string(&writer, 9, "");
    struct attribute_cursor cursor = {.at = buffer, .end = buffer + writer.used};
    struct attribute attribute;
    uint64_t number = 0;
    CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_FOUND && attribute.tag == 7);
    CHECK(attribute_number(&attribute, &number) && number == UINT64_MAX - 1);
    CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_FOUND && attribute.tag == 8);
    CHECK(!attribute_number(&attribute, &number));
    CHECK_TEXT(attribute_string(&attribute), "text");
    CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_FOUND && attribute.tag == 9);
    CHECK_TEXT(attribute_string(&attribute), "");
    CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_END);
}

static void leaves_out_what_does_not_fit(void)
{
    uint8_t buffer[20];
    struct attribute_writer writer = {.buffer = buffer, .size = sizeof buffer};
    attribute_put_number(&writer, 1, 5);
    attribute_put_number(&writer, 2, 5);
    CHECK(writer.used == 13);
    attribute_put_string(&writer, 3, "abc");
    CHECK(writer.used == 13);
    attribute_put_string(&writer, 3, "ab");
    CHECK(writer.used == 20);
}

static void refuses_lengths_that_lie(void)
{
    static const uint8_t lies[][9] = {{1, 5, 0, 0, 0, 'a', 'b', 'c', 'd'},
                                      {1, 255, 255, 255, 255, 'a', 'b', 'c', 'd'},
                                      {1, 0, 0, 0, 1, 'a', 'b', 'c', 'd'}};
    for (size_t lie = 0; lie < 3; lie++) {
        uint8_t bytes[9];
        memcpy(bytes, lies[lie], sizeof bytes);
        struct attribute_cursor cursor = {.at = bytes, .end = bytes + sizeof bytes};
        struct attribute attribute;
        CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_BROKEN);
    }
    for (size_t length = 1; length < 5; length++) {
        uint8_t bytes[9] = {1, 0, 0, 0, 0};
        struct attribute_cursor cursor = {.at = bytes, .end = bytes + length};
        struct attribute attribute;
        CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_BROKEN);
    }
}

static void refuses_nul_in_a_string(void)
{
    uint8_t bytes[] = {1, 3, 0, 0, 0, 'a', 0, 'b'};
    struct attribute_cursor cursor = {.at = bytes, .end = bytes + sizeof bytes};
    struct attribute attribute;
    CHECK(attribute_next(&cursor, &attribute) == ATTRIBUTE_FOUND);
    CHECK(attribute_string(&attribute) == NULL);
}

void test_attributes(void)
{
    reads_back_what_it_writes();
    leaves_out_what_does_not_fit();
    refuses_lengths_that_lie();
    refuses_nul_in_a_string();
}
