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

/* Buffers that are copied whole begin pages apart as a rule. */
static void guard_depends_on_pages_too(void **State)
{
    ULONG_PTR Distance;
    ULONG Same, Address;

    (void)State;
    for (Distance = 0x1000; Distance <= 0x80000;
         Distance += Distance < 0x10000 ? 0x1000 : Distance) {
        Same = 0;
        for (Address = 0x80001000u; Address < 0x80003000u; Address++)
            Same += McGuardByte(Address) == McGuardByte(Address + Distance);
        assert_true(Same < 0x2000 / 5); /* an eighth is a byte of a word, by chance */
    }
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
    assert_int_equal(Damage.Expected[5], McGuardByte(Block.User + 101));
    assert_int_equal(Damage.Expected[8], McGuardByte(Block.User + 104));
}

/* ---- what changed bytes look like ---- */

/* A window whose bytes At to At + Length were changed to these; around them intact guard bytes. */
static MC_DAMAGE Changed(ULONG At, const void *Bytes, ULONG Length)
{
    MC_DAMAGE Damage;

    memset(&Damage, 0, sizeof(Damage));
    Damage.DumpAt = 96;
    Damage.DumpLength = MC_DUMP_BYTES;
    Damage.First = 96 + (LONG_PTR)At;
    Damage.Last = Damage.First + (LONG_PTR)Length - 1;
    Damage.Changed = Length;
    memset(Damage.Found, 0xB5, sizeof(Damage.Found));
    memset(Damage.Marked, 2, sizeof(Damage.Marked));
    memcpy(Damage.Found + At, Bytes, Length);
    memset(Damage.Marked + At, 1, Length);
    return Damage;
}

static MC_LOOK Look(ULONG At, const void *Bytes, ULONG Length)
{
    MC_DAMAGE Damage = Changed(At, Bytes, Length);

    return McLook(&Damage, McLookNothing);
}

#define LOOK(Bytes) Look(4, Bytes, sizeof(Bytes) - 1)

static void look_tells_each_sort(void **State)
{
    (void)State;
    assert_int_equal(LOOK("\0\0"), McLookZeros);
    assert_int_equal(LOOK("\xff\xff\xff"), McLookOnes);
    assert_int_equal(LOOK("\xa7\xa7\xa7\xa7"), McLookFill);
    assert_int_equal(LOOK("\xb1\xbe\xb0\xb4"), McLookGuard);
    assert_int_equal(LOOK("text"), McLookText);
    assert_int_equal(LOOK("abc\0"), McLookText);
    assert_int_equal(LOOK("a b\r\n\0\0\0"), McLookText);
    assert_int_equal(LOOK("a\0b\0"), McLookWide);
    assert_int_equal(LOOK("a\0b\0\0\0"), McLookWide);
    assert_int_equal(LOOK("\0a\0b\0"), McLookWide); /* from the middle of a character on */
}

/* Where it may be anything nothing is said. */
static void look_is_silent_where_nothing_fits(void **State)
{
    (void)State;
    assert_int_equal(LOOK("\0"), McLookNothing);
    assert_int_equal(LOOK("\xff"), McLookNothing);
    assert_int_equal(LOOK("abc"), McLookNothing);
    assert_int_equal(LOOK("a\0\0\0"), McLookNothing); /* a number */
    assert_int_equal(LOOK("ab\0\0"), McLookNothing);
    assert_int_equal(LOOK("ab\0c"), McLookNothing);
    assert_int_equal(LOOK("text\x80"), McLookNothing);
    assert_int_equal(LOOK("\xff\xff\0\0"), McLookNothing);
    assert_int_equal(LOOK("\xb1\xbe\xb0"), McLookNothing);
    assert_int_equal(LOOK("\xb1\xbe\xb0\xc4"), McLookNothing);
    assert_int_equal(LOOK("\xa7\xa7\xa7\xa8"), McLookNothing);
}

/* Two bytes changed far from each other, the rest intact guard bytes: no copy of guard bytes, and
 * no text; but what is said of all changed bytes is said of them. */
static void look_sees_gaps(void **State)
{
    MC_DAMAGE Damage = Changed(0, "\xb1\xb2\xb3\xb4\xb6\xb7", 6);

    (void)State;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookGuard);
    memset(Damage.Marked + 1, 2, 4);
    Damage.Changed = 2;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookNothing);
    Damage = Changed(0, "texttext", 8);
    Damage.Marked[3] = 2;
    Damage.Found[3] = 0xB3;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookNothing);
    Damage = Changed(0, "\0\0\0\0", 4);
    Damage.Marked[2] = 2;
    Damage.Found[2] = 0xB3;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookZeros);
}

/* What a look-up has found says more than the bytes do; without damage there is nothing. */
static void look_takes_what_was_looked_up(void **State)
{
    MC_DAMAGE Damage = Changed(0, "texttext", 8);

    (void)State;
    assert_int_equal(McLook(&Damage, McLookImage), McLookImage);
    assert_int_equal(McLook(&Damage, McLookBlock), McLookBlock);
    Damage.Changed = 0;
    assert_int_equal(McLook(&Damage, McLookBlock), McLookNothing);
}

/* Damage that goes on behind the window is judged by what is in it. */
static void look_stays_in_the_window(void **State)
{
    char Zeros[MC_DUMP_BYTES] = {0};
    MC_DAMAGE Damage = Changed(0, Zeros, sizeof(Zeros));

    (void)State;
    Damage.Last += 1000000;
    Damage.Changed += 1000000;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookZeros);
    Damage.DumpLength = 16;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookZeros);
    Damage.DumpLength = 0;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookNothing);
}

/* Whatever the numbers say, nothing is read that is not there. */
static void look_takes_any_window(void **State)
{
    static const LONG_PTR Offsets[] = {0, -1, -16, 47, 48, 4096, (LONG_PTR)((SIZE_T)-1 / 2)};
    static const ULONG Lengths[] = {0, 1, 47, 48, 49, 0xFFFFFFFFu};
    const ULONG Count = sizeof(Offsets) / sizeof(Offsets[0]);
    char Ones[MC_DUMP_BYTES];
    MC_DAMAGE Damage;
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    ULONG Index;

    (void)State;
    memset(Ones, 0x11, sizeof(Ones));
    for (Index = 0; Index < Count * Count * 6; Index++) {
        Damage = Changed(0, Ones, sizeof(Ones));
        Damage.DumpAt = 0;
        Damage.First = Offsets[Index % Count];
        Damage.Last = Offsets[Index / Count % Count];
        Damage.DumpLength = Lengths[Index / Count / Count];
        assert_true(McLookPointers(&Damage, Pointers) <= MC_LOOK_POINTERS);
        McLook(&Damage, McLookNothing);
    }
    Damage = Changed(0, Ones, sizeof(Ones));
    Damage.First += 4096; /* not in the window: nothing is known of it */
    Damage.Last += 4096;
    assert_int_equal(McLook(&Damage, McLookNothing), McLookNothing);
    assert_int_equal(McLookPointers(&Damage, Pointers), 0);
}

static void pointers_are_aligned_words_first(void **State)
{
    const ULONG_PTR Word = (ULONG_PTR)0x0102030405060708u;
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    UCHAR Bytes[2 * sizeof(Word)];
    MC_DAMAGE Damage;

    (void)State;
    memcpy(Bytes, &Word, sizeof(Word));
    memset(Bytes + sizeof(Word), 1, sizeof(Word));
    Damage = Changed(16, Bytes, sizeof(Bytes));
    assert_int_equal(McLookPointers(&Damage, Pointers), 2);
    assert_int_equal(Pointers[0], Word);
    Damage = Changed(17, Bytes, sizeof(Word)); /* at an odd place */
    assert_int_equal(Pointers[McLookPointers(&Damage, Pointers) - 1], Word);
    Damage = Changed(16, Bytes, 1); /* one byte is no pointer */
    assert_int_equal(McLookPointers(&Damage, Pointers), 0);
}

/* The first half of a word may be the driver's own: the pointer stands across the buffer's end. */
static void pointers_may_begin_before_the_damage(void **State)
{
    const ULONG_PTR Word = (ULONG_PTR)0x1112131415161718u;
    const ULONG Half = sizeof(Word) / 2;
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    UCHAR Bytes[sizeof(Word)];
    MC_DAMAGE Damage;

    (void)State;
    memcpy(Bytes, &Word, sizeof(Word));
    Damage = Changed(16 + Half, Bytes + Half, Half);
    memcpy(Damage.Found + 16, Bytes, Half);
    memset(Damage.Marked + 16, 0, Half);
    assert_int_equal(McLookPointers(&Damage, Pointers), 1);
    assert_int_equal(Pointers[0], Word);
}

static void pointers_are_bounded(void **State)
{
    UCHAR Bytes[MC_DUMP_BYTES];
    ULONG_PTR Pointers[MC_LOOK_POINTERS];
    MC_DAMAGE Damage;
    ULONG At;

    (void)State;
    memset(Bytes, 0x11, sizeof(Bytes));
    for (At = 0; At < MC_DUMP_BYTES; At++) {
        Damage = Changed(At, Bytes, MC_DUMP_BYTES - At);
        assert_true(McLookPointers(&Damage, Pointers) <= MC_LOOK_POINTERS);
    }
    Damage.Changed = 0;
    assert_int_equal(McLookPointers(&Damage, Pointers), 0);
}

/* ---- the likely culprit ---- */

static MC_NEIGHBOUR Beside(ULONG_PTR User, ULONG Front, SIZE_T Size, ULONG Rear)
{
    MC_NEIGHBOUR Neighbour;

    memset(&Neighbour, 0, sizeof(Neighbour));
    Neighbour.User = User;
    Neighbour.Front = Front;
    Neighbour.Size = Size;
    Neighbour.Rear = Rear;
    Neighbour.Number = 6;
    return Neighbour;
}

static MC_CULPRIT Culprit(LONG_PTR First, LONG_PTR Last, const MC_NEIGHBOUR *Before,
                          const MC_NEIGHBOUR *After)
{
    static const MC_NEIGHBOUR Nobody;
    MC_BLOCK Block = Invented();
    MC_DAMAGE Damage;

    memset(&Damage, 0, sizeof(Damage));
    Damage.First = First;
    Damage.Last = Last;
    Damage.Changed = (SIZE_T)(Last - First + 1);
    return McCulprit(&Block, &Damage, Before ? Before : &Nobody, After ? After : &Nobody);
}

/* The block's raw extent is 0x80001030 to 0x800010c0. */
static void culprit_before_needs_the_far_edge(void **State)
{
    MC_NEIGHBOUR Plain = Beside(0x80001000u, 0, 16, 16);
    MC_NEIGHBOUR Owned = Beside(0x80001000u, 16, 16, 16);

    (void)State;
    assert_int_equal(Culprit(-16, -1, &Plain, NULL), McCulpritBefore);
    assert_int_equal(Culprit(-16, -9, &Plain, NULL), McCulpritBefore);
    assert_int_equal(Culprit(-15, -1, &Plain, NULL), McCulpritNone); /* an index below 0 */
    assert_int_equal(Culprit(-16, -1, NULL, NULL), McCulpritNone);
    assert_int_equal(Culprit(-16, -1, &Owned, NULL), McCulpritNone);
    assert_int_equal(Culprit(100, 127, &Plain, NULL), McCulpritNone); /* the other end */
    Owned.Damaged = TRUE;
    assert_int_equal(Culprit(-16, -1, &Owned, NULL), McCulpritBeforeDamaged);
    assert_int_equal(Culprit(-15, -1, &Owned, NULL), McCulpritNone);
}

static void culprit_behind_needs_the_far_edge(void **State)
{
    MC_NEIGHBOUR Plain = Beside(0x800010d0u, 0, 16, 16);
    MC_NEIGHBOUR Owned = Beside(0x800010e0u, 16, 16, 16);

    (void)State;
    assert_int_equal(Culprit(120, 127, NULL, &Plain), McCulpritAfter);
    assert_int_equal(Culprit(100, 127, NULL, &Plain), McCulpritNone); /* our own overrun */
    assert_int_equal(Culprit(120, 126, NULL, &Plain), McCulpritNone);
    assert_int_equal(Culprit(120, 127, NULL, &Owned), McCulpritNone);
    Owned.Damaged = TRUE;
    assert_int_equal(Culprit(120, 127, NULL, &Owned), McCulpritAfterDamaged);
}

/* Between blocks that lie side by side there is the pool's header, and nothing else. */
static void culprit_is_right_beside(void **State)
{
    MC_NEIGHBOUR Before = Beside(0x80001030u - 32 - 2 * MC_POOL_ALIGNMENT, 0, 16, 16);
    MC_NEIGHBOUR After = Beside(0x800010c0u + 2 * MC_POOL_ALIGNMENT, 0, 16, 16);

    (void)State;
    assert_int_equal(Culprit(-16, -1, &Before, NULL), McCulpritBefore);
    Before.User--;
    assert_int_equal(Culprit(-16, -1, &Before, NULL), McCulpritNone);
    assert_int_equal(Culprit(120, 127, NULL, &After), McCulpritAfter);
    After.User++;
    assert_int_equal(Culprit(120, 127, NULL, &After), McCulpritNone);
}

/* Of a block that has no guard bytes in front there is no front edge. */
static void culprit_of_a_plain_block(void **State)
{
    MC_NEIGHBOUR Before = Beside(0x80001000u, 0, 16, 16);
    MC_NEIGHBOUR After = Beside(0x800010d0u, 0, 16, 16);
    MC_BLOCK Block = Invented();
    MC_DAMAGE Damage;

    (void)State;
    memset(&Damage, 0, sizeof(Damage));
    Block.Front = 0;
    assert_int_equal(McCulprit(&Block, &Damage, &Before, &After), McCulpritNone);
    Damage.Changed = 1;
    assert_int_equal(McCulprit(&Block, &Damage, &Before, &After), McCulpritNone);
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
        cmocka_unit_test(guard_depends_on_pages_too),
        cmocka_unit_test(guard_write_and_verify),
        cmocka_unit_test(fill_write_and_verify),
        cmocka_unit_test(fill_is_no_address),
        cmocka_unit_test(damage_is_counted_and_shown),
        cmocka_unit_test(look_tells_each_sort),
        cmocka_unit_test(look_is_silent_where_nothing_fits),
        cmocka_unit_test(look_sees_gaps),
        cmocka_unit_test(look_takes_what_was_looked_up),
        cmocka_unit_test(look_stays_in_the_window),
        cmocka_unit_test(look_takes_any_window),
        cmocka_unit_test(pointers_are_aligned_words_first),
        cmocka_unit_test(pointers_may_begin_before_the_damage),
        cmocka_unit_test(pointers_are_bounded),
        cmocka_unit_test(culprit_before_needs_the_far_edge),
        cmocka_unit_test(culprit_behind_needs_the_far_edge),
        cmocka_unit_test(culprit_is_right_beside),
        cmocka_unit_test(culprit_of_a_plain_block),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
