/* bare.c - the driver of scenario.c without MemCheck: on the pool alone. */
#define OOM_BARE
#include "scenario.c"
