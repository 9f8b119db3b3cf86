/*
 * mcsal.h - what MemCheck's routines ask of their caller, in the words of the kit's code analysis.
 *
 * Under code analysis (_PREFAST_) with a kit that has such words (Vista's and later ones) the
 * macros are them, in that kit's spelling; elsewhere they are nothing, so that no other compiler
 * sees them. Included by memcheck.h alone, after the kit's header.
 *
 *   MC_IRQL_IS(Level)       before a routine: called at this level
 *   MC_IRQL_MAX(Level)      called at this level or below
 *   MC_IRQL_POOL(PoolType)  <= APC_LEVEL when the type is paged, else <= DISPATCH_LEVEL
 *   MC_SAME_IRQL            returns at the level at which it was called
 *   MC_GIVES(Size)          gives a block of Size bytes, or NULL: to be looked at, and freed
 *   MC_TAKES                before a parameter: a block, which ends there
 *   MC_STRING, MC_STRING_OPT    before a parameter: a string; or NULL
 *   MC_FORMAT               before a parameter: a string as for printf
 */
#ifndef MCSAL_H
#define MCSAL_H

#if defined(_PREFAST_) && defined(_IRQL_requires_max_) && defined(_IRQL_requires_) && \
    defined(_When_)
#define MC_IRQL_IS(Level)        _IRQL_requires_(Level)
#define MC_IRQL_MAX(Level)       _IRQL_requires_max_(Level)
#define MC_WHEN(Condition, What) _When_(Condition, What)
#define MC_SAME_IRQL             _IRQL_requires_same_
#elif defined(_PREFAST_) && defined(__drv_maxIRQL) && defined(__drv_requiresIRQL) && \
    defined(__drv_when)
#define MC_IRQL_IS(Level)        __drv_requiresIRQL(Level)
#define MC_IRQL_MAX(Level)       __drv_maxIRQL(Level)
#define MC_WHEN(Condition, What) __drv_when(Condition, What)
#define MC_SAME_IRQL             __drv_sameIRQL
#else
#define MC_IRQL_IS(Level)
#define MC_IRQL_MAX(Level)
#define MC_WHEN(Condition, What)
#define MC_SAME_IRQL
#endif

/* Bit 0 of a type is "paged", in the kinds that no kit has a name for too. */
#define MC_IRQL_POOL(PoolType)                           \
    MC_WHEN(((PoolType)&1) != 0, MC_IRQL_MAX(APC_LEVEL)) \
    MC_WHEN(((PoolType)&1) == 0, MC_IRQL_MAX(DISPATCH_LEVEL))

#if defined(_PREFAST_) && defined(__drv_allocatesMem) && defined(__drv_freesMem)
#define MC_OF_MEMORY __drv_allocatesMem(Mem)
#define MC_TO_MEMORY __drv_freesMem(Mem)
#else
#define MC_OF_MEMORY
#define MC_TO_MEMORY
#endif

#if defined(_PREFAST_) && defined(_Post_writable_byte_size_) && defined(_Ret_maybenull_)
#define MC_GIVES(Size) \
    MC_OF_MEMORY _Ret_maybenull_ _Must_inspect_result_ _Post_writable_byte_size_(Size)
#elif defined(_PREFAST_) && defined(__bcount_opt) && defined(__checkReturn)
#define MC_GIVES(Size) MC_OF_MEMORY __checkReturn __bcount_opt(Size)
#else
#define MC_GIVES(Size) MC_OF_MEMORY
#endif

#if defined(_PREFAST_) && defined(_In_z_) && defined(_In_opt_z_) && defined(_Pre_notnull_)
#define MC_TAKES      _Pre_notnull_ MC_TO_MEMORY
#define MC_STRING     _In_z_
#define MC_STRING_OPT _In_opt_z_
#elif defined(_PREFAST_) && defined(__in) && defined(__in_z) && defined(__in_z_opt)
#define MC_TAKES      __in MC_TO_MEMORY
#define MC_STRING     __in_z
#define MC_STRING_OPT __in_z_opt
#else
#define MC_TAKES MC_TO_MEMORY
#define MC_STRING
#define MC_STRING_OPT
#endif

#if defined(_PREFAST_) && defined(_Printf_format_string_)
#define MC_FORMAT MC_STRING _Printf_format_string_
#elif defined(_PREFAST_) && defined(__format_string)
#define MC_FORMAT MC_STRING __format_string
#else
#define MC_FORMAT MC_STRING
#endif

#endif
