/* classpnp.h - a header of the kit that gives a replaced name a macro of its own, later. */
#undef ExAllocatePool
#define ExAllocatePool(a, b) ExAllocatePoolWithTag(a, b, 'ssaC')
