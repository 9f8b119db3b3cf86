#!/usr/bin/env bash
# replace.sh - memcheck_replace.h and the headers of include/kit: what each rule of them promises.
#
# Looked at: what a name expands to, with stand-ins for the kits of 2000 to 2003 (old), Vista on
# (mid) and Windows 10 2004 on (new) in tests/replace/kits; which symbols an object asks for, with
# the kit headers of mingw-w64, three compilers, C and C++; with MEMCHECK_OFF, that objects are the
# same byte for byte. Controls: headers with one rule taken out, each of which must be found.
set -uo pipefail
NAME=replace
source "$(dirname "$0")/lib.sh"
shopt -s lastpipe # "... | expect" counts in this shell

include=include
extra=() # more options for the compiler
kits=tests/replace/kits
flags=(--target=x86_64-pc-windows-msvc -fms-extensions -ffreestanding -Wall -Wextra -Wno-multichar
    -Wno-unused-function -Wno-four-char-constants -Werror)

# options FORM KIT: one of the ways to bring the header in.
options() {
    case $1 in
    plain) ;;
    hand) echo "-I$include -DBY_HAND" ;;
    wrapped) echo "-I$include/kit" ;;
    folder) echo "-I$include/kit -DMEMCHECK_KIT_FOLDER=../$2" ;;
    forced) echo "-I$include -include memcheck_replace.h -DMEMCHECK_KIT_HEADER=<ntddk.h>" ;;
    both) echo "-I$include/kit -I$include -include memcheck_replace.h -DMEMCHECK_KIT_HEADER=<ntddk.h>" ;;
    esac
}

# source_of FORM: stdin to $work/source.c; HAND stands where the header goes in when by hand.
source_of() {
    local hand=
    [[ $1 == hand ]] && hand='#include "memcheck_replace.h"'
    sed "s/^HAND\$/$hand/" >"$work/source.c"
}

# expansion FORM KIT: what the lines "PROBE ..." of stdin become, without blanks.
expansion() {
    source_of "$1"
    # shellcheck disable=SC2046
    clang "${flags[@]}" "${extra[@]}" $(options "$1" "$2") -I"$kits/$2" -E -P "$work/source.c" >"$work/expanded" ||
        return 1
    tr -d '\n' <"$work/expanded" | sed 's/PROBE/\n&/g; s/END/\n/g' | grep '^PROBE' |
        sed 's/_layout[a-z0-9_]*//g; s/^PROBE//' | tr -d ' '
}

# becomes EXPECTED FORM KIT: the probe's expansion begins with this, and nothing is diagnosed.
becomes() {
    local got
    got=$(expansion "$2" "$3") || return 1
    printf 'expands to %s\n' "$got"
    [[ $got == "$1"* ]]
}

compiles() { # FORM KIT [OPTION...]: stdin, as C
    source_of "$1"
    # shellcheck disable=SC2046
    clang "${flags[@]}" $(options "$1" "$2") -I"$kits/$2" "${@:3}" -c "$work/source.c" -o "$work/x.o"
}

# says TEXT FORM KIT [OPTION...]: stdin does not compile, and the compiler's words have TEXT in them.
says() {
    compiles "${@:2}" >"$work/words" 2>&1 && return 1
    cat "$work/words"
    grep -q -e "$1" "$work/words"
}

# Expansions.
pool="McAllocateAs(McExAllocatePool,(1),(2),0,0,"
tagged="McAllocateAs(McExAllocatePoolWithTag,(1),(2),('mine'),0,"
quota="McAllocateAs(McExAllocatePoolWithQuotaTag,(1),(2),('mine'),0,"
freed="McFreeAs(McExFreePool,(p),0,0,0,"
freed_tag="McFreeAs(McExFreePoolWithTag,(p),('mine'),0,0,"

# Everything that the header alone decides; run again by the controls on a header with a rule less.
kit=
form=
rule() { # EXPECTED FORM KIT TEXT: stdin
    expect "$3 kit, $2: $4" becomes "$1" "$2" "$3"
}

rules() {
    for kit in old mid new; do
        for form in hand wrapped folder forced both; do
            # By hand on the old kit its own macro is not told from a driver's, and ends in ours.
            expected=$pool
            [[ $kit-$form == old-hand ]] && expected="McAllocateAs(McExAllocatePoolWithTag,(1),(2),('tiK'),0,"
            printf '#include <ntddk.h>\nHAND\nPROBE ExAllocatePool(1, 2)\n' |
                rule "$expected" $form $kit "the kit's macro or routine is ours"
            printf '#include <ntddk.h>\nHAND\nPROBE ExFreePool(p)\n' |
                rule "$freed" $form $kit "the kit's ExFreePool is ours"
            printf '#include <ntddk.h>\nHAND\nPROBE IoCompleteRequest(i, 1)\n' |
                rule "McCompleteRequestAs((i),(1)," $form $kit "IoCompleteRequest ends in ours"
            printf '#include <ntddk.h>\nHAND\nPROBE IoCallDriver(d, i)\n' |
                rule "McCallDriverAs((d),(i)," $form $kit "IoCallDriver ends in ours"

            [[ $form == folder || $form == both ]] && continue

            # Macros of the driver after ours: they win, and end in ours with the driver's tag.
            printf '%s\n' '#include <ntddk.h>' HAND '#undef ExAllocatePool' \
                "#define ExAllocatePool(t, n) ExAllocatePoolWithTag(t, n, 'mine')" \
                'PROBE ExAllocatePool(1, 2)' |
                rule "$tagged" $form $kit "the driver's ExAllocatePool keeps its tag"
            printf '%s\n' '#include <ntddk.h>' HAND '#undef ExAllocatePoolWithQuota' \
                "#define ExAllocatePoolWithQuota(t, n) ExAllocatePoolWithQuotaTag(t, n, 'mine')" \
                'PROBE ExAllocatePoolWithQuota(1, 2)' |
                rule "$quota" $form $kit "the driver's ExAllocatePoolWithQuota keeps its tag"
            printf '%s\n' '#include <ntddk.h>' HAND '#undef ExFreePool' \
                "#define ExFreePool(p) ExFreePoolWithTag(p, 'mine')" 'PROBE ExFreePool(p)' |
                rule "$freed_tag" $form $kit "the driver's ExFreePool keeps its tag"
            printf '%s\n' '#include <ntddk.h>' HAND '#undef ExFreePoolWithTag' \
                '#define ExFreePoolWithTag(a, b) ExFreePool((a))' 'PROBE ExFreePoolWithTag(p, 1)' |
                rule "McFreeAs(McExFreePool,((p)),0,0,0," $form $kit \
                    "the driver's ExFreePoolWithTag that ends in ExFreePool: no cycle"
            [[ $kit-$form == old-hand ]] ||
                printf '%s\n' '#include <ntddk.h>' HAND '#undef ExAllocatePoolWithTag' \
                    '#define ExAllocatePoolWithTag(a, b, c) ExAllocatePool(a, b)' \
                    'PROBE ExAllocatePoolWithTag(1, 2, 3)' |
                rule "$pool" $form $kit "ExAllocatePoolWithTag that ends in ExAllocatePool: no cycle"

            # A later header of the kit with a macro of its own; the header by hand once more.
            printf '%s\n' '#include <ntddk.h>' HAND '#include <classpnp.h>' HAND \
                'PROBE ExAllocatePool(1, 2)' |
                rule "${tagged/mine/ssaC}" $form $kit "classpnp.h's macro ends in ours, its tag kept"
            printf '%s\n' '#include <ntddk.h>' HAND '#undef ExAllocatePoolWithTag' \
                "#include \"$PWD/$include/memcheck_replace.h\"" \
                "PROBE ExAllocatePoolWithTag(1, 2, 'mine')" |
                rule "$tagged" $form $kit "a name undefined is ours again when included again"
            extra=(-DMEMCHECK_KEEP_ExFreePoolWithTag)
            printf '%s\n' '#include <ntddk.h>' HAND 'PROBE ExFreePoolWithTag(p, 1)' |
                rule "ExFreePoolWithTag(p,1)" $form $kit "MEMCHECK_KEEP_... leaves a name"
            extra=()
        done

        # Another header of the kit after the driver's macros: they stay.
        form=wrapped
        first=wdm
        [[ $kit == old ]] && first=ntddk
        for later in wdm ntddk ntifs ndis fltKernel; do
            if [[ -f $kits/$kit/$later.h && $kit-$later != old-wdm ]]; then
                printf '%s\n' "#include <$first.h>" '#undef ExAllocatePool' \
                    "#define ExAllocatePool(t, n) ExAllocatePoolWithTag(t, n, 'mine')" \
                    "#include <$later.h>" 'PROBE ExAllocatePool(1, 2)' |
                    rule "$tagged" $form $kit "the driver's macro between $first.h and $later.h stays"
                printf '%s\n' "#include <$first.h>" '#undef ExFreePool' \
                    "#define ExFreePool(p) ExFreePoolWithTag(p, 'mine')" \
                    "#include <$later.h>" 'PROBE ExFreePool(p)' |
                    rule "$freed_tag" $form $kit "so does its ExFreePool"
                printf '%s\n' "#include <$first.h>" "#include <$later.h>" 'PROBE ExFreePool(p)' |
                    rule "$freed" $form $kit "$first.h, then $later.h: ExFreePool is ours"
            fi
        done

        # By hand after the driver's own macros.
        printf '%s\n' '#include <ntddk.h>' '#undef ExAllocatePool' \
            "#define ExAllocatePool(t, n) ExAllocatePoolWithTag(t, n, 'mine')" HAND \
            'PROBE ExAllocatePool(1, 2)' |
            rule "$tagged" hand $kit "after the driver's ExAllocatePool: its tag is kept"
        printf '%s\n' '#include <ntddk.h>' '#define ExFreePoolWithTag(a, b) ExFreePool(a)' HAND \
            'PROBE ExFreePoolWithTag(p, 1)' |
            rule "$freed" hand $kit "after the driver's ExFreePoolWithTag: it stays, and ends in ours"
        printf '%s\n' '#include <ntddk.h>' '#undef ExFreePool' \
            "#define ExFreePool(p) ExFreePoolWithTag(p, 'mine')" HAND 'PROBE ExFreePool(p)' |
            rule "$freed" hand $kit "after the driver's ExFreePool: taken for the kit's, no tag given"
        printf '%s\n' '#define MEMCHECK_KEEP_ExFreePool' '#include <ntddk.h>' '#undef ExFreePool' \
            "#define ExFreePool(p) ExFreePoolWithTag(p, 'mine')" HAND 'PROBE ExFreePool(p)' |
            rule "$freed_tag" hand $kit "with MEMCHECK_KEEP_ExFreePool its tag is kept"
    done
}

# Every order of two of a kit's headers, and each alone: compiles, and the routines are ours.
orders() {
    local kit form first second
    for kit in old mid new; do
        for form in wrapped folder; do
            for first in wdm ntddk ntifs ndis fltKernel; do
                for second in wdm ntddk ntifs ndis fltKernel; do
                    [[ -f $kits/$kit/$first.h && -f $kits/$kit/$second.h ]] || continue
                    # In the old kits wdm.h stands instead of ntddk.h.
                    [[ $kit == old && $first != "$second" && "$first $second" == *wdm* ]] && continue
                    printf '%s\n' "#include <$first.h>" "#include <$second.h>" "#include <$first.h>" \
                        'void F(void *P);' 'void F(void *P) { ExFreePool(P); }' HAND |
                        expect "$kit kit, $form: $first.h, $second.h" ours_only $form $kit
                done
            done
        done
    done
}

ours_only() { # FORM KIT: stdin compiles; the one routine it asks for is MemCheck's
    compiles "$1" "$2" || return 1
    asks_for "$work/x.o" llvm-nm 'McFreeAs'
}

# asks_for OBJECT NM NAME...: these are the undefined symbols, and no other.
asks_for() {
    "$2" -u "$1" | awk '{ print $NF }' | sed -E 's/_layout.*//; s/^_(Mc)/\1/; s/^_?_imp__?//' |
        grep -v -E '^(__main|memset|_fltused)$' | LC_ALL=C sort -u >"$work/symbols"
    printf '%s\n' "${@:3}" | LC_ALL=C sort -u >"$work/wanted"
    diff "$work/wanted" "$work/symbols"
}

rules
orders

# Inside the kit's headers nothing is replaced: their inline functions call the kit's routines.
for form in wrapped folder both; do
    for kit in mid new; do
        printf '#include <wdm.h>\n#include <ntifs.h>\n#include <ndis.h>\n#include <fltKernel.h>\n' |
            expansion $form $kit >/dev/null
        expect "$kit kit, $form: the kit's inline functions are as they were" \
            bash -c "! grep -E '[(]Mc(Ex|Rtl)' '$work/expanded'"
        expect "$kit kit, $form: and they were looked at" grep -q 'ExFreePoolWithTag(P, .sidN.)' "$work/expanded"
    done
done

# Names that the kit does not have may be the driver's own.
polyfill='static void *ExAllocatePoolZero(int t, SIZE_T n, ULONG g) { (void)t; (void)n; (void)g; return 0; }
#define POOL_FLAG_NON_PAGED 0x40
static void *ExAllocatePool2(ULONGLONG f, SIZE_T n, ULONG g) { (void)f; (void)n; (void)g; return 0; }'
for form in hand wrapped folder forced; do
    for kit in old mid; do
        printf '%s\n' '#include <ntddk.h>' HAND "$polyfill" '#include <ndis.h>' \
            'void *F(void); void *F(void) { return ExAllocatePool2(1, 2, 3); }' |
            expect "$kit kit, $form: the driver's own ExAllocatePool2, ExAllocatePoolZero" compiles $form $kit
    done
    printf '%s\n' '#include <ntddk.h>' HAND 'PROBE ExAllocatePool2(1, 2, 3)' |
        rule "McAllocateFlagsAs(McExAllocatePool2,(1),(2),(3),0,0," $form new "ExAllocatePool2 is ours"
    printf '%s\n' '#include <ntddk.h>' HAND 'PROBE ExAllocatePoolZero(1, 2, 3)' |
        rule "McAllocateAs(McExAllocatePoolZero,(1),(2),(3),0," $form new "the inline ExAllocatePoolZero is ours"
    extra=(-DPOOL_NX_OPTIN=1)
    printf '%s\n' '#include <ntddk.h>' HAND 'PROBE NonPagedPool ExInitializeNPagedLookasideList(1, 2)' |
        rule "ExDefaultNonPagedPoolTypeKitInitializeNxLookaside(1,2)" $form new "POOL_NX_OPTIN stays"
    extra=()
done

# Files that never meet the pool, words of the errors, MemCheck's own files.
printf '#define BINARY_COMPATIBLE 1\n#include <ndis.h>\nNDIS_HANDLE F(void); NDIS_HANDLE F(void) { return 0; }\n' |
    expect "old kit, wrapped: ndis.h that has no pool routines" compiles wrapped old
printf 'int x;\n' | expect "forced without a kit's header: the error says what to do" \
    says 'MEMCHECK_KIT_HEADER=<ntddk.h>' plain old -I$include -include memcheck_replace.h
printf 'int x;\n' | expect "forced without one, off: nothing is asked" \
    compiles plain old -I$include -include memcheck_replace.h -DMEMCHECK_OFF
printf '#include "memcheck_replace.h"\n#include <ntddk.h>\n' |
    expect "by hand before the kit's header: so it does" says "goes after the kit's header" hand old
for form in hand wrapped forced; do
    printf '#include <ntddk.h>\nHAND\n' | expect "$form: VERIFIER_DDK_EXTENSIONS is refused" \
        says 'VERIFIER_DDK_EXTENSIONS' $form old -DVERIFIER_DDK_EXTENSIONS
    printf '#include <ntddk.h>\nHAND\n' | expect "$form: and is none of our business when off" \
        compiles $form old -DVERIFIER_DDK_EXTENSIONS -DMEMCHECK_OFF
done
own='#define MEMCHECK_IMPLEMENTATION
#ifdef MC_REPLACED
#include "memcheck_replace.h"
#endif
#include <ntddk.h>'
for form in wrapped folder forced both; do
    for kit in old mid new; do
        printf '%s\n' "$own" "PROBE ExAllocatePoolWithTag(1, 2, 3)" |
            rule "ExAllocatePoolWithTag(1,2,3)" $form $kit "MemCheck's own files see the kit's routines"
        printf '%s\n' "$own" "PROBE ExFreePool(p)" |
            rule "ExFreePoolWithTag(p,0)" $form $kit "and the kit's own macros"
    done
done

# With mingw-w64's headers: which routines the objects ask for, each compiler, C and C++, each form.
ours=(McAllocateAs McCallDriverAs McCompleteRequestAs McFreeAs McFreeStringAs)
theirs=(ExAllocatePool ExAllocatePoolWithQuota ExAllocatePoolWithQuotaTag ExAllocatePoolWithTag
    ExAllocatePoolWithTagPriority ExFreePool ExFreePoolWithTag RtlFreeAnsiString RtlFreeUnicodeString)

# build FORM OBJECT COMPILER OPTIONS...
build() {
    # shellcheck disable=SC2046,SC2086
    $3 $(options "$1" ddk) "${@:4}" -Wall -Wextra -Werror -c tests/replace/driver.c -o "$2"
}

asks() { # FORM COMPILER OPTIONS -- NAME...
    local arguments=()
    local form=$1
    shift
    while [[ $1 != -- ]]; do
        arguments+=("$1")
        shift
    done
    shift
    build "$form" "$work/x.o" "${arguments[@]}" && plain_names "$work/x.o" "$@"
}

# The names without the decoration of i686.
plain_names() {
    "$nm" -u "$1" | awk '{ print $NF }' | sed -E 's/_layout[a-z0-9_]*//; s/^__imp_//; s/^[_@]//; s/@[0-9]+$//' |
        LC_ALL=C sort -u >"$work/symbols"
    printf '%s\n' "${@:2}" | LC_ALL=C sort -u >"$work/wanted"
    diff "$work/wanted" "$work/symbols"
}

same_as_plain() { # FORM COMPILER OPTIONS...
    build plain "$work/plain.o" "${@:2}" && build "$1" "$work/off.o" "${@:2}" -DMEMCHECK_OFF &&
        cmp "$work/plain.o" "$work/off.o"
}

differs_from_plain() { # FORM COMPILER OPTIONS...
    build plain "$work/plain.o" "${@:2}" && build "$1" "$work/on.o" "${@:2}" &&
        ! cmp -s "$work/plain.o" "$work/on.o"
}

for name in gcc-windows-x86_64 gcc-windows-i686 clang-windows-x86_64; do
    command=${compilers[$name]}
    nm=x86_64-w64-mingw32-nm
    [[ $name == *i686 ]] && nm=i686-w64-mingw32-nm
    for more in "" -DMORE_HEADERS; do
        expect "$name $more: plain asks for the kit's" \
            asks plain "$command" $more -- "${theirs[@]}" IofCallDriver IofCompleteRequest
        for form in hand wrapped forced both; do
            expect "$name $form $more: every routine is ours" asks $form "$command" $more -- "${ours[@]}"
        done
    done
    for form in hand wrapped forced; do
        expect "$name $form: function pointers and (Name)(...) are the kit's" \
            asks $form "$command" -DPOINTERS -- "${ours[@]}" ExFreePool ExAllocatePoolWithTag
        for level in -O0 -O2; do
            expect "$name $form $level: off, the same bytes" \
                same_as_plain $form "$command" $level -DPOINTERS
        done
        expect "$name $form: on, other bytes" differs_from_plain $form "$command"
    done
done

# C++, and the whole family, with the stand-ins: mingw-w64's wdm.h is not for clang's C++.
for language in c c++; do
    for kit in old mid new; do
        command="clang ${flags[*]} -mno-incremental-linker-compatible -isystem $kits/$kit -x $language"
        nm=llvm-nm
        more=()
        [[ $kit == new ]] && more=(McAllocateFlagsAs)
        for form in hand wrapped both; do
            expect "$kit kit, $language, $form: every routine is ours" \
                asks $form "$command" -- "${ours[@]}" "${more[@]}"
            expect "$kit kit, $language, $form: off, the same bytes" same_as_plain $form "$command"
        done
    done
done

# memcheck.c in a driver's build that has one of the forms on every command line.
scripts/amalgamate.sh "$work/dist"
same_memcheck() { # FORM COMPILER
    # shellcheck disable=SC2046,SC2086
    $2 -O0 -w -I"$work/dist" -c "$work/dist/memcheck.c" -o "$work/plain.o" &&
        $2 -O0 -w -I"$work/dist" $(include=$work/dist options "$1" ddk) -c "$work/dist/memcheck.c" -o "$work/x.o" &&
        cmp "$work/plain.o" "$work/x.o"
}
for form in wrapped forced both; do
    expect "memcheck.c, $form: the same object" same_memcheck $form "${compilers[gcc-windows-x86_64]}"
done

# A folder with the pedantic's "#include_next is a GCC extension" is given as a system one.
expect "gcc -pedantic, with -isystem include/kit" x86_64-w64-mingw32-gcc -std=c89 -pedantic -Wall -Wextra \
    -Werror -isystem "$include/kit" -isystem /usr/x86_64-w64-mingw32/include/ddk "$ddk" \
    -c tests/replace/driver.c -o "$work/x.o"

# Arguments, on the host.
for compiler in "gcc -std=c11" "gcc -m32 -std=c11" "clang -std=c11" "clang -x c++"; do
    # shellcheck disable=SC2086
    expect "$compiler: arguments.c compiles" $compiler -Wall -Wextra -Werror -I"$include" \
        tests/replace/arguments.c -o "$work/arguments"
    expect "$compiler: each argument once, each routine its own" "$work/arguments"
done

# Every row of the table of routines has its macro, and is saved, brought back and freed.
rows=$(grep -oE 'ROW\([A-Za-z0-9]+, [A-Z]' include/mcroutines.h | sed 's/ROW(//; s/,.*//' | grep -v '^Name$')
complete() { # FILE PATTERN...
    local row
    [[ $(wc -w <<<"$rows") -ge 19 ]] || return 1
    for row in $rows IofCompleteRequest IofCallDriver; do
        grep -qE "$2$row\\b" "$1" || { echo "$row is not in $1"; return 1; }
    done
}
expect "the table's rows are in memcheck_replace.h" complete include/memcheck_replace.h '^#define '
expect "in mcsave.h" complete include/kit/mcsave.h '^#pragma push_macro."'
expect "in mcback.h" complete include/kit/mcback.h '^#pragma pop_macro."'
expect "in mcbegin.h" complete include/kit/mcbegin.h '^#undef '
rows="$rows ExAllocatePoolOfTomorrow"
expect_failure "a row without a macro is found" complete include/memcheck_replace.h '^#define '

# Controls: with one rule taken out, the test named must fail.
# seeded TEXT FILE SED COMMAND...: the command fails on headers where FILE is changed so.
seeded() {
    local text=$1 file=$2 change=$3
    shift 3
    rm -rf "$work/seeded"
    cp -r include "$work/seeded"
    sed -i -E "$change" "$work/seeded/$file"
    if cmp -s "include/$file" "$work/seeded/$file"; then
        fail "control '$text': nothing to take out"
        return
    fi
    cat >"$work/stdin"
    include=$work/seeded
    expect_failure "found: $text" "$@" <"$work/stdin"
    include=include
}

driver_after="#include <ntddk.h>
HAND
#undef ExFreePoolWithTag
#define ExFreePoolWithTag(a, b) ExFreePool(a)
PROBE ExFreePoolWithTag(p, 1)"
driver_before="#include <ntddk.h>
#undef ExAllocatePool
#define ExAllocatePool(t, n) ExAllocatePoolWithTag(t, n, 'mine')
HAND
PROBE ExAllocatePool(1, 2)"
between="#include <wdm.h>
#undef ExAllocatePool
#define ExAllocatePool(t, n) ExAllocatePoolWithTag(t, n, 'mine')
#include <ntddk.h>
PROBE ExAllocatePool(1, 2)"
two='#include <wdm.h>
#include <ntifs.h>
void F(void *P); void F(void *P) { ExFreePool(P); }'
inner='#include <ntifs.h>
void F(void *P); void F(void *P) { ExFreePool(P); }'

seeded "the kit's ExFreePool left: a cycle" memcheck_replace.h '/^#undef ExFreePool$/d' \
    becomes "$freed" hand mid <<<"$driver_after"
seeded "each name undefined first: the driver's tag lost" memcheck_replace.h \
    's/^#if !defined\((ExAllocatePool)\).*/#undef \1\n#if 1/' becomes "$tagged" hand mid <<<"$driver_before"
seeded "later headers not kept apart" kit/mcbegin.h '/^#undef/d' ours_only wrapped mid <<<"$two"
seeded "the driver's macro not brought back" kit/mcback.h '/pop_macro/d' becomes "$tagged" wrapped mid <<<"$between"
seeded "replaced within the kit's headers" kit/wdm.h 's/MC_INSIDE_KIT/MC_NEVER_INSIDE/' \
    ours_only wrapped mid <<<"$inner"
seeded "new routines whatever the kit" memcheck_replace.h 's/POOL_FLAG_REQUIRED_END/_WIN32/' \
    compiles hand mid <<<"#include <ntddk.h>
HAND
$polyfill"
seeded "MemCheck's own files not left alone" memcheck_replace.h 's/^#ifdef MEMCHECK_IMPLEMENTATION/#if 0/' \
    becomes "ExFreePoolWithTag(p,0)" wrapped mid <<<"$own
PROBE ExFreePool(p)"
command=${compilers[gcc-windows-x86_64]}
nm=x86_64-w64-mingw32-nm
seeded "a name that stays" memcheck_replace.h 's/^#define RtlFreeAnsiString/#define NobodysName/' \
    asks hand "$command" -- "${ours[@]}" </dev/null
seeded "something left when off" memcheck_replace.h \
    's/^#undef MC_KIT_KNOWN/&\n#ifdef MEMCHECK_OFF\nint McLeft;\n#endif/' same_as_plain wrapped "$command" </dev/null

arguments() {
    gcc -w -I"$include" tests/replace/arguments.c -o "$work/arguments" && "$work/arguments"
}
seeded "an argument twice" memcheck_replace.h 's/\(Priority\), \\/(Priority) + 0 * (Priority), \\/; s/\(P\), \(Tag\), 0, 0/(P), (Tag) + 0 * (Tag), 0, 0/' \
    arguments </dev/null
seeded "another routine's number" memcheck_replace.h 's/McExAllocatePoolWithQuotaTag,/McExAllocatePoolWithTag,/' \
    arguments </dev/null
finish
