/*
 * test_diagnose.c - diagnosis on invented addresses: it reads nothing but what it is given, so no
 * memory need be there. And the patterns that it compares with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core.h"

/* A block at an address where nothing is: front 16, 100 bytes, rear 28. */
static MC_BLOCK Invented(void)
{
    MC_BLOCK Block;

    memset(&Block, 0, sizeof(Block));
    Block.User = (ULONG_PTR)0x80001040u;
    Block.Size = 100;
    Block.Front = 16;
    Block.Rear = 28;
    Block.Number = 7;
    return Block;
}

static void where_knows_each_byte(void **State)
{
    MC_BLOCK Block = Invented();
    LONG_PTR Offset;
    MC_WHERE Expected;

    (void)State;
    for (Offset = -40; Offset < 160; Offset++) {
        Expected = Offset == 0                     ? McWhereStart
                   : Offset > 0 && Offset < 100    ? McWhereInside
                   : Offset >= -16 && Offset < 0   ? McWhereFront
                   : Offset >= 100 && Offset < 128 ? McWhereRear
                                                   : McWhereNowhere;
        assert_int_equal(McWhere(&Block, Block.User + (ULONG_PTR)Offset), Expected);
    }
}

static void where_of_an_empty_block(void **State)
{
    MC_BLOCK Block = Invented();

    (void)State;
    Block.Size = 0;
    assert_int_equal(McWhere(&Block, Block.User), McWhereStart);
    assert_int_equal(McWhere(&Block, Block.User + 1), McWhereRear);
}

static void wild_tells_each_reason(void **State)
{
    const MC_PLACE Place = {0x80000000u, 0x90000000u, 0x90003000u, 0xA0000000u, 0xA0010000u};

    (void)State;
    assert_int_equal(McWild(&Place, 0), McReasonNull);
    assert_int_equal(McWild(&Place, 1), McReasonUserSpace);
    assert_int_equal(McWild(&Place, 0x7FFFFFFFu), McReasonUserSpace);
    assert_int_equal(McWild(&Place, 0x80000000u), McReasonNone);
    assert_int_equal(McWild(&Place, 0x80000004u), McReasonMisaligned);
    assert_int_equal(McWild(&Place, 0x90000000u), McReasonStack);
    assert_int_equal(McWild(&Place, 0x90002FFFu), McReasonStack);
    assert_int_equal(McWild(&Place, 0x90003000u), McReasonNone);
    assert_int_equal(McWild(&Place, 0xA0000000u), McReasonImage);
    assert_int_equal(McWild(&Place, 0xA0010000u), McReasonNone);
}

static void wild_without_known_places(void **State)
{
    const MC_PLACE Place = {0x80000000u, 0, 0, 0, 0};

    (void)State;
    assert_int_equal(McWild(&Place, 0x90000000u), McReasonNone);
}

/* No guard byte is 00, FF or text, so the commonest overruns always change one. */
static void guard_byte_is_never_common(void **State)
{
    ULONG_PTR Address;
    UCHAR Byte;

    (void)State;
    McPatternStart((ULONG_PTR)0x5A17C0DEu);
    for (Address = 0x80001000u; Address < 0x80041000u; Address++) {
        Byte = McGuardByte(Address);
        assert_int_equal(Byte & 0xF0, MC_GUARD_NIBBLE);
    }
}

/* A redzone copied from elsewhere must not pass: bytes depend on address and secret. */
static void guard_depends_on_address_and_secret(void **State)
{
    ULONG Same = 0, SameSecret = 0, Index;
    UCHAR Before[256];

    (void)State;
    McPatternStart(1);
    for (Index = 0; Index < 256; Index++)
        Before[Index] = McGuardByte(0x80001000u + Index);
    for (Index = 0; Index < 256; Index++)
        Same += Before[Index] == McGuardByte(0x80002000u + Index);
    McPatternStart(2);
    for (Index = 0; Index < 256; Index++)
        SameSecret += Before[Index] == McGuardByte(0x80001000u + Index);
    assert_true(Same < 128);
    assert_true(SameSecret < 256);
}

/* Every start, every length, every changed byte. */
static void guard_write_and_verify(void **State)
{
    static UCHAR Memory[96];
    ULONG Start, Length, Changed;

    (void)State;
    McPatternStart((ULONG_PTR)0x12345678u);
    for (Start = 0; Start < 16; Start++)
        for (Length = 0; Length < 48; Length++) {
            memset(Memory, 0, sizeof(Memory));
            McGuardWrite((ULONG_PTR)Memory + 16 + Start, Length);
            assert_int_equal(Memory[16 + Start - 1], 0);
            assert_int_equal(Memory[16 + Start + Length], 0);
            assert_true(McGuardIntact((ULONG_PTR)Memory + 16 + Start, Length));
            for (Changed = 0; Changed < Length; Changed++) {
                Memory[16 + Start + Changed] ^= 1;
                assert_false(McGuardIntact((ULONG_PTR)Memory + 16 + Start, Length));
                Memory[16 + Start + Changed] ^= 1;
            }
        }
}

static void fill_write_and_verify(void **State)
{
    static UCHAR Memory[96];
    ULONG Start, Length, Changed;

    (void)State;
    for (Start = 0; Start < 16; Start++)
        for (Length = 0; Length < 48; Length++) {
            memset(Memory, 0, sizeof(Memory));
            McFillWrite((ULONG_PTR)Memory + 16 + Start, Length);
            assert_int_equal(Memory[16 + Start - 1], 0);
            assert_int_equal(Memory[16 + Start + Length], 0);
            assert_true(McFillIntact((ULONG_PTR)Memory + 16 + Start, Length));
            for (Changed = 0; Changed < Length; Changed++) {
                Memory[16 + Start + Changed] ^= 0x80;
                assert_false(McFillIntact((ULONG_PTR)Memory + 16 + Start, Length));
                Memory[16 + Start + Changed] ^= 0x80;
            }
        }
}

/* A freed pointer followed: on 64-bit its address is non-canonical at every byte offset. */
static void fill_is_no_address(void **State)
{
    const uint64_t Pattern = UINT64_C(0x0101010101010101) * MC_FILL_BYTE;

    (void)State;
    assert_true(Pattern >> 47 != 0 && Pattern >> 47 != (UINT64_C(1) << 17) - 1);
}

/* Damage in the rear redzone: first, last and number of changed bytes, and the window. */
static void damage_is_counted_and_shown(void **State)
{
    static UCHAR Raw[16 + 100 + 28 + 16] __attribute__((aligned(16)));
    MC_BLOCK Block = Invented();
    MC_DAMAGE Damage;

    (void)State;
    Block.User = (ULONG_PTR)Raw + 16;
    memset(Raw, 'u', sizeof(Raw));
    McGuardWrite(Block.User - 16, 16);
    McGuardWrite(Block.User + 100, 28);
    McDamage(&Block, 0, 100, 28, &Damage);
    assert_int_equal(Damage.Changed, 0);
    Raw[16 + 101] = 'x';
    Raw[16 + 104] = 0;
    McDamage(&Block, 0, 100, 28, &Damage);
    assert_int_equal(Damage.Changed, 2);
    assert_int_equal(Damage.First, 101);
    assert_int_equal(Damage.Last, 104);
    assert_int_equal(Damage.DumpAt, 96);
    assert_int_equal(Damage.DumpLength, 32); /* to the end of the raw block, no further */
    assert_int_equal(Damage.Marked[0], 0);   /* the driver's own byte */
    assert_int_equal(Damage.Marked[4], 2);   /* a guard byte as it was */
    assert_int_equal(Damage.Marked[5], 1);
    assert_int_equal(Damage.Found[5], 'x');
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(where_knows_each_byte),
        cmocka_unit_test(where_of_an_empty_block),
        cmocka_unit_test(wild_tells_each_reason),
        cmocka_unit_test(wild_without_known_places),
        cmocka_unit_test(guard_byte_is_never_common),
        cmocka_unit_test(guard_depends_on_address_and_secret),
        cmocka_unit_test(guard_write_and_verify),
        cmocka_unit_test(fill_write_and_verify),
        cmocka_unit_test(fill_is_no_address),
        cmocka_unit_test(damage_is_counted_and_shown),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
