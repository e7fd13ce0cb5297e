#include "check.h"
#include "tenant-options.h"

static struct tenant_options options;

/* The parser changes its strings: each call gets its own. */
static const char *parse(const char *const *texts)
{
    static char copies[PLACES_MAX + 8][128];
    static char *arguments[PLACES_MAX + 8];
    size_t count = 0;
    for (; texts[count] != NULL; count++) {
        (void)snprintf(copies[count], sizeof copies[count], "%s", texts[count]);
        arguments[count] = copies[count];
    }
    arguments[count] = NULL;
    return tenant_options(arguments, &options);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define WORKSPACE "exec:size=4096,mode=0755:/workspace"

static void all_parts_are_taken(void)
{
    CHECK(PARSE("2000000", "100", "python", "node", WORKSPACE, "noexec:size=1:/a:b,c") == NULL);
    CHECK(options.first_id == 2000000 && options.jobs == 100 && options.place_count == 2);
    CHECK_TEXT(options.zygote, "python");
    CHECK_TEXT(options.ahead, "node");
    CHECK_TEXT(options.places[0].path, "/workspace");
    CHECK_TEXT(options.places[0].options, "size=4096,mode=0755");
    CHECK(options.places[0].exec && !options.places[1].exec);
    CHECK_TEXT(options.places[1].path, "/a:b,c");
    CHECK(PARSE("65536", "1", "", "-", WORKSPACE) == NULL && options.zygote[0] == 0 && options.ahead[0] == 0);
}

static void ids_of_the_host_and_overflows_are_refused(void)
{
    static const char *const wrong[] = {"",       "0",     "65535", "-1", "2147483648", "18446744073709551616",
                                        "70000x", " 70000"};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++)
        CHECK(PARSE(wrong[index], "1", "", "-", WORKSPACE) != NULL);
    CHECK(PARSE("2147483647", "1", "", "-", WORKSPACE) != NULL);
    CHECK(PARSE("70000", "0", "", "-", WORKSPACE) != NULL);
    CHECK(PARSE("70000", "100001", "", "-", WORKSPACE) != NULL);
}

static void malformed_places_are_refused(void)
{
    static const char *const wrong[] = {"",          "exec", "exec:size=1", "exec::/a", "exec:size=1:a",
                                        "maybe:size=1:/a", ":size=1:/a"};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++)
        CHECK(PARSE("70000", "1", "", "-", wrong[index]) != NULL);
    CHECK(PARSE("70000", "1", "", "-") != NULL);
    CHECK(PARSE("70000", "1", "") != NULL);
    CHECK(PARSE("70000", "1") != NULL);
}

static void there_are_not_too_many_places(void)
{
    const char *texts[PLACES_MAX + 6] = {"70000", "1", "", "-"};
    for (unsigned index = 0; index < PLACES_MAX; index++)
        texts[4 + index] = WORKSPACE;
    CHECK(parse(texts) == NULL && options.place_count == PLACES_MAX);
    texts[4 + PLACES_MAX] = WORKSPACE;
    CHECK(parse(texts) != NULL);
}

void test_tenant_options(void)
{
    all_parts_are_taken();
    ids_of_the_host_and_overflows_are_refused();
    malformed_places_are_refused();
    there_are_not_too_many_places();
}
