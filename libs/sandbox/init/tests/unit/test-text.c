#include "check.h"
#include "text.h"

static void knows_what_is_text(void)
{
    static const char *const text[] = {
        "", "a", "a\nb", "\x7f", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const none[] = {
        "\x80",         "a\xff",    "\xc3",             "\xc3(",            "\xc0\xaf",         "\xe0\x80\xaf",
        "\xed\xa0\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82\xac\xe2"};
    for (size_t index = 0; index < sizeof text / sizeof text[0]; index++)
        CHECK(text_valid(text[index]));
    for (size_t index = 0; index < sizeof none / sizeof none[0]; index++)
        CHECK(!text_valid(none[index]));
}

static void decodes_one_character(void)
{
    uint32_t point;
    CHECK(text_decode("\xe2\x82\xac!", &point) == 3 && point == 0x20AC);
    CHECK(text_decode("\xf0\x9f\x98\x80", &point) == 4 && point == 0x1F600);
    CHECK(text_decode("\xe2\x82", &point) == 1 && point == TEXT_INVALID + 0xE2);
    CHECK(text_decode("", &point) == 1 && point == 0);
}

static void escapes_what_is_no_text(void)
{
    char shown[32];
    text_escape("a\xff\xc3\xa4\xc3", shown, sizeof shown);
    CHECK_TEXT(shown, "a\\xff\xc3\xa4\\xc3");
    CHECK(text_valid(shown));
    char small[6];
    text_escape("ab\xff", small, sizeof small);
    CHECK_TEXT(small, "ab");
    text_escape("abcd\xc3\xa4", small, sizeof small);
    CHECK_TEXT(small, "abcd");
    text_escape("abc\xc3\xa4", small, sizeof small);
    CHECK_TEXT(small, "abc\xc3\xa4");
}

void test_text(void)
{
    knows_what_is_text();
    decodes_one_character();
    escapes_what_is_no_text();
}
