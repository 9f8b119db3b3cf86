/*
 * imports.c - the kit's pool routines, taken over at link time.
 *
 * For every routine of mcroutines.h that the kit exports, this object defines both the routine and
 * its import pointer (ExFreePool and __imp_ExFreePool; i386 _ExFreePool@4 and __imp__ExFreePool@4).
 * An object's definition comes before a library's, so all references of the driver end here: calls
 * through the pointer, which kit headers make, calls of the routine, its address in static data,
 * those of static libraries, of the kit's inline functions, of operators new and delete. Only the
 * pointer would not do: lld-link reports a duplicate when somebody takes the routine's address. The
 * real routines are reached by other names, McRaw..., of the library beside this object.
 *
 * No kit header here: it declares these routines as imports, which nobody can define. The language
 * for the names is the assembler's: C has no word for an @ in one, and the preprocessor cannot tell
 * which rows of the table are routines of their own (Name is DoneBy), which the kit's inline
 * functions.
 */
#include <stddef.h>

#ifndef __GNUC__
#error "imports.c: gcc or clang compile this (scripts/build-link.sh); its object is for any linker"
#endif

#if defined(__i386__)
#define NTAPI       __attribute__((stdcall))
#define MC_FASTCALL __attribute__((fastcall))
/* How a name reads in the symbol table, by convention, with the bytes of its parameters. */
#define MC_STDCALL_SYMBOL(Name, Bytes)  "_" Name "@" Bytes
#define MC_FASTCALL_SYMBOL(Name, Bytes) "@" Name "@" Bytes
#define MC_WORD                         ".long "
#define MC_WORD_ALIGNMENT               "4"
#elif defined(__x86_64__)
#define NTAPI
#define MC_FASTCALL
#define MC_STDCALL_SYMBOL(Name, Bytes)  Name
#define MC_FASTCALL_SYMBOL(Name, Bytes) Name
#define MC_WORD                         ".quad "
#define MC_WORD_ALIGNMENT               "8"
#else
#error "imports.c: not written for this processor yet"
#endif

#include "linkway.h"
#include "mcroutines.h"

/* ---- the bodies, by shape ---- */

#define MC_BODY    static __attribute__((used))
#define MC_RETURNS __builtin_return_address(0)

/* POOL_FLAGS, 64 bits: C89 has no such integer; passed the same way everywhere. */
typedef struct _MC_FLAGS {
    unsigned Low;
    unsigned High;
} MC_FLAGS;

#define MC_BODY_Type(Name)                                                         \
    MC_BODY void *NTAPI McTaken##Name(unsigned Type, size_t Size)                  \
    {                                                                              \
        return McLinkAllocate(Mc##Name, Type, 0, Size, 0, 0, NULL, 0, MC_RETURNS); \
    }
#define MC_BODY_TypeTag(Name)                                                        \
    MC_BODY void *NTAPI McTaken##Name(unsigned Type, size_t Size, unsigned Tag)      \
    {                                                                                \
        return McLinkAllocate(Mc##Name, Type, 0, Size, Tag, 0, NULL, 0, MC_RETURNS); \
    }
#define MC_BODY_TypePriority(Name)                                                                 \
    MC_BODY void *NTAPI McTaken##Name(unsigned Type, size_t Size, unsigned Tag, unsigned Priority) \
    {                                                                                              \
        return McLinkAllocate(Mc##Name, Type, 0, Size, Tag, Priority, NULL, 0, MC_RETURNS);        \
    }
#define MC_BODY_Flags(Name)                                                                        \
    MC_BODY void *NTAPI McTaken##Name(MC_FLAGS Flags, size_t Size, unsigned Tag)                   \
    {                                                                                              \
        return McLinkAllocate(Mc##Name, Flags.Low, Flags.High, Size, Tag, 0, NULL, 0, MC_RETURNS); \
    }
#define MC_BODY_FlagsExtended(Name)                                                             \
    MC_BODY void *NTAPI McTaken##Name(MC_FLAGS Flags, size_t Size, unsigned Tag,                \
                                      const void *Parameters, unsigned Count)                   \
    {                                                                                           \
        return McLinkAllocate(Mc##Name, Flags.Low, Flags.High, Size, Tag, 0, Parameters, Count, \
                              MC_RETURNS);                                                      \
    }
#define MC_BODY_Free(Name)                               \
    MC_BODY void NTAPI McTaken##Name(void *P)            \
    {                                                    \
        McLinkFree(Mc##Name, P, 0, NULL, 0, MC_RETURNS); \
    }
#define MC_BODY_FreeTag(Name)                               \
    MC_BODY void NTAPI McTaken##Name(void *P, unsigned Tag) \
    {                                                       \
        McLinkFree(Mc##Name, P, Tag, NULL, 0, MC_RETURNS);  \
    }
#define MC_BODY_FreeExtended(Name)                                                  \
    MC_BODY void NTAPI McTaken##Name(void *P, unsigned Tag, const void *Parameters, \
                                     unsigned Count)                                \
    {                                                                               \
        McLinkFree(Mc##Name, P, Tag, Parameters, Count, MC_RETURNS);                \
    }
#define MC_BODY_String(Name)                            \
    MC_BODY void NTAPI McTaken##Name(void *String)      \
    {                                                   \
        McLinkFreeString(Mc##Name, String, MC_RETURNS); \
    }

#define MC_ROW_BODY(Name, Shape, Adds, DoneBy, Since) MC_BODY_##Shape(Name)
MC_ROUTINE_TABLE(MC_ROW_BODY)

MC_BODY void MC_FASTCALL McTakenIofCompleteRequest(void *Irp, signed char Boost)
{
    McLinkCompleteRequest(Irp, Boost, MC_RETURNS);
}

MC_BODY int MC_FASTCALL McTakenIofCallDriver(void *Device, void *Irp)
{
    return McLinkCallDriver(Device, Irp, MC_RETURNS);
}

/* ---- their names: the routine, and its import pointer ---- */

#define MC_BYTES_Type          "8"
#define MC_BYTES_TypeTag       "12"
#define MC_BYTES_TypePriority  "16"
#define MC_BYTES_Flags         "16"
#define MC_BYTES_FlagsExtended "24"
#define MC_BYTES_Free          "4"
#define MC_BYTES_FreeTag       "8"
#define MC_BYTES_FreeExtended  "16"
#define MC_BYTES_String        "4"

/* Symbol: the name as the kit's library has it. Only when Name is DoneBy. */
#define MC_NAMED(Name, DoneBy, Symbol, Body)              \
    __asm__(".ifc " Name "," DoneBy "\n"                  \
            ".globl " Symbol "\n"                         \
            ".def " Symbol "; .scl 2; .type 32; .endef\n" \
            ".set " Symbol "," Body "\n"                  \
            ".globl __imp_" Symbol "\n"                   \
            ".section .rdata,\"dr\"\n"                    \
            ".balign " MC_WORD_ALIGNMENT "\n"             \
            "__imp_" Symbol ":\n" MC_WORD Body "\n"       \
            ".text\n"                                     \
            ".endif\n");

#define MC_ROW_NAMED(Name, Shape, Adds, DoneBy, Since)                   \
    MC_NAMED(#Name, #DoneBy, MC_STDCALL_SYMBOL(#Name, MC_BYTES_##Shape), \
             MC_STDCALL_SYMBOL("McTaken" #Name, MC_BYTES_##Shape))
MC_ROUTINE_TABLE(MC_ROW_NAMED)

#define MC_FAST_NAMED(Name) \
    MC_NAMED(Name, Name, MC_FASTCALL_SYMBOL(Name, "8"), MC_FASTCALL_SYMBOL("McTaken" Name, "8"))
MC_FAST_NAMED("IofCompleteRequest")
MC_FAST_NAMED("IofCallDriver")
