#!/usr/bin/env python3
"""stack.py - the report path takes at most 1 KB of stack, from the report's entry to the kit's routine.

gcc writes each function's frame and whom it calls (-fcallgraph-info=su) for the one file; the deepest
chain is summed up. A kernel stack has 12 KB on i386, and a driver may free deep in it. Calls of other
modules and through pointers (the kit's print routine) end a chain. Recursion is a failure.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 1024
# Where reporting starts; what the core does before is its own.
ENTRIES = ['McReportClaim', 'McReportDrop', 'McReportSubmit', 'McReportRepeats', 'McNotice', 'McNoticeNumbers',
           'McNoticeBlock', 'McNoticeUser', 'McNoticeSite', 'McNoticeSitesEnd', 'McNoticeSiteKeys',
           'McNoticeAlways']
COMPILERS = {
    'gcc-windows-x86_64': ['x86_64-w64-mingw32-gcc', '-isystem', '/usr/x86_64-w64-mingw32/include/ddk'],
    'gcc-windows-i686': ['i686-w64-mingw32-gcc', '-isystem', '/usr/i686-w64-mingw32/include/ddk'],
}
results = {True: 0, False: 0}


def check(holds, text):
    results[bool(holds)] += 1
    print('%s %s' % ('ok  ' if holds else 'FAIL', text))


def compile_graph(compiler, options, source, folder, include):
    """Frames and calls of all functions in the source, by name without its i386 decoration."""
    target = os.path.join(folder, 'graph.o')
    subprocess.run(compiler + options + ['-D_WIN32_WINNT=0x0600', '-fcallgraph-info=su', '-w', '-I', include, '-c',
                                         source, '-o', target], check=True)
    with open(os.path.join(folder, 'graph.ci'), encoding='utf-8') as text:
        graph = text.read()
    frames, calls = {}, {}

    def plain(name):
        return re.sub(r'@\d+$', '', name.split(':')[-1]).lstrip('_')

    for title, label in re.findall(r'node: \{ title: "([^"]*)" label: "([^"]*)"', graph):
        size = re.search(r'\\n(\d+) bytes \((static|dynamic|dynamic,bounded)\)', label)
        if size:
            if size.group(2) == 'dynamic':
                raise ValueError('a frame of unbounded size: ' + title)
            frames[plain(title)] = int(size.group(1))
    for source_name, to in re.findall(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', graph):
        calls.setdefault(plain(source_name), set()).add(plain(to))
    return frames, calls


def deepest(name, frames, calls, above=()):
    """Bytes and names of the deepest chain from here; a return address for each call."""
    if name in above:
        raise ValueError('recursion: ' + ' > '.join(above + (name,)))
    if name not in frames:
        return 8, (name,)
    best = max((deepest(to, frames, calls, above + (name,)) for to in calls.get(name, ())), default=(0, ()))
    return frames[name] + best[0], (name,) + best[1]


def path_within(frames, calls, entry, limit):
    try:
        size, chain = deepest(entry, frames, calls)
    except ValueError as problem:
        return False, '%s: %s' % (entry, problem)
    return size <= limit, '%s: %d bytes, %s' % (entry, size, ' > '.join(chain))


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(ROOT, 'scripts', 'amalgamate.sh'), folder], check=True)
        for name, compiler in COMPILERS.items():
            for options in ['-O2'], ['-O0']:
                frames, calls = compile_graph(compiler, options, os.path.join(folder, 'memcheck.c'), folder, folder)
                where = '%s %s, ' % (name, ' '.join(options))
                for entry in ENTRIES:
                    if entry not in frames:
                        check(False, where + entry + ' is not there')
                        continue
                    holds, text = path_within(frames, calls, entry, LIMIT)
                    check(holds, where + text)
        seeded = os.path.join(folder, 'seeded.c')
        with open(seeded, 'w', encoding='utf-8') as text:
            text.write('void Use(char *);\n'
                       'static __attribute__((noinline)) void Deep(void) { char a[700]; Use(a); Use(a); }\n'
                       'void McNotice(void) { char a[700]; Use(a); Deep(); Use(a); }\n'
                       'void McNoticeUser(int n) { char a[8]; Use(a); if (n) McNoticeUser(n - 1); Use(a); }\n')
        frames, calls = compile_graph(['gcc'], ['-O0'], seeded, folder, folder)
        check(not path_within(frames, calls, 'McNotice', LIMIT)[0], 'found: two frames that together are too much')
        check(not path_within(frames, calls, 'McNoticeUser', LIMIT)[0], 'found: recursion')
    print('stack: %d passed, %d failed' % (results[True], results[False]))
    return 0 if results[True] and not results[False] else 1


if __name__ == '__main__':
    sys.exit(main())
