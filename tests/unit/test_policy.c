/*
 * test_policy.c - the lists of the layout policy: which entries name a tag or a call site, and what
 * people write by mistake.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "rules.h"

#define IMAGE ((ULONG_PTR)0x40000)

static ULONG Tag(const char *Text)
{
    ULONG Value = 0;

    memcpy(&Value, Text, strlen(Text));
    return Value;
}

static BOOLEAN FileListed(const char *List, const char *File, ULONG Line)
{
    MC_SITE Site;

    Site.File = File;
    Site.Line = Line;
    Site.Function = "F";
    Site.ReturnAddress = IMAGE + 0x1234;
    return McPolicySiteListed(List, &Site, IMAGE);
}

static BOOLEAN OffsetListed(const char *List, ULONG_PTR Offset)
{
    MC_SITE Site;

    Site.File = NULL;
    Site.Line = 0;
    Site.Function = NULL;
    Site.ReturnAddress = IMAGE + Offset;
    return McPolicySiteListed(List, &Site, IMAGE);
}

/* ---- tags ---- */

static void tag_is_an_entry(void **State)
{
    (void)State;
    assert_true(McPolicyTagListed("Irpx", Tag("Irpx")));
    assert_true(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Irpx")));
    assert_true(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Foo ")));
    assert_true(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Ab")));
    assert_true(McPolicyTagListed("Irpx", Tag("Irpx") | 0x80000000)); /* protected, or not */
}

static void tag_is_no_part_of_an_entry(void **State)
{
    (void)State;
    assert_false(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Irp")));
    assert_false(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Foo")));
    assert_false(McPolicyTagListed("Irpx,Foo ,Ab", Tag("Abx")));
    assert_false(McPolicyTagListed("Irpx,Foo ,Ab", Tag("irpx"))); /* tags tell case apart */
    assert_false(McPolicyTagListed("Irpx,Foo ,Ab", Tag("x,Fo")));
    assert_false(McPolicyTagListed("Irpxy", Tag("Irpx"))); /* no tag has five */
    assert_false(McPolicyTagListed("aIrpx", Tag("Irpx")));
}

static void tag_with_a_star_is_like_an_entry(void **State)
{
    (void)State;
    assert_true(McPolicyTagListed("Ab,Ir*", Tag("Irpx")));
    assert_true(McPolicyTagListed("*px", Tag("Irpx")));
    assert_true(McPolicyTagListed("I*x", Tag("Irpx") | 0x80000000));
    assert_true(McPolicyTagListed("*", Tag("Ab")));
    assert_true(McPolicyTagListed("Irpx*", Tag("Irpx"))); /* no letter is fine too */
    assert_false(McPolicyTagListed("ir*", Tag("Irpx")));
    assert_false(McPolicyTagListed("*PX", Tag("Irpx")));
    assert_false(McPolicyTagListed("Ir*y", Tag("Irpx")));
    assert_false(McPolicyTagListed("rp*", Tag("Irpx")));
    assert_false(McPolicyTagListed("*", 0)); /* without a tag it is on no list */
    assert_false(McPolicyTagListed("*", 0x80000000));
}

static void file_with_a_star_is_like_an_entry(void **State)
{
    (void)State;
    assert_true(FileListed("pnp*.c", "drv\\PnpStart.c", 7));
    assert_true(FileListed("pnp*.c:7", "drv/pnp.c", 7));
    assert_true(FileListed("*.c", "a.c", 1) && FileListed("*", "a.c", 1));
    assert_true(FileListed("*a*a*.c", "banana.c", 1));
    assert_false(FileListed("pnp*.c:8", "drv/pnp.c", 7));
    assert_false(FileListed("pnp*.c", "drv/xpnp.c", 7));
    assert_false(FileListed("pnp*.c", "drv/pnp.cpp", 7));
    assert_false(FileListed("drv*.c", "drv/pnp.c", 7)); /* its folder is no part of it */
    assert_false(FileListed("*a*a*a*a.c", "banana.c", 1));
    assert_false(OffsetListed("*", 0x1234)); /* known by its offset only */
}

/* ---- kinds: rules.c ---- */

static BOOLEAN KindMeant(const char *Item, MC_KIND Kind)
{
    MC_RULE Rule;

    assert_true(McRuleNext(&Item, &Rule));
    return McRuleIsFor(&Rule, Kind);
}

static void kind_is_its_name_or_the_words_it_begins_with(void **State)
{
    (void)State;
    assert_true(KindMeant("leak:x", McKindLeak) && KindMeant("leak:x", McKindLeakSite));
    assert_true(KindMeant(" Leak ", McKindLeak) && KindMeant("write-after", McKindWriteAfterFree));
    assert_true(KindMeant("*", McKindLeak) && KindMeant("*-free:x", McKindWildFree));
    assert_false(KindMeant("leak-site:x", McKindLeak) || KindMeant("lea", McKindLeak));
    assert_false(KindMeant("write-", McKindWriteAfterFree) || KindMeant("leaks", McKindLeak));
    assert_false(KindMeant("*-free", McKindLeak) || KindMeant(":*", McKindLeak));
}

static void kind_that_is_no_bug_is_meant_by_its_name_only(void **State)
{
    static const MC_KIND Kinds[] = {McKindDescribe, McKindInjected, McKindDifference};
    ULONG Index;

    (void)State;
    for (Index = 0; Index < 3; Index++) {
        assert_true(KindMeant(McKindMachineName(Kinds[Index]), Kinds[Index]));
        assert_false(KindMeant("*", Kinds[Index]) || KindMeant("d*", Kinds[Index]) ||
                     KindMeant("inj*", Kinds[Index]));
    }
}

static void rules_are_what_stands_between_commas(void **State)
{
    const char *List = " ,a:b:c , ,d,,e: ";
    const char *const Texts[] = {"a:b:c", "d", "e:"}, *const Rests[] = {"b:c", "", ""};
    MC_RULE Rule;
    ULONG Index;

    (void)State;
    for (Index = 0; Index < 3; Index++) {
        assert_true(McRuleNext(&List, &Rule));
        assert_int_equal(Rule.End - Rule.Text, strlen(Texts[Index]));
        assert_memory_equal(Rule.Text, Texts[Index], strlen(Texts[Index]));
        assert_int_equal(Rule.End - Rule.Rest, strlen(Rests[Index]));
        assert_memory_equal(Rule.Rest, Rests[Index], strlen(Rests[Index]));
    }
    assert_false(McRuleNext(&List, &Rule));
}

/* ExAllocatePool has no tag, and an empty entry names none. */
static void tag_none_is_never_listed(void **State)
{
    static const char *const Lists[] = {"", ",", ",,", "Ab,", ",Ab", "Ab,,Cd"};
    ULONG Index;

    (void)State;
    for (Index = 0; Index < 6; Index++) {
        assert_false(McPolicyTagListed(Lists[Index], 0));
        assert_false(McPolicyTagListed(Lists[Index], 0x80000000));
        assert_int_equal(McPolicyTagListed(Lists[Index], Tag("Ab")), Index >= 3);
    }
    assert_true(McPolicyTagListed("Ab,,Cd", Tag("Cd")));
}

static void tag_lists_may_be_long(void **State)
{
    static char List[70000];
    ULONG Index;

    (void)State;
    for (Index = 0; Index < 10000; Index++) {
        sprintf(List + Index * 5, "%04u,", (unsigned)Index);
    }
    assert_true(McPolicyTagListed(List, Tag("0000")));
    assert_true(McPolicyTagListed(List, Tag("9999")));
    assert_false(McPolicyTagListed(List, Tag("999x")));
    memset(List, 'x', sizeof(List) - 1); /* one endless entry */
    assert_false(McPolicyTagListed(List, Tag("xxxx")));
    assert_false(FileListed(List, "x", 1));
    assert_false(OffsetListed(List, 0));
}

/* ---- sites by file ---- */

static void site_is_a_line_or_a_whole_file(void **State)
{
    (void)State;
    assert_true(FileListed("driver.c:120", "driver.c", 120));
    assert_false(FileListed("driver.c:120", "driver.c", 12));
    assert_false(FileListed("driver.c:120", "driver.c", 1200));
    assert_false(FileListed("driver.c:120", "driver.c", 121));
    assert_true(FileListed("driver.c", "driver.c", 120));
    assert_true(FileListed("driver.c", "driver.c", 1));
    assert_true(FileListed("a.c:1,driver.c:120,b.c", "driver.c", 120));
    assert_true(FileListed("a.c:1,driver.c:120,b.c", "b.c", 77));
    assert_false(FileListed("a.c:1,driver.c:120,b.c", "a.c", 77));
}

static void site_folders_and_case_do_not_count(void **State)
{
    (void)State;
    assert_true(FileListed("Driver.C:120", "driver.c", 120));
    assert_true(FileListed("driver.c:120", "C:\\SRC\\DRIVER.C", 120));
    assert_true(FileListed("driver.c:120", "../src/driver.c", 120));
    assert_true(FileListed("driver.c:120", "C:\\src/x\\driver.c", 120));
    assert_false(FileListed("src.c", "src.c/driver.c", 120));
}

static void site_is_no_part_of_a_name(void **State)
{
    (void)State;
    assert_false(FileListed("driver.c", "driver.cpp", 1));
    assert_false(FileListed("driver.cpp", "driver.c", 1));
    assert_false(FileListed("driver.c", "mydriver.c", 1));
    assert_false(FileListed("mydriver.c", "driver.c", 1));
    assert_false(FileListed("driver", "driver.c", 1));
    assert_false(FileListed("driver.c ", "driver.c", 1));
}

static void site_garbage_names_nothing(void **State)
{
    static const char *const Lists[] = {
        "",          ",",           ",,,",           ":",          ":120",
        "driver.c:", "driver.c:x",  "driver.c:120x", "driver.c::", "driver.c:0x78",
        "120",       "driver.c120", "driver.c:-120", "+",          "+0x",
        "0x1234",    "+1234",       "+0xg",          "+0x1234 ",   "+0x1234g",
        "+0y1234",   "driver.c +"};
    ULONG Index;

    (void)State;
    for (Index = 0; Index < sizeof(Lists) / sizeof(Lists[0]); Index++) {
        assert_false(FileListed(Lists[Index], "driver.c", 120));
        assert_false(OffsetListed(Lists[Index], 0x1234));
        assert_false(OffsetListed(Lists[Index], 0));
    }
    assert_true(FileListed(",,driver.c:120,", "driver.c", 120)); /* beside empty ones */
    assert_true(OffsetListed(",+0x1234,", 0x1234));
}

/* Numbers that do not fit are not what is left of them. */
static void site_numbers_do_not_wrap(void **State)
{
    (void)State;
    assert_false(FileListed("driver.c:4294967416", "driver.c", 120));           /* 2^32 + 120 */
    assert_false(FileListed("driver.c:18446744073709551736", "driver.c", 120)); /* 2^64 + 120 */
    assert_true(FileListed("driver.c:99999999", "driver.c", 99999999));
    assert_true(FileListed("driver.c:000000000000120", "driver.c", 120));
    assert_false(OffsetListed("+0x10000000000001234", 0x1234));
    assert_false(OffsetListed("+0x100001234", sizeof(void *) == 4 ? 0x1234 : 0));
    assert_true(OffsetListed("+0x000000000000000000001234", 0x1234));
}

/* As ExAllocatePoolWithTag at c++.c:12 is: only a site without a file is an offset. */
static void site_file_may_have_a_plus(void **State)
{
    (void)State;
    assert_true(FileListed("c++.c:12", "c++.c", 12));
    assert_true(FileListed("c++.c", "src/c++.c", 12));
    assert_false(OffsetListed("c++.c", 0xC));
}

/* ---- sites by module offset ---- */

static void site_is_a_module_offset(void **State)
{
    (void)State;
    assert_true(OffsetListed("+0x1234", 0x1234));
    assert_true(OffsetListed("+0X12aB", 0x12AB));
    assert_true(OffsetListed("driver.sys+0x1234", 0x1234)); /* as reports show it */
    assert_true(OffsetListed("a.c:1,+0x1234", 0x1234));
    assert_false(OffsetListed("+0x1234", 0x1235));
    assert_false(OffsetListed("+0x1234", 0x12340));
    assert_true(OffsetListed("+0x0", 0));
}

/* A site with a file is named by it: the address of its call differs with each build. */
static void site_with_a_file_is_no_offset(void **State)
{
    (void)State;
    assert_false(FileListed("+0x1234", "driver.c", 120));
    assert_false(OffsetListed("driver.c", 0x1234));
    assert_false(OffsetListed("driver.c:120", 0x1234));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(tag_is_an_entry),
        cmocka_unit_test(tag_is_no_part_of_an_entry),
        cmocka_unit_test(tag_none_is_never_listed),
        cmocka_unit_test(tag_with_a_star_is_like_an_entry),
        cmocka_unit_test(file_with_a_star_is_like_an_entry),
        cmocka_unit_test(kind_is_its_name_or_the_words_it_begins_with),
        cmocka_unit_test(kind_that_is_no_bug_is_meant_by_its_name_only),
        cmocka_unit_test(rules_are_what_stands_between_commas),
        cmocka_unit_test(tag_lists_may_be_long),
        cmocka_unit_test(site_is_a_line_or_a_whole_file),
        cmocka_unit_test(site_folders_and_case_do_not_count),
        cmocka_unit_test(site_is_no_part_of_a_name),
        cmocka_unit_test(site_garbage_names_nothing),
        cmocka_unit_test(site_numbers_do_not_wrap),
        cmocka_unit_test(site_file_may_have_a_plus),
        cmocka_unit_test(site_is_a_module_offset),
        cmocka_unit_test(site_with_a_file_is_no_offset),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
