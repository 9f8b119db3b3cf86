/*
 * fltKernel.h - stands before the kit's fltKernel.h in the include path, includes it, and then the
 * replacements of memcheck_replace.h: docs/header.md. No guard: the kit's own has one.
 */
#ifdef MC_INSIDE_KIT /* included by another header of the kit: what ours adds comes after that */
#ifdef MEMCHECK_KIT_FOLDER
#include MC_KIT_FILE(fltKernel.h)
#else
#include_next <fltKernel.h>
#endif
#else
#define MC_INSIDE_KIT
#include "mcbegin.h"
#ifdef MEMCHECK_KIT_FOLDER
#include MC_KIT_FILE(fltKernel.h)
#else
#include_next <fltKernel.h>
#endif
#include "mcend.h"
#undef MC_INSIDE_KIT
#endif
