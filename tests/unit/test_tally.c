/*
 * test_tally.c - groups of blocks: which is the oldest and the youngest, the order of any number of
 * groups; and the decimal digits of a number of two words.
 */
#include "core.h"
#include "table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static MC_RECORD Block(ULONG Number, ULONG Ticks, SIZE_T Size)
{
    MC_RECORD Record;

    memset(&Record, 0, sizeof(Record));
    Record.Number = Number;
    Record.AllocateTicks = Ticks;
    Record.Size = Size;
    return Record;
}

static BOOLEAN Add(MC_GROUP *Group, ULONG Number, ULONG Ticks, SIZE_T Size)
{
    MC_RECORD Record = Block(Number, Ticks, Size);

    return McGroupAdd(Group, &Record);
}

static void TestAges(void **State)
{
    MC_GROUP Group;

    (void)State;
    memset(&Group, 0, sizeof(Group));
    assert_true(Add(&Group, 5, 100, 10));
    assert_false(Add(&Group, 4, 101, 20));
    assert_true(Add(&Group, 9, 99, 30));
    assert_true(Add(&Group, 3, 99, 0)); /* of one tick: by number */
    assert_false(Add(&Group, 6, 101, 1));
    assert_int_equal(Group.Blocks, 5);
    assert_int_equal(Group.Bytes, 61);
    assert_int_equal(Group.Oldest, 3);
    assert_int_equal(Group.OldestTicks, 99);
    assert_int_equal(Group.Youngest, 6);
    assert_int_equal(Group.YoungestTicks, 101);
}

/* The tick count wraps. */
static void TestAgesAcrossZero(void **State)
{
    MC_GROUP Group;

    (void)State;
    memset(&Group, 0, sizeof(Group));
    assert_true(Add(&Group, 1, 2, 1));
    assert_true(Add(&Group, 2, 0xfffffffe, 1));
    assert_false(Add(&Group, 3, 0xffffffff, 1));
    assert_int_equal(Group.Oldest, 2);
    assert_int_equal(Group.Youngest, 1);
}

/* Each length up to some hundred, and a long one: all are there, most bytes first. */
static void TestSort(void **State)
{
    static MC_GROUP Groups[5000];
    ULONG Length, Index, Count;
    MC_GROUP *Group;

    (void)State;
    for (Length = 0; Length <= 5000; Length += Length < 200 ? 1 : 1600) {
        for (Index = 0; Index < Length; Index++) {
            Groups[Index].Bytes = Index * 7919 % 257;
            Groups[Index].Blocks = Index * 104729 % 5;
            Groups[Index].Tag = 0;
            Groups[Index].Next = Index + 1 < Length ? &Groups[Index + 1] : NULL;
        }
        Group = McGroupSort(Length != 0 ? Groups : NULL);
        for (Count = 0; Group != NULL; Group = Group->Next, Count++) {
            assert_int_equal(Group->Tag++, 0);
            assert_true(
                Group->Next == NULL || Group->Bytes > Group->Next->Bytes ||
                (Group->Bytes == Group->Next->Bytes && Group->Blocks >= Group->Next->Blocks));
        }
        assert_int_equal(Count, Length);
    }
}

static void TestBig(void **State)
{
    static const unsigned long long Values[] = {
        0, 9, 10, 65535, 65536, 4294967295u, 4294967296u, 12345678901234567890ull, ~0ull};
    char Buffer[64], Expected[64];
    MC_TEXT Text;
    ULONG Value[2];
    unsigned Index;

    (void)State;
    for (Index = 0; Index < sizeof(Values) / sizeof(Values[0]); Index++) {
        Value[0] = (ULONG)Values[Index];
        Value[1] = (ULONG)(Values[Index] >> 32);
        McTextStart(&Text, Buffer, sizeof(Buffer), NULL, NULL);
        McTextBig(&Text, Value);
        snprintf(Expected, sizeof(Expected), "%llu", Values[Index]);
        assert_string_equal(Buffer, Expected);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestAges),
        cmocka_unit_test(TestAgesAcrossZero),
        cmocka_unit_test(TestSort),
        cmocka_unit_test(TestBig),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
