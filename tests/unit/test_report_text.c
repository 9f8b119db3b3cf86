/*
 * The text layer at its edges, and the properties that hold for any finding whatever: no line of
 * more than 100 columns (the machine line: 400), no unprintable character, no read outside the
 * finding and its strings (run it under AddressSanitizer), and a machine line that one regular
 * expression reads.
 */
#include <regex.h>
#include "test_report_fake.h"

static char Buffer[64];
static MC_TEXT Text;

static const char *Start(void)
{
    McTextStart(&Text, Buffer, sizeof(Buffer), NULL, NULL);
    return Buffer;
}

static void TestNumbers(void **State)
{
    (void)State;
    Start();
    McTextDecimal(&Text, 0);
    McTextChar(&Text, ' ');
    McTextDecimal(&Text, 4294967295u);
    McTextChar(&Text, ' ');
    McTextHex(&Text, 0x2f, 4);
    McTextChar(&Text, ' ');
    McTextHex0x(&Text, 0);
    McTextChar(&Text, ' ');
    McTextSigned(&Text, -4, 3);
    McTextChar(&Text, ' ');
    McTextSigned(&Text, 1234, 3);
    McTextChar(&Text, ' ');
    McTextSigned(&Text, 0, 1);
    assert_string_equal(Buffer, "0 4294967295 002f 0x0 -004 +1234 +0");
    assert_false(Text.Cut);
    Start();
    McTextSigned(&Text, 99, 3);
    McTextSigned(&Text, 100, 3);
    McTextSigned(&Text, (LONG_PTR)((SIZE_T)1 << (sizeof(SIZE_T) * 8 - 1)), 3);
    assert_string_equal(Buffer, sizeof(SIZE_T) > 4 ? "+099+100-9223372036854775808"
                                                   : "+099+100-2147483648");
    Start();
    McTextCount(&Text, 1, "byte");
    McTextCount(&Text, 0, "byte");
    assert_string_equal(Buffer, "1 byte0 bytes");
}

static void TestCut(void **State)
{
    char Small[4];

    (void)State;
    McTextStart(&Text, Small, sizeof(Small), NULL, NULL);
    McTextString(&Text, "abc");
    assert_false(Text.Cut);
    McTextString(&Text, "d");
    assert_true(Text.Cut);
    assert_string_equal(Small, "abc");
}

static void TestNames(void **State)
{
    (void)State;
    Start();
    McTextFile(&Text, "c:\\a/b\\driver.c");
    McTextFile(&Text, "x.c");
    McTextFile(&Text, NULL);
    McTextFile(&Text, "folder/");
    assert_string_equal(Buffer, "driver.cx.c??");
    Start();
    McTextName(&Text, "1234567890123456789012345678901234567890");
    assert_int_equal(strlen(Buffer), MC_NAME_LENGTH);
    Start();
    McTextString(&Text, "a\tb\x7f\xe9");
    assert_string_equal(Buffer, "a.b..");
}

static void TestTags(void **State)
{
    (void)State;
    Start();
    McTextTag(&Text, 0x78707249);
    McTextTag(&Text, 0xf8707249);
    McTextTag(&Text, 0);
    assert_string_equal(Buffer, "'Irpx''Irpx' (protected)none");
    Start();
    McTextTag(&Text, 0x00414243);
    assert_string_equal(Buffer, "'CBA.' 0x00414243");
}

static void Pool(ULONG PoolType, ULONG Attributes, const char *Expected)
{
    char Wide[MC_LINE_SIZE];
    MC_BLOCK Block;

    memset(&Block, 0, sizeof(Block));
    Block.PoolType = PoolType;
    Block.Attributes = Attributes;
    McTextStart(&Text, Wide, sizeof(Wide), NULL, NULL);
    McTextPool(&Text, &Block, "+");
    assert_string_equal(Wide, Expected);
}

/* The same number is one thing as a type and another as flags. */
static void TestPools(void **State)
{
    (void)State;
    Pool(0, 0, "NonPagedPool");
    Pool(1, MC_PAGED, "PagedPool");
    Pool(0x11, 0, "PagedPool+0x10");
    Pool(0x501, 0, "PagedPool+0x500");
    Pool(0x200, 0, "NonPagedPoolNx");
    Pool(0x204, 0, "NonPagedPoolNxCacheAligned");
    Pool(0x618, 0, "NonPagedPoolNx+0x418");
    Pool(3, 0, "pool:0x3");
    Pool(0x40, 0, "pool:0x40");
    Pool(0x40, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED");
    Pool(0x80, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED_EXECUTE");
    Pool(0x100, MC_BY_FLAGS | MC_PAGED, "POOL_FLAG_PAGED");
    Pool(0x101, MC_BY_FLAGS, "POOL_FLAG_PAGED+POOL_FLAG_USE_QUOTA");
    Pool(0x42, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED+POOL_FLAG_UNINITIALIZED");
    Pool(0x44, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED+POOL_FLAG_SESSION");
    Pool(0x48, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED+POOL_FLAG_CACHE_ALIGNED");
    Pool(0x60, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED+POOL_FLAG_RAISE_ON_FAILURE");
    Pool(0x80000240, MC_BY_FLAGS, "POOL_FLAG_NON_PAGED+0x80000200");
    Pool(0x200, MC_BY_FLAGS, "flags:0x200");
    Pool(0, MC_BY_FLAGS, "flags:0x0");
}

/* Beside what a computer with 64-bit division says. */
static void TestTimes(void **State)
{
    static const ULONG Ticks[] = {0,     1,      63,       64,         1000,
                                  99999, 100001, 86400000, 0x7fffffff, 0xffffffff};
    static const ULONG Micros[] = {1, 1000, 10000, 10144, 15625, 100000, 1000000};
    static const ULONG Divisors[] = {1, 1000, 100000, 1000000};
    unsigned long long Is;
    unsigned I, J, K;

    (void)State;
    for (I = 0; I < sizeof(Ticks) / sizeof(Ticks[0]); I++) {
        for (J = 0; J < sizeof(Micros) / sizeof(Micros[0]); J++) {
            for (K = 0; K < sizeof(Divisors) / sizeof(Divisors[0]); K++) {
                Is = (unsigned long long)Ticks[I] * Micros[J] / Divisors[K];
                if (Is > 0xffffffff) {
                    Is = 0xffffffff;
                }
                assert_int_equal(McTextScale(Ticks[I], Micros[J], Divisors[K]), Is);
            }
        }
    }
    Start();
    McTextSeconds(&Text, 787, 15625);
    assert_string_equal(Buffer, "12.2 s");
}

/* ---- breaking lines ---- */

static char Lines[16][MC_LINE_SIZE + 1];
static unsigned LineCount;

static VOID Keep(PVOID Unused, const char *Line)
{
    (void)Unused;
    assert_true(LineCount < 16);
    assert_true(strlen(Line) < MC_LINE_SIZE);
    strcpy(Lines[LineCount++], Line);
}

static void StartLines(ULONG Size)
{
    LineCount = 0;
    McTextStart(&Text, Buffer, Size, Keep, NULL);
    McTextString(&Text, "p ");
    McTextPrefix(&Text);
}

static void TestBreaks(void **State)
{
    (void)State;
    StartLines(25); /* 24 columns: prefix 2, label 10, text 12 */
    McTextLine(&Text, "label");
    McTextString(&Text, "one two three four");
    McTextLineEnd(&Text);
    assert_int_equal(LineCount, 2);
    assert_string_equal(Lines[0], "p label     one two");
    assert_string_equal(Lines[1], "p           three four");

    StartLines(25); /* a word that fits to the last column stays */
    McTextLine(&Text, "label");
    McTextString(&Text, "123 45678901 x");
    McTextLineEnd(&Text);
    assert_string_equal(Lines[0], "p label     123 45678901");
    assert_string_equal(Lines[1], "p           x");

    StartLines(25); /* a word longer than a line is broken where it is */
    McTextLine(&Text, "label");
    McTextString(&Text, "123456789012345678901234567");
    McTextLineEnd(&Text);
    assert_int_equal(LineCount, 3);
    assert_string_equal(Lines[0], "p label     123456789012");
    assert_string_equal(Lines[2], "p           567");

    StartLines(25); /* one that would leave an empty line moves to the left instead */
    McTextLine(&Text, "");
    McTextString(&Text, "  12345678901");
    McTextLineEnd(&Text);
    assert_int_equal(LineCount, 1);
    assert_string_equal(Lines[0], "p           12345678901");

    StartLines(13); /* no room for text at all: cut, and no endless loop */
    McTextLine(&Text, "label");
    McTextString(&Text, "123456");
    McTextLineEnd(&Text);
    assert_true(Text.Cut);
    assert_int_equal(LineCount, 1);
    StartLines(6); /* nor for the label */
    McTextLine(&Text, "label");
    McTextLineEnd(&Text);
    assert_string_equal(Lines[0], "p lab");
}

/* ---- any finding ---- */

static unsigned Seed = 1;

static unsigned Random(void)
{
    Seed = Seed * 1103515245 + 12345;
    return Seed >> 8;
}

static char *RandomString(void)
{
    char Text[200];
    unsigned Length = Random() % 4 == 0 ? Random() % 199 : Random() % 40;
    unsigned Index;

    if (Random() % 8 == 0) {
        return NULL;
    }
    for (Index = 0; Index < Length; Index++) {
        Text[Index] = (char)(Random() % 3 == 0 ? Random() % 255 + 1 : 'a' + Random() % 26);
    }
    Text[Length] = 0;
    return FakeString(Text);
}

static void RandomBytes(void *P, size_t Size)
{
    unsigned char *Byte = P;

    while (Size-- != 0) {
        *Byte++ = (unsigned char)(Random() % 4 == 0 ? 0 : Random() % 4 == 0 ? 0xff : Random());
    }
}

static VOID Check(PVOID Count, const char *Line)
{
    size_t Index;

    assert_true(strlen(Line) < MC_LINE_SIZE);
    assert_memory_equal(Line, "memcheck[", 9);
    for (Index = 0; Line[Index] != 0; Index++) {
        assert_in_range(Line[Index], ' ', '~');
    }
    assert_true(Index == 0 || Line[Index - 1] != ' ');
    ++*(unsigned *)Count;
}

#define SITES 6

static void RandomFinding(MC_FINDING *F, MC_SITE *Sites[SITES])
{
    unsigned Index;

    RandomBytes(F, sizeof(*F));
    F->Kind = (MC_KIND)(Random() % (McKinds + 2));
    F->Reason = (MC_REASON)(Random() % (McReasons + 2));
    F->By = (MC_BY)(Random() % (McBys + 2));
    F->Action = (MC_ACTION)(Random() % (McActions + 2));
    F->Damage.Look = (MC_LOOK)(Random() % (McLooks + 2));
    F->Culprit = (MC_CULPRIT)(Random() % (McCulprits + 2));
    F->Routine = Random() % 4 != 0 ? Random() % (McRoutines + 2) : F->Routine;
    if (Random() % 8 == 0) {
        F->Kind = (MC_KIND)Random();
        F->Reason = (MC_REASON)-1;
    }
    for (Index = 0; Index < MC_DUMP_BYTES; Index++) {
        F->Damage.Marked[Index] = (UCHAR)(Random() % 3);
    }
    Sites[0] = &F->Found.Site;
    Sites[1] = &F->Block.Allocated.Site;
    Sites[2] = &F->Block.Freed.Site;
    Sites[3] = &F->Before.Allocated;
    Sites[4] = &F->After.Allocated;
    Sites[5] = &F->Pointed.Allocated;
    for (Index = 0; Index < SITES; Index++) {
        Sites[Index]->File = RandomString();
        Sites[Index]->Function = RandomString();
        RandomBytes(&FakeStacks[Index], sizeof(FakeStacks[Index]));
        FakeStacks[Index].Count = Random() % (MC_STACK_MOST + 1);
        Sites[Index]->Stack = Random() % 4 == 0 ? MC_STACK_LOST : Random() % 2 * (Index + 1);
    }
}

static void TestAnyFinding(void **State)
{
    MC_FINDING *F = malloc(sizeof(*F));
    MC_REPORT_CONTEXT Context;
    MC_SITE *Sites[SITES];
    char *Line = malloc(MC_MACHINE_SIZE);
    regex_t Expression;
    unsigned Round;
    unsigned Count;
    unsigned Index;

    (void)State;
    assert_int_equal(
        regcomp(&Expression, "^memcheck: v=1( [a-z_]+=[A-Za-z0-9_.:+%-]*)+$", REG_EXTENDED), 0);
    for (Round = 0; Round < 20000; Round++) {
        RandomFinding(F, Sites);
        RandomBytes(&Context, sizeof(Context));
        Context.Driver[Random() % sizeof(Context.Driver)] = 0;
        Context.Driver[MC_NAME_LENGTH] = 0;
        Count = 0;
        McTextStart(&Text, Line, MC_LINE_SIZE, Check, &Count);
        McDescribe(&Text, F, Random() % 3 ? Random() : 0xffffffff, &Context);
        assert_in_range(Count, 2, 200);
        McDescribeMachine(F, Random(), &Context, Line);
        assert_true(strlen(Line) < MC_MACHINE_SIZE);
        assert_int_equal(regexec(&Expression, Line, 0, NULL, 0), 0);
        for (Index = 0; Index < SITES; Index++) {
            free((char *)Sites[Index]->File);
            free((char *)Sites[Index]->Function);
        }
    }
    regfree(&Expression);
    free(Line);
    free(F);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestNumbers), cmocka_unit_test(TestCut),
        cmocka_unit_test(TestNames),   cmocka_unit_test(TestTags),
        cmocka_unit_test(TestPools),   cmocka_unit_test(TestTimes),
        cmocka_unit_test(TestBreaks),  cmocka_unit_test(TestAnyFinding),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
