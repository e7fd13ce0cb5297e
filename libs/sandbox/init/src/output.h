/* From the program's pipes to the worker. */
#ifndef GANTRY_OUTPUT_H
#define GANTRY_OUTPUT_H

#include <stdbool.h>

#include "frame.h"
#include "stream.h"

struct output {
    int *fd; /* the program's; -1 after end of file */
    enum frame_type type;
    bool gap_told;
    struct stream stream;
};

enum output_result {
    OUTPUT_MOVED,
    OUTPUT_NOTHING, /* the pipe is empty or closed */
    OUTPUT_WAITS,   /* the worker has to read first */
    OUTPUT_LIMIT,   /* past the cap, and that ends the stage */
};

void output_begin(struct output *output, int *fd, enum frame_type type);
/* True when a readable pipe can be read now. */
bool output_wanted(const struct output *output);
/* One read. */
enum output_result output_pump(struct output *output);
/* At the end: the gap, then the tail. False: the worker has to read first. */
bool output_finish(struct output *output);

#endif
