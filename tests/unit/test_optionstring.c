/*
 * test_optionstring.c - the syntax of the option string: each form, each mistake, and strings of
 * chance that end at a page nobody can read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "core.h"
#include "optionstring.h"

/* Columns of a line of help, with a driver's name of up to 12 characters before it. */
#define HELP_COLUMNS (100 - (int)(sizeof("memcheck[] ") - 1) - 12)

static MC_OPTION_ITEM Only(const char *String)
{
    const char *At = String;
    MC_OPTION_ITEM Item, Second;

    memset(&Item, 0xEE, sizeof(Item));
    assert_true(McOptionNext(&At, &Item));
    assert_false(McOptionNext(&At, &Second));
    assert_true(*At == 0);
    return Item;
}

static BOOLEAN Is(const char *String, MC_ITEM What)
{
    MC_OPTION_ITEM Item = Only(String);

    if (Item.Is != What) {
        print_message("%s: item %d, expected %d\n", String, (int)Item.Is, (int)What);
    }
    return Item.Is == What;
}

/* The item's number, with which row it is; 0xEEEEEEEE: it is none, or another's. */
static ULONG NumberOf(const char *String, const char *Row)
{
    MC_OPTION_ITEM Item = Only(String);

    return Item.Is == McItemNumber && strcmp(Item.Row->Name, Row) == 0 ? Item.Number : 0xEEEEEEEE;
}

static BOOLEAN ListIs(const char *String, const char *Row, const char *Value)
{
    MC_OPTION_ITEM Item = Only(String);

    return Item.Is == McItemList && strcmp(Item.Row->Name, Row) == 0 &&
           Item.ValueLength == strlen(Value) && memcmp(Item.Value, Value, Item.ValueLength) == 0;
}

static BOOLEAN TextIs(const MC_OPTION_ITEM *Item, const char *Text)
{
    return Item->Length == strlen(Text) && memcmp(Item->Text, Text, Item->Length) == 0;
}

/* ---- what is right ---- */

static void nothing_is_no_item(void **State)
{
    static const char *const Empty[] = {"", " ", ",", " , ;\t,,;", "\r\n"};
    MC_OPTION_ITEM Item;
    const char *At;
    size_t I;

    (void)State;
    for (I = 0; I < sizeof(Empty) / sizeof(Empty[0]); I++) {
        At = Empty[I];
        assert_false(McOptionNext(&At, &Item));
        assert_true(*At == 0);
    }
}

static void numbers_are_read(void **State)
{
    (void)State;
    assert_int_equal(NumberOf("learn=0", "learn"), 0);
    assert_int_equal(NumberOf("learn=17", "learn"), 17);
    assert_int_equal(NumberOf("learn=0x1F", "learn"), 31);
    assert_int_equal(NumberOf("learn=0X1f", "learn"), 31);
    assert_int_equal(NumberOf("fill=1k", "fill"), 1024);
    assert_int_equal(NumberOf("fill=0x10K", "fill"), 16384);
    assert_int_equal(NumberOf("fill=1M", "fill"), 1048576);
    assert_int_equal(NumberOf("learn=00012", "learn"), 12);
    assert_int_equal(NumberOf("learn='12'", "learn"), 12);
    assert_int_equal(NumberOf(" LEARN = 3 ", "learn"), 3);
}

static void kilobytes_have_two_names(void **State)
{
    (void)State;
    assert_int_equal(NumberOf("quarantine-kb=64", "quarantine-kb"), 64);
    assert_int_equal(NumberOf("quarantine-kb=1k", "quarantine-kb"), 1024);
    assert_int_equal(NumberOf("quarantine=4m", "quarantine-kb"), 4096);
    assert_int_equal(NumberOf("quarantine=64k", "quarantine-kb"), 64);
    assert_int_equal(NumberOf("quarantine=65536", "quarantine-kb"), 64);
    assert_int_equal(NumberOf("quarantine-blocks=9", "quarantine-blocks"), 9);
    assert_true(Is("quarantine=1025", McItemNotMultiple));
    assert_true(Is("quarantine=2049m", McItemOutOfBounds));
    assert_true(Is("quarantin=4m", McItemUnknown));
    assert_true(Is("redzone-kb=1", McItemUnknown));
}

static void switches_have_three_forms(void **State)
{
    (void)State;
    assert_int_equal(NumberOf("free-print", "free-print"), 1);
    assert_int_equal(NumberOf("no-free-print", "free-print"), 0);
    assert_int_equal(NumberOf("No-Free-Print", "free-print"), 0);
    assert_int_equal(NumberOf("free-print=1", "free-print"), 1);
    assert_int_equal(NumberOf("free-print=0", "free-print"), 0);
    assert_true(Is("free-print=2", McItemNotSwitch));
    assert_true(Is("free-print=on", McItemNotSwitch));
    assert_true(Is("free-print=", McItemNoValue));
    assert_true(Is("no-free-print=1", McItemUnknown));
}

static void lists_hold_commas_in_quotes(void **State)
{
    (void)State;
    assert_true(ListIs("owned-tags=Irpx", "owned-tags", "Irpx"));
    assert_true(ListIs("owned-tags=", "owned-tags", ""));
    assert_true(ListIs("owned-tags=\"\"", "owned-tags", ""));
    assert_true(ListIs("owned-sites=\"a.c:1,b.c\"", "owned-sites", "a.c:1,b.c"));
    assert_true(ListIs("owned-sites='a.c:1;\"b.c'", "owned-sites", "a.c:1;\"b.c"));
    assert_true(ListIs("owned-tags = 'Foo ' ", "owned-tags", "Foo "));
    assert_true(ListIs("owned-tags = Foo ", "owned-tags", "Foo"));
    assert_true(ListIs("owned-tags=a=b", "owned-tags", "a=b"));
}

static void items_are_parted_by_commas_and_semicolons(void **State)
{
    const char *At = "redzone=32, owned-sites='a,b;c' ;; help ,no-repeat,defaults";
    MC_OPTION_ITEM Item;

    (void)State;
    assert_true(McOptionNext(&At, &Item) && Item.Is == McItemNumber && TextIs(&Item, "redzone=32"));
    assert_true(McOptionNext(&At, &Item) && Item.Is == McItemList &&
                TextIs(&Item, "owned-sites='a,b;c'"));
    assert_true(McOptionNext(&At, &Item) && Item.Is == McItemHelp && TextIs(&Item, "help"));
    assert_true(McOptionNext(&At, &Item) && Item.Is == McItemNumber && TextIs(&Item, "no-repeat"));
    assert_true(McOptionNext(&At, &Item) && Item.Is == McItemDefaults);
    assert_false(McOptionNext(&At, &Item));
}

/* ---- what is wrong ---- */

static void each_mistake_is_told_apart(void **State)
{
    (void)State;
    assert_true(Is("redzon=32", McItemUnknown));
    assert_true(Is("redzonee=32", McItemUnknown));
    assert_true(Is("=32", McItemUnknown));
    assert_true(Is("red zone=32", McItemUnknown));
    assert_true(Is("no-", McItemUnknown));
    assert_true(Is("no-such", McItemUnknown));
    assert_true(Is("helpme", McItemUnknown));
    assert_true(Is("help=1", McItemUnknown));
    assert_true(Is("redzone", McItemNoValue));
    assert_true(Is("redzone=", McItemNoValue));
    assert_true(Is("redzone = ''", McItemNoValue));
    assert_true(Is("owned-tags", McItemNoValue));
    assert_true(Is("no-redzone", McItemNoSwitch));
    assert_true(Is("no-owned-tags", McItemNoSwitch));
    assert_true(Is("learn=x", McItemNotNumber));
    assert_true(Is("learn=-1", McItemNotNumber));
    assert_true(Is("learn=+1", McItemNotNumber));
    assert_true(Is("learn=0x", McItemNotNumber));
    assert_true(Is("learn=0xg", McItemNotNumber));
    assert_true(Is("learn=12a", McItemNotNumber));
    assert_true(Is("learn=1kb", McItemNotNumber));
    assert_true(Is("learn=k", McItemNotNumber));
    assert_true(Is("learn=1 2", McItemNotNumber));
    assert_true(Is("learn=1.5", McItemNotNumber));
    assert_true(Is("redzone=0", McItemOutOfBounds));
    assert_true(Is("redzone=4096", McItemOutOfBounds));
    assert_true(Is("learn=1048577", McItemOutOfBounds));
    assert_true(Is("redzone=17", McItemNotMultiple));
    assert_true(Is("owned-tags=\"a", McItemOpenQuote));
    assert_true(Is("owned-tags='a\"", McItemOpenQuote));
    assert_true(Is("owned-tags='a'b", McItemBehindQuote));
    assert_true(Is("learn='1' 2", McItemBehindQuote));
}

/* A number that no word holds is out of bounds, and does not come round to one that fits. */
static void large_numbers_do_not_wrap(void **State)
{
    (void)State;
    assert_int_equal(NumberOf("learn=0x100000", "learn"), 0x100000);
    assert_true(Is("learn=4294967296", McItemOutOfBounds));
    assert_true(Is("learn=4294967297", McItemOutOfBounds));
    assert_true(Is("learn=0x100000001", McItemOutOfBounds));
    assert_true(Is("learn=18446744073709551617", McItemOutOfBounds));
    assert_true(Is("learn=4194305k", McItemOutOfBounds));
    assert_true(Is("learn=4097m", McItemOutOfBounds));
    assert_true(Is("learn=4294967295", McItemOutOfBounds));
    assert_true(Is("free-print=4294967297", McItemNotSwitch));
}

static void a_mistake_ends_with_its_item(void **State)
{
    static const char *const Wrong[] = {"nonsense",         "learn=x",         "owned-tags=\"open",
                                        "owned-tags='a' b", "learn='1' 'open", "owned-tags='a'=b"};
    char String[200];
    MC_OPTION_ITEM Item;
    const char *At;
    size_t I;

    (void)State;
    for (I = 0; I < sizeof(Wrong) / sizeof(Wrong[0]); I++) {
        snprintf(String, sizeof(String), "fill=64 , %s ,redzone=48", Wrong[I]);
        At = String;
        assert_true(McOptionNext(&At, &Item) && Item.Is == McItemNumber && Item.Number == 64);
        assert_true(McOptionNext(&At, &Item) && Item.Is >= McItemUnknown);
        assert_true(TextIs(&Item, Wrong[I]));
        assert_true(McOptionNext(&At, &Item) && Item.Is == McItemNumber && Item.Number == 48);
        assert_false(McOptionNext(&At, &Item));
    }
}

/* ---- any string ---- */

static ULONG Random(void)
{
    static ULONG Seed = 4711;

    Seed ^= Seed << 13;
    Seed ^= Seed >> 17;
    Seed ^= Seed << 5;
    return Seed;
}

/* Each item lies in the string, behind the one before; nothing behind the NUL is read. */
static void any_string_is_read_to_its_end(void **State)
{
    static const char *const Parts[] = {
        "redzone",    "fill",       "no-",  "=",         "=",   "32",        "0x", "k",
        ",",          ",",          ";",    " ",         "'",   "\"",        "\t", "help",
        "owned-tags", "free-print", "\x80", "999999999", "-kb", "quarantine"};
    char *Page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char Text[400];
    ULONG Round, Part, Items = 0, Good = 0;

    (void)State;
    assert_true(Page != MAP_FAILED && mprotect(Page + 4096, 4096, PROT_NONE) == 0);
    for (Round = 0; Round < 20000; Round++) {
        size_t Length = 0;
        const char *At, *Last;
        MC_OPTION_ITEM Item;

        Text[0] = 0;
        for (Part = Random() % 20; Part != 0; Part--) {
            strcat(Text, Parts[Random() % (sizeof(Parts) / sizeof(Parts[0]))]);
        }
        Length = strlen(Text);
        memcpy(Page + 4096 - Length - 1, Text, Length + 1);
        At = Last = Page + 4096 - Length - 1;
        while (McOptionNext(&At, &Item)) {
            assert_true(Item.Text >= Last && Item.Length != 0);
            assert_true(Item.Text + Item.Length <= At && At <= Page + 4095);
            assert_true(Item.ValueLength == 0 ||
                        (Item.Value > Item.Text &&
                         Item.Value + Item.ValueLength <= Item.Text + Item.Length));
            if (Item.Is == McItemNumber) {
                Good++;
                assert_true(Item.Number >= Item.Row->Low && Item.Number <= Item.Row->High);
                assert_true(Item.Number % Item.Row->Multiple == 0);
            }
            Last = At;
            Items++;
        }
        assert_true(*At == 0 && At == Page + 4095);
    }
    assert_true(Items > 20000 && Good > 300);
    munmap(Page, 8192);
}

/* ---- the table ---- */

static void names_can_be_told_apart(void **State)
{
    char Bare[64];
    ULONG I, J;

    (void)State;
    for (I = 0; I < McOptionRowCount; I++) {
        const MC_OPTION_ROW *Row = &McOptionRows[I];
        const size_t Length = strlen(Row->Name);

        assert_true(Length > 0 &&
                    strspn(Row->Name, "abcdefghijklmnopqrstuvwxyz0123456789-") == Length);
        assert_true(strncmp(Row->Name, "no-", 3) != 0 && strcmp(Row->Name, "help") != 0 &&
                    strcmp(Row->Name, "defaults") != 0);
        assert_true((Row->Number != NULL) != (Row->List != NULL));
        for (J = 0; J < I; J++) {
            assert_string_not_equal(Row->Name, McOptionRows[J].Name);
        }
        if (Length > 3 && strcmp(Row->Name + Length - 3, "-kb") == 0) {
            snprintf(Bare, sizeof(Bare), "%.*s", (int)Length - 3, Row->Name);
            for (J = 0; J < McOptionRowCount; J++) {
                assert_string_not_equal(Bare, McOptionRows[J].Name);
            }
            assert_true(Row->High <= 0xFFFFFFFFu / 1024);
        }
    }
}

static void each_row_is_reached_by_its_name(void **State)
{
    char Text[80];
    ULONG I;

    (void)State;
    for (I = 0; I < McOptionRowCount; I++) {
        const MC_OPTION_ROW *Row = &McOptionRows[I];
        MC_OPTION_ITEM Item;

        snprintf(Text, sizeof(Text), "%s=%u", Row->Name, (unsigned)Row->High);
        Item = Only(Text);
        assert_true(Item.Row == Row);
        assert_int_equal(Item.Is, Row->List != NULL ? McItemList : McItemNumber);
        if (Row->Number != NULL) {
            assert_int_equal(Item.Number, Row->High);
            snprintf(Text, sizeof(Text), "%s=%llu", Row->Name, (unsigned long long)Row->High + 1);
            assert_true(Is(Text, McOptionIsSwitch(Row) ? McItemNotSwitch : McItemOutOfBounds));
        }
    }
}

static void help_is_one_line_each(void **State)
{
    char Line[300], Small[10];
    ULONG I;

    (void)State;
    for (I = 0; I < McOptionRowCount; I++) {
        const MC_OPTION_ROW *Row = &McOptionRows[I];
        ULONG Length = McOptionHelp(Row, Line, sizeof(Line));

        assert_int_equal(Length, strlen(Line));
        if (strlen(Line) > HELP_COLUMNS) {
            print_message("%d columns, %d fit: %s\n", (int)strlen(Line), HELP_COLUMNS, Line);
        }
        assert_true(strlen(Line) <= HELP_COLUMNS);
        assert_true(strncmp(Line, Row->Name, strlen(Row->Name)) == 0);
        assert_true(strstr(Line, Row->Help) != NULL);
        assert_int_equal(McOptionHelp(Row, Small, sizeof(Small)), sizeof(Small) - 1);
        assert_true(strncmp(Small, Line, sizeof(Small) - 1) == 0 && Small[sizeof(Small) - 1] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(nothing_is_no_item),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(kilobytes_have_two_names),
        cmocka_unit_test(switches_have_three_forms),
        cmocka_unit_test(lists_hold_commas_in_quotes),
        cmocka_unit_test(items_are_parted_by_commas_and_semicolons),
        cmocka_unit_test(each_mistake_is_told_apart),
        cmocka_unit_test(large_numbers_do_not_wrap),
        cmocka_unit_test(a_mistake_ends_with_its_item),
        cmocka_unit_test(any_string_is_read_to_its_end),
        cmocka_unit_test(names_can_be_told_apart),
        cmocka_unit_test(each_row_is_reached_by_its_name),
        cmocka_unit_test(help_is_one_line_each),
    };

    return cmocka_run_group_tests(Tests, NULL, NULL);
}
