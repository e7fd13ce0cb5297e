#include "check.h"

int main(void)
{
    test_frames();
    test_attributes();
    test_messages();
    test_rings();
    test_streams();
    test_queues();
    test_cgroups();
    test_preload();
    test_tenant_options();
    test_text();
    test_globs();
    test_collect_messages();
    (void)puts("unit tests: all checks hold");
    return 0;
}
