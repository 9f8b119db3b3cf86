/* posixp.h - private to the POSIX platform: what its files share. */
#ifndef MC_POSIXP_H
#define MC_POSIXP_H

#include "platform.h"

/* image.c: where the program or library that holds this code is. Any thread; once is enough. */
VOID McpPosixImageStart(VOID);

/* lock.c: in the child of a fork. */
VOID McpPosixForked(VOID);

/* time.c */
ULONG_PTR McpPosixSecret(VOID);

#endif
