/*
 * journal.c - what happened last, noted at any IRQL up to DISPATCH_LEVEL.
 *
 * Its memory comes by a table of routines, as in code that is shared with other systems.
 */
#include "bus.h"

#define JOURNAL_NOTES 6

typedef PVOID(NTAPI *JOURNAL_ALLOCATE)(POOL_TYPE PoolType, SIZE_T Size, ULONG Tag);
typedef VOID(NTAPI *JOURNAL_FREE)(PVOID P, ULONG Tag);

static const struct {
    JOURNAL_ALLOCATE Allocate;
    JOURNAL_FREE Free;
} Memory = {ExAllocatePoolWithTag, ExFreePoolWithTag};

typedef struct _NOTE {
    struct _NOTE *Next; /* older */
    PCSTR Text;
    ULONG Number;
} NOTE, *PNOTE;

static struct {
    KSPIN_LOCK Lock; /* zero is a free one */
    PNOTE Newest;
    ULONG Count;
    ULONG Total;
} Journal;

VOID JournalNote(PCSTR Text, ULONG Number)
{
    SIZE_T Size = sizeof(NOTE);
    PNOTE Oldest = NULL;
    PNOTE *Link;
    PNOTE Note;
    KIRQL Irql;

#ifdef BUG_NOTE_OVERRUN
    Size -= sizeof(Note->Number); /* as if the number had been added since */
    Size -= sizeof(PVOID) - sizeof(ULONG);
#endif
    /* BUG: note-overrun allocated */
    Note = Memory.Allocate(NonPagedPool, Size, BUS_TAG_NOTE);
    if (Note == NULL) {
        return;
    }
    Note->Text = Text;
    Note->Number = Number;
    KeAcquireSpinLock(&Journal.Lock, &Irql);
    Note->Next = Journal.Newest;
    Journal.Newest = Note;
    Journal.Total++;
    if (++Journal.Count > JOURNAL_NOTES) {
        for (Link = &Journal.Newest; (*Link)->Next != NULL; Link = &(*Link)->Next) {
        }
        Oldest = *Link;
        *Link = NULL;
        Journal.Count--;
    }
    KeReleaseSpinLock(&Journal.Lock, Irql);
    if (Oldest != NULL) {
        /* BUG: note-overrun found */
        Memory.Free(Oldest, BUS_TAG_NOTE);
    }
}

VOID JournalShow(VOID)
{
    struct {
        PCSTR Text;
        ULONG Number;
    } Copy[JOURNAL_NOTES];
    ULONG Count = 0;
    ULONG Total;
    PNOTE Note;
    KIRQL Irql;

    KeAcquireSpinLock(&Journal.Lock, &Irql);
    for (Note = Journal.Newest; Note != NULL; Note = Note->Next) {
        Copy[Count].Text = Note->Text;
        Copy[Count++].Number = Note->Number;
    }
    Total = Journal.Total;
    KeReleaseSpinLock(&Journal.Lock, Irql);
    DbgPrint("bus: journal of %lu, the last %lu:\n", Total, Count);
    while (Count != 0) {
        Count--;
        DbgPrint("bus:   %s %lu\n", Copy[Count].Text, Copy[Count].Number);
    }
}

VOID JournalEnd(VOID)
{
    PNOTE Note;

    while (Journal.Newest != NULL) {
        Note = Journal.Newest;
        Journal.Newest = Note->Next;
        Memory.Free(Note, BUS_TAG_NOTE);
    }
    Journal.Count = 0;
}
