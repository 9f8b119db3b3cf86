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
    'wrong': ['redzone=17,redzone=0x,redzone=99999999999,fill,no-fill=1,nothing=1,retired=65,no-redzone'],
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
    'no-room': ['redzone=2048,quarantine=1k', 'quarantine=4k'],
    'high': ['owned-tags=\xe4\xf6\xfc,\x01\x1f=\x7f', '\xff'],
}


# Words, as fuzz_options.c makes them of bytes above ASCII: every option with an edge of its bounds.
EDGES = {'lowest': 0xe0, 'beyond': 0xe6, 'default': 0xe4, 'half': 0xe8}


def options():
    for name, strings in OPTIONS.items():
        yield name, b'\0'.join(b''.join(bytes([0xfe, byte] if byte > 0x7f else [byte]) for byte in
                                        text.encode('latin-1')) for text in strings)
    for name, edge in EDGES.items():
        yield name, b''.join(bytes([0x80 + row, edge]) for row in range(48)) + b'\0' + bytes([0x90, edge])



# ---- diagnosis and reports: as fuzz_report.c reads them ----

KINDS = ('none overrun underrun write-after-free double-free late-free after-exit-free interior-free redzone-free '
         'wild-free foreign-free wrong-tag leak leak-site bad-access wrong-irql wrong-order bad-request '
         'bad-hand-over describe injected difference').split()
ITEMS = {'finding': 0, 'damage': 3, 'block': 4, 'notice': 5, 'table': 6, 'sites': 7, 'settings': 8, 'repeats': 9,
         'context': 10, 'again': 11}


# Behind every finding: what diagnosis is asked besides, and the number of its report.
TAIL = b'\0' * 4 + b'\x0c\0'


def word(value):
    value &= (1 << 64) - 1
    return bytes([value]) if value < 32 else b'\xe0' + value.to_bytes(8, 'little')


def ulong(value):
    return value.to_bytes(4, 'little')


def text(value):
    """At most 23 characters; None: there is none."""
    return b'\0' if value is None else bytes([len(value) * 8]) + value.encode('latin-1')


def again(index):
    return bytes([index * 2 + 1])


def site(file, function, line, address, stack=7):
    return file + function + word(line) + word(address) + bytes([stack])


def event(at, ticks=1000, irql=0):
    return at + word(0x1a4) + word(ticks) + bytes([1, irql])


def block(user=0xfffffa8001c2a040, size=100, state=2, freed=None, tag=b'Irpx', number=9):
    return (word(user) + word(size) + word(16) + word(28) + word(0) + word(0) + tag + word(number) + bytes([state]) +
            event(site(again(1), again(2), 101, 0x401000, 0), 300) +
            (b'\0' if freed is None else b'\1' + event(freed, 700)) + word(17) + word(900) + b'\3')


def neighbour(user):
    if user is None:
        return b'\0'
    return (b'\1' + word(user) + word(64) + word(16) + word(16) + b'Near' + word(8) + b'\2\1' +
            site(again(1), again(2), 88, 0x401000))


def damage(first=100, last=103, changed=4, dump_at=None, length=48, look=7, found=b'abcd' * 12):
    return (word(first) + word(last) + word(changed) + (b'\1' if dump_at is None else b'\0' + word(dump_at)) +
            word(length) + bytes([look]) + word(0xfffffa8001c2a090) +
            b''.join(bytes([byte & 0x3f]) for byte in found))


def finding(kind, what=None, hurt=None, sure=1, reason=0, near=(None, None), count=3, culprit=0, sample=16):
    return (bytes([ITEMS['finding'], KINDS.index(kind), sure, reason, 2, 2, 5, 2, 4]) + b'Oops' +
            word(0xfffffa8001c2a0a4) + event(site(again(1), again(2), 212, 0x401010, 1), 1000, 2) +
            (b'\0' if what is None else b'\1' + what) + (b'\0' if hurt is None else b'\1' + hurt) + word(count) +
            word(count * 100) + word(1) + word(0xfffffa8001c2a000) + neighbour(near[0]) + neighbour(near[1]) +
            neighbour(near[1]) + bytes([culprit]) + word(2) + word(5) + word(400) + word(7) + word(900) +
            word(sample) + b'\3A' + TAIL)


def report(*items, driver='faulty', stacks=(2, 5)):
    """The clock, the image, the name; three texts to come back to; two stacks; the items."""
    start = text(driver) + word(100) + word(15625) + word(0x400000) + word(0x480000) + text('C:\\src\\driver.c')
    paths = bytes([len(stacks)]) + b''.join(
        bytes([frames - 1]) + b''.join(word(0x401000 + 16 * frame) for frame in range(frames)) + b'\0'
        for frames in stacks)
    return start + paths + b''.join(items)


# How many texts there were before decides what again() means: the driver's, the file's name, then the function's.
def named(*items, **more):
    return report(bytes([ITEMS['context']]) + text('DeviceOpen') + word(100) + word(15625) + word(0x400000) +
                  word(0x480000), *items, **more)


FREED = site(again(1), again(2), 150, 0x401020, 1)

REPORTS = {
    'overrun': named(finding('overrun', block(), damage(), near=(0xfffffa8001c29f80, 0xfffffa8001c2a100), culprit=3)),
    'underrun': named(finding('underrun', block(), damage(-16, -3, 9, look=1), culprit=2)),
    'write-after-free': named(finding('write-after-free', block(state=4, freed=FREED), damage(0, 99, 60, look=6))),
    'frees': named(*[finding(kind, block(state=4, freed=FREED), reason=reason) for kind, reason in (
        ('double-free', 19), ('late-free', 6), ('interior-free', 0), ('wild-free', 4), ('wrong-tag', 0))]),
    'leaks': named(finding('leak', block()), finding('leak-site', block()), finding('leak', block(), sure=0, reason=7),
                   finding('difference', block(), sure=0), finding('injected', block(), reason=24)),
    'calls': named(*[finding(kind, reason=11) for kind in ('wrong-irql', 'wrong-order', 'bad-request', 'describe')]),
    'repeats': named(finding('overrun', block(), damage()), bytes([ITEMS['again'], 1]) + TAIL, bytes([ITEMS['repeats']])),
    'window': named(finding('overrun', block(), damage(4096, 5000, 900)),  # what is shown does not hold it
                    finding('overrun', block(size=(1 << 63) - 28), damage()),  # half of all addresses
                    finding('overrun', block(), damage(100, 103, 4, dump_at=-4096)),
                    finding('underrun', block(), damage(-1 << 63, (1 << 63) - 1, 1 << 63, length=0xffffffff))),
    'names': report(bytes([ITEMS['block'], ]) + block(size=1 << 40, tag=b'\x01\xff\0\x80'),
                    bytes([ITEMS['notice'], 4]) + word(1) * 4 + text('a\nb\tc\r\n%s%n') + text('x' * 23),
                    driver='a name of 23 characters'),
    'long': report(finding('overrun', block(), damage()), driver='] \x7f=\xff', stacks=(32, 32, 32)),
    'tables': named(bytes([ITEMS['table'], 2]) + b'Irpx' + site(again(1), again(2), 7, 0x401000, 1) +
                    word(1) * 2 + b'\1' + word(0xffffffff) + word(-1) + word(0xffffffff) * 6,
                    bytes([ITEMS['table'], 1]) + b'\0' * 30),
    'sites': named(bytes([ITEMS['sites'], 2]) + site(b'\xf0longlong', again(2), 99999, 0x401000) + word(5) +
                   site(text(None), text(None), 0, 0x401234) + word(1)),
    'real': b''.join([report(), *[bytes([ITEMS['damage'], 1, 20]) + ulong(100) + b'\x55\1\1\5\6' +
                                  b''.join(ulong(at) + b'\x0f' for at in (17, 118, 119, 120, 121, 130)) + ulong(0) +
                                  ulong(136) + bytes(40)]]),
}


def reports():
    yield from REPORTS.items()


# ---- sequences of operations: as fuzz_operations.c reads them ----

CALLS = ('allocate - - - free - again inside wild damage - check access describe difference ask hand-over foreign '
         'system-frees system-frees-held irql high drained options exit init faults').split()
STARTS = ('none redzone stacks retired statistics quarantine blocks no-double-frees fill64 fill0 front learn patrol '
          'check-every neighbours repair repeat free-print slice call tags nth paths chance no-info kept').split()
XP, W2000, VISTA, W8, W10 = range(5)
PACKED, END, START = 0, 5, 10
NEVER = 15


def call(name, *rest):
    return bytes([CALLS.index(name), *rest])


def take(way=1, kind=0, size=100, place=0, tag=0):
    return call('allocate', way + 12 * tag, place, kind, size)


def give(which=0, how=1, place=1):
    return call('free', which, how, place)


def hurt(which, how, offset, xor=0x11):
    return call('damage', which, how, xor, offset)


def start(*names, place=0):
    return bytes([place, len(names), *[STARTS.index(name) for name in names]])


def life(kernel, *calls, options=(), more=0, early=0):
    return bytes([kernel, more, early]) + start(*options) + b''.join(calls)


def inside(which, offset, how=0):
    return call('inside', which) + ulong(offset + 64) + bytes([how, 2])


CHECK = call('check', 3)
EXIT = call('exit', 4)
DISPATCH, PASSIVE = call('irql', 2), call('irql', 0)

OPERATIONS = {
    'right': life(XP, take(), take(0, 1, 3), take(2, 0, 17), take(5, 1, 20), give(0, 5), give(0, 3), give(2, 0), EXIT),
    'overrun': life(XP, take(), hurt(0, 1, 3), CHECK, give(), CHECK, call('access', 0, 3, 0) + ulong(128 + 100)),
    'underrun': life(VISTA + END, take(0, 1), hurt(0, 0, 0), give(0, 0), CHECK, EXIT),
    'after-free': life(XP, take(), give(), hurt(0, 20, 40), hurt(0, 0, 90), CHECK, CHECK, EXIT),
    'repair': life(XP, take(), hurt(0, 1, 3), CHECK, hurt(0, 1, 27), hurt(0, 0, 15), CHECK, CHECK, give(), hurt(0, 5, 60), CHECK,
                   options=('repair', 'repeat')),
    'twice': life(XP, take(), take(5), give(0), call('again', 0, 1, 3), give(1), call('again', 1, 0, 3), EXIT,
                  call('again', 1, 0, 3), call('again', 0, 3, 3)),
    'late': life(XP, take(), give(), call('again', 0, 1, 3), take(5, 1), give(), call('again', 0, 0, 2),
                 options=('no-double-frees',)),
    'inside': life(XP, take(), inside(0, 16), inside(0, -8), inside(0, 104, 3), take(5), inside(0, 3),
                   *[call('wild', which, 1, 3) for which in range(5)]),
    'wrong-tag': life(W8, take(1), give(0, 225), take(5), give(0, 225), give(0, 3), take(6, 1, 5), give(0, 5)),
    'paged': life(XP, take(1, 1), take(5, 1), DISPATCH, give(0), give(1), take(1, 1), take(1, 0), hurt(0, 1, 1), CHECK,
                  PASSIVE, call('drained'), CHECK, EXIT, more=0),
    'high': life(XP, take(1), take(5, 1), call('high', 0, 0, 2), call('high', 0, 1, 2), call('high', 1, 1, 2), CHECK,
                 call('drained'), EXIT),
    'hand-over': life(XP, take(0), take(2), take(5), take(4), call('hand-over', 3, 2, 0), call('hand-over', 2, 2, 0),
                      call('hand-over', 1, 2, 1), call('hand-over', 0, 2, 1), call('hand-over', 3, 2, 1), EXIT),
    'stale': life(XP, take(5, 0, 50), call('system-frees', 0), take(5, 0, 50), call('foreign', 0, 50),
                  call('system-frees', 1), call('foreign', 0, 50), call('foreign', 230, 0, 1), CHECK, EXIT),
    'came-back': life(XP, take(5, 0, 60), give(0, 3), call('system-frees-held', 0, 0), give(0), CHECK, EXIT),
    'range': life(XP, take(0, 0, 250), *[call('access', 1, 3, 0) + ulong(128 + at) + ulong(length)
                                         for at, length in ((0, 250), (3, 100), (250, 0), (249, 1), (400, 1))]),
    'counts': life(XP, call('difference', 1, 1), take(), call('difference', 1, 0), take(1, 1, 30, 17), take(5),
                   call('difference', 1, 1), call('difference', 1, 2), call('ask', 1, 2), call('ask', 1, 3), give(0),
                   call('difference', 1, 1), options=('statistics', 'stacks', 'free-print')),
    'describe': life(XP, take(), give(), take(5, 0, 20), *[call('describe', 1, which) + ulong(128 + at)
                                                           for which in (0, 1) for at in (0, -5, 105, 4096, 90000)]),
    'leaks': life(XP, take(0, 0, 4), take(0, 0, 4), take(1, 1, 5), take(5), take(5), take(2), EXIT, give(0), give(1),
                  give(5), call('init') + start(), take(), EXIT),
    'kept': life(XP, take(0), take(5), EXIT, give(0), give(1), call('init') + start(), take(), CHECK,
                 options=('kept',)),
    'order': life(XP, EXIT, EXIT, take(), CHECK, give(), call('ask', 1, 0), call('options', 1, 0), call('init') +
                  start('retired'), call('init') + start(), DISPATCH, EXIT, early=7),
    'options': life(XP, take(), hurt(0, 1, 2), *[call('options', 1, 2, which, which + 1) for which in range(0, 24, 2)],
                    CHECK, give()),
    'faults': life(XP, call('faults', 1), take(), call('faults', 5), take(), take(0, 1), call('faults', 15), EXIT,
                   call('init') + start(), take(5), CHECK),
    'fail': life(XP, *[take(way) for way in range(12)], *[take(way, 0, 40) for way in (245, 246, 250)],
                 options=('nth', 'chance')),
    'newest': life(W10, *[take(way, kind, size) for way in (10, 8, 9) for kind in (0, 1) for size in (0, 17, 60)],
                   *[give(which, how) for which, how in ((0, 2), (3, 4), (5, 3))]),
    'large': life(XP, take(0, 0, 20), take(5, 1, 21), take(5, 0, 20), hurt(2, 1, 5), CHECK, inside(2, 5000), give(1),
                  call('system-frees', 0), take(5, 0, 20), CHECK, more=NEVER),
    'patrol': life(XP, *[take(1, 0, size) for size in range(40, 60)], hurt(5, 1, 1), hurt(9, 0, 1), take(), take(),
                   give(4), CHECK, options=('patrol', 'neighbours', 'check-every')),
    'learn': life(XP, take(5), give(0, 3), take(5), give(0, 3), take(5), inside(0, -4), give(0, 3), take(5, 0, 30),
                  options=('learn',)),
    'on-finding': life(XP, call('ask', 1, 0), take(), hurt(0, 1, 1), CHECK, call('again', 0, 0, 0), EXIT,
                       options=('call', 'repeat')),
    'slice': life(XP, *[take(1, kind, 50) for kind in (0, 0, 0, 1, 0)], hurt(1, 1, 1), DISPATCH, CHECK, CHECK, CHECK,
                  PASSIVE, CHECK, options=('slice',)),
    'evicted': life(W2000, *[take(1, kind, 8) + give() for kind in (0, 1, 0, 1)], hurt(0, 3, 3), hurt(1, 3, 3), take(),
                    give(), take(1, 1), give(), options=('blocks', 'retired')),
}


def operations():
    yield from OPERATIONS.items()


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, 'corpus')
    for target, seeds in (('options', options()), ('report', reports()), ('operations', operations())):
        where = os.path.join(folder, target)
        os.makedirs(where, exist_ok=True)
        for old in os.listdir(where):
            if not old.startswith('regression-'):
                os.unlink(os.path.join(where, old))
        for name, data in seeds:
            with open(os.path.join(where, name), 'wb') as file:
                file.write(data)


main()
