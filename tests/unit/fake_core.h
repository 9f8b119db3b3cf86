/*
 * fake_core.h - what index.c, buckets.c, large.c and retired.c stand on, for their tests: a fake
 * platform (memory that fails to order, spin locks that know who holds them) and fake records.
 *
 * It aborts, with a line, when a rule is broken: a second lock, an allocation or a release of a
 * record under a lock, a free of the wrong size, memory left at FakeEnd.
 */
#ifndef FAKE_CORE_H
#define FAKE_CORE_H

#include "core.h"
#include "index.h"

/* Where pool memory is in these tests; nothing is ever at these addresses. */
#define FAKE_BASE ((ULONG_PTR)(sizeof(void *) == 8 ? 0xfffffa8000000000ull : 0x80000000ull))

/* Fail allocation number FailAt (from 1, since FakeBegin), and all that follow if Persistent. */
void FakeBegin(ULONG FailAt, BOOLEAN Persistent);
/* Were there failures? Aborts if memory was not given back. */
BOOLEAN FakeEnd(void);
SIZE_T FakeBytes(void); /* allocated now */

/* What another processor does, once, while the next allocation of this one is under way. */
extern void (*FakeMeanwhile)(void);

/* A record in state making, numbered; User and extents as given. Thread-safe. */
MC_RECORD *FakeRecord(ULONG_PTR Raw, ULONG Front, SIZE_T Size, ULONG Rear);
void FakeRecordNumber(MC_RECORD *Record); /* a new number */
void FakeRecordsEnd(void);                /* forget all records */
ULONG FakeReferences(const MC_RECORD *Record);
void FakeSetState(MC_RECORD *Record, MC_STATE State);

ULONG FakeRandom(ULONG *Seed);

#endif
