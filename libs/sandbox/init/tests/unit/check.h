/* A test is a function; a failed check names its line and ends the run. */
#ifndef GANTRY_CHECK_H
#define GANTRY_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            (void)fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                        \
        }                                                                                   \
    } while (0)

static inline int same_text(const char *got, const char *wanted)
{
    return got != NULL && strcmp(got, wanted) == 0;
}

#define CHECK_TEXT(got, wanted) CHECK(same_text((got), (wanted)))

void test_frames(void);
void test_attributes(void);
void test_messages(void);
void test_rings(void);
void test_streams(void);
void test_queues(void);
void test_cgroups(void);
void test_preload(void);
void test_tenant_options(void);
void test_text(void);
void test_globs(void);
void test_collect_messages(void);

#endif
