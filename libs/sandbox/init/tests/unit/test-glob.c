#include "check.h"
#include "glob.h"

/* As the collector does: down the path, name by name. */
static int matches(const char *pattern, const char *path)
{
    struct glob glob;
    CHECK(glob_compile(&glob, pattern) == NULL);
    glob_state state = glob_begin(&glob);
    char names[600];
    (void)snprintf(names, sizeof names, "%s", path);
    bool whole = false;
    for (char *name = strtok(names, "/"); name != NULL; name = strtok(NULL, "/"))
        state = glob_step(&glob, state, name, &whole);
    return whole;
}

static void patterns_match_as_documented(void)
{
    static const struct {
        const char *pattern;
        const char *path;
        int matches;
    } table[] = {
        {"a", "a", 1},
        {"a", "b", 0},
        {"a", "a/b", 0},
        {"*", "a", 1},
        {"*", "a/b", 0},
        {"*", ".hidden", 1},
        {"*.png", "x.png", 1},
        {"*.png", ".png", 1},
        {"*.png", "x.png.txt", 0},
        {"*.png", "d/x.png", 0},
        {"?.png", "x.png", 1},
        {"?.png", "\xc3\xa4.png", 1},
        {"?.png", "xy.png", 0},
        {"??", "\xff\xfe", 1},
        {"a*b*c", "aXbYbZc", 1},
        {"a*b*c", "aXbY", 0},
        {"a**b", "aXb", 1},
        {"a**b", "a/b", 0},
        {"***", "abc", 1},
        {"out/*", "out/x", 1},
        {"out/*", "out", 0},
        {"out/*", "out/x/y", 0},
        {"out/**", "out/x", 1},
        {"out/**", "out/x/y/z", 1},
        {"out/**", "out", 0},
        {"out/**", "outer/x", 0},
        {"**", "a", 1},
        {"**", "a/b/c", 1},
        {"**/x", "x", 1},
        {"**/x", "a/b/x", 1},
        {"**/x", "a/xx", 0},
        {"**/**", "a", 1},
        {"a/**/z", "a/z", 1},
        {"a/**/z", "a/b/c/z", 1},
        {"a/**/z", "a/z/b", 0},
        {"a/**/b/**/c", "a/x/b/y/b/c", 1},
        {"a/**/b/*", "a/b/b", 1},
        {"**/*.log", "deep/er/x.log", 1},
        {"[abc]", "b", 1},
        {"[abc]", "d", 0},
        {"[a-cx]", "x", 1},
        {"[!a-c]", "d", 1},
        {"[!a-c]", "b", 0},
        {"[^a-c]", "b", 0},
        {"[]]", "]", 1},
        {"[!]]", "]", 0},
        {"[!]]", "a", 1},
        {"[a-]", "-", 1},
        {"[-a]", "-", 1},
        {"[*]", "*", 1},
        {"[*]", "a", 0},
        {"[\xc3\xa0-\xc3\xb6]", "\xc3\xa4", 1},
        {"x[0-9][0-9]*", "x42.txt", 1},
        {"x[0-9][0-9]*", "x4.txt", 0},
        {"*[0-9]", "abc7", 1},
        {"*[0-9]", "7abc", 0},
        {"a\\*", "a\\b", 1},
        {"line\nfeed", "line\nfeed", 1},
    };
    for (size_t index = 0; index < sizeof table / sizeof table[0]; index++) {
        if (matches(table[index].pattern, table[index].path) == table[index].matches)
            continue;
        (void)fprintf(stderr, "%s on %s\n", table[index].pattern, table[index].path);
        CHECK(!"as documented");
    }
}

static void tells_where_nothing_can_be(void)
{
    struct glob glob;
    bool whole;
    CHECK(glob_compile(&glob, "out/*.png") == NULL);
    glob_state below = glob_step(&glob, glob_begin(&glob), "out", &whole);
    CHECK(below != 0 && !whole);
    CHECK(glob_step(&glob, glob_begin(&glob), "node_modules", &whole) == 0 && !whole);
    CHECK(glob_step(&glob, below, "x.png", &whole) == 0 && whole);
}

static void refuses_what_is_no_pattern(void)
{
    static const char *const refused[] = {"",    "/",   "/a", "a/", "a//b", ".",  "..",  "../a",  "a/../b",
                                          "./a", "a/.", "[",  "[a", "a[",   "[]", "[!]", "[a/b]", "x/[!"};
    struct glob glob;
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++)
        CHECK(glob_compile(&glob, refused[index]) != NULL);
    char longest[GLOB_LENGTH_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[GLOB_LENGTH_MAX + 1] = 0;
    CHECK(glob_compile(&glob, longest) != NULL && glob_compile(&glob, longest + 1) == NULL);
    char deepest[2 * (GLOB_PARTS_MAX + 1)];
    for (size_t at = 0; at < sizeof deepest; at++)
        deepest[at] = at % 2 == 0 ? '*' : '/';
    deepest[sizeof deepest - 1] = 0;
    CHECK(glob_compile(&glob, deepest) != NULL);
    CHECK(glob_compile(&glob, deepest + 2) == NULL && glob.count == GLOB_PARTS_MAX);
}

/* The worst there is for a matcher that tries again takes no longer than the product of both lengths. */
static void a_bomb_is_a_dud(void)
{
    char pattern[GLOB_LENGTH_MAX + 1];
    char name[256];
    for (size_t at = 0; at + 1 < GLOB_LENGTH_MAX; at += 2)
        memcpy(pattern + at, "*a", 2);
    memcpy(pattern + GLOB_LENGTH_MAX - 1, "b", 2);
    memset(name, 'a', 255);
    name[255] = 0;
    for (int count = 0; count < 1000; count++)
        CHECK(!matches(pattern, name));
    char deep[512] = "";
    for (int count = 0; count < 63; count++)
        (void)strcat(deep, "**/");
    (void)strcat(deep, "x");
    CHECK(!matches(deep, "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/b"));
}

void test_globs(void)
{
    patterns_match_as_documented();
    tells_where_nothing_can_be();
    refuses_what_is_no_pattern();
    a_bomb_is_a_dud();
}
