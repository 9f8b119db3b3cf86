/*
 * broken.c - negative controls: MemCheck with one mistake, made where it meets the platform, so
 * that no line of the core need be known. Linked with --wrap: __wrap_X stands in for X.
 */
#include <string.h>
#include "oom.h"
#define MC_HOST_HAS_POOL
#include "core.h"

const char *const OomBrokenNames[] = {
    "gives-up",       /* where the padded requests failed the driver's own is not made */
    "swallows-raise", /* the driver's own request is made so that it gives NULL */
    "raises-early",   /* a padded request raises, through MemCheck, which holds things */
    "pads-last",      /* the driver's own request keeps its padding */
    "forgets-block",  /* after a failure what the pool gave is dropped, and asked for again */
    "forgets-own",    /* memory of MemCheck's own is not given back when some has failed */
    "no-null-check",  /* MemCheck's own memory is used where there is none */
    "miscounts",      /* one unprotected block too many is counted */
    "frees-twice",    /* what was asked for after a failure goes back to the pool twice */
    NULL};
const char *OomBroken;

static BOOLEAN Failed;    /* a padded request, last of all */
static PVOID FreeTwice;   /* what was given after one */
static BOOLEAN OwnFailed; /* memory of MemCheck's own */

static BOOLEAN Is(const char *Name)
{
    return OomBroken != NULL && strcmp(OomBroken, Name) == 0;
}

PVOID __real_McOsPoolAllocate(const MC_REQUEST *Request);
VOID __real_McOsPoolFree(PVOID P, const MC_RELEASE *Release);
PVOID __real_McOsMetaAllocate(SIZE_T Size);
VOID __real_McOsMetaFree(PVOID P, SIZE_T Size);
PVOID __wrap_McOsPoolAllocate(const MC_REQUEST *Request);
VOID __wrap_McOsPoolFree(PVOID P, const MC_RELEASE *Release);
PVOID __wrap_McOsMetaAllocate(SIZE_T Size);
VOID __wrap_McOsMetaFree(PVOID P, SIZE_T Size);

static BOOLEAN IsPadded(const MC_REQUEST *Request)
{
    return Request->Size != OomSize;
}

PVOID __wrap_McOsPoolAllocate(const MC_REQUEST *Request)
{
    MC_REQUEST Changed = *Request;
    PVOID P;

    if (Is("gives-up") && Failed && !IsPadded(Request)) {
        Failed = FALSE;
        return NULL;
    }
    if (Is("swallows-raise") && (Request->Attributes & MC_BY_FLAGS) == 0) {
        Changed.Type &= ~(ULONG)POOL_RAISE_IF_ALLOCATION_FAILURE;
    }
    if (Is("raises-early") && (Request->Attributes & (MC_BY_FLAGS | MC_RAISES)) == MC_RAISES) {
        Changed.Type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    }
    if (Is("pads-last") && Failed && !IsPadded(Request)) {
        Changed.Size += 16;
    }
    P = __real_McOsPoolAllocate(&Changed);
    if (Is("forgets-block") && Failed && P != NULL) {
        P = __real_McOsPoolAllocate(&Changed);
    }
    if (Failed && P != NULL) {
        FreeTwice = P;
    }
    Failed = P == NULL;
    if (Is("miscounts") && Failed) {
        Mc.Counts.Unprotected++;
    }
    return P;
}

VOID __wrap_McOsPoolFree(PVOID P, const MC_RELEASE *Release)
{
    __real_McOsPoolFree(P, Release);
    if (Is("frees-twice") && P == FreeTwice) {
        __real_McOsPoolFree(P, Release);
    }
}

PVOID __wrap_McOsMetaAllocate(SIZE_T Size)
{
    PVOID P = __real_McOsMetaAllocate(Size);

    OwnFailed = (BOOLEAN)(OwnFailed || P == NULL);
    return P == NULL && Is("no-null-check") ? (PVOID)16 : P;
}

VOID __wrap_McOsMetaFree(PVOID P, SIZE_T Size)
{
    if (Is("forgets-own") && OwnFailed) {
        OwnFailed = FALSE;
        return;
    }
    __real_McOsMetaFree(P, Size);
}
