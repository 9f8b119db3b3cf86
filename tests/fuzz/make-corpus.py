#!/usr/bin/env python3
"""The seeds of the fuzz targets: tests/fuzz/corpus/TARGET/*. Run after a change here.

  tests/fuzz/make-corpus.py [FOLDER]     writes them (into FOLDER/TARGET)

What was added to a corpus by hand, because it once was a failure, is named regression-... and is
left alone.
"""
import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))

# ---- the option string: one string for MEM_CHECK_INIT, others for MEM_CHECK_OPTIONS ----

LONG_LIST = 'owned-tags=' + ','.join('T%03d' % number for number in range(102)) + ',x'  # 511 in all

OPTIONS = {
    'numbers': ['redzone=32,quarantine=4m,quarantine-blocks=0x10,fill=1M', 'patrol=0;check-every=1,slice=0'],
    'switches': ['no-double-frees,repeat,statistics=1,free-print', 'no-repeat,repair,halt-on-bad=1'],
    'wrong': ['redzone=17,redzone=0x,redzone=99999999999,fill,no-fill=1,nothing=1,retired=65k,no-redzone'],
    'spaces': ['  Redzone = 48 ; STACKS=8,,;info-print = 0', 'stacks = 0 ,'],
    'quotes': ['owned-tags="Ab, cd",owned-tags=\'e"f\',watch-tags="open', 'system-sites="a.c:1" junk,retired=64'],
    'lists': ['on="*:print,overrun:call+break,leak:ignore",suppress="leak:driver.c:20,*:\'Heap\'"',
              'suppress="double-free:+0x12,wild:*",on=describe:bugcheck'],
    'long': [LONG_LIST, LONG_LIST + ',owned-tags=y'],
    'long-two': ['skip-sites=' + 'a' * 511, 'skip-sites=' + 'b' * 512 + ',skip-sites=c'],
    'too-long': ['on=leak:print,' * 90],
    'help': ['help', 'help,defaults,help'],
    'defaults': ['fill=64,on=leak:ignore,defaults,repeat', 'on=overrun:ignore,defaults,on=leak:print'],
    'faults': ['fail-nth=2,fail-after=1,fail-most=3,fail-tags="Rip ,b2*"', 'fail-nth=0,fail-at="1,3,5-9,x"'],
    'chance': ['fail-chance=30000,fail-seed=7,fail-sites=driver.c:30', 'fail-stacks,fail-chance=0'],
    'watch': ['watch-tags="Heap,Rip ",skip-sites=driver.c:40', 'skip-tags=*,watch-sites="*.c"'],
    'plain': ['front-redzones,learn=1,owned-sites="driver.c:30,+0x770",system-tags="b2Ab"', 'no-front-redzones'],
    'worker': ['worker=1,neighbours,check-every=1,patrol=8,patrol-every=1', 'worker=2'],
    'kept': ['no-free-on-exit,repeat-frames=4,stacks=32,stack-kb=16'],
    'high': ['owned-tags=\xe4\xf6\xfc,\x01\x1f=\x7f', '\xff'],
}


def options():
    for name, strings in OPTIONS.items():
        yield name, b'\0'.join(text.encode('latin-1') for text in strings)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, 'corpus')
    for target, seeds in (('options', options()),):
        where = os.path.join(folder, target)
        os.makedirs(where, exist_ok=True)
        for old in os.listdir(where):
            if not old.startswith('regression-'):
                os.unlink(os.path.join(where, old))
        for name, data in seeds:
            with open(os.path.join(where, name), 'wb') as file:
                file.write(data)


main()
