#!/usr/bin/env python3
"""File and line for the module offsets in a MemCheck log.

  scripts/memcheck-lines.py [--log FILE] DRIVER...

Reads a log (standard input, if no FILE is given), as pasted from a debugger or DebugView, and prints
it with the place in the source behind each faulty.sys+0x1234:

  memcheck[faulty] #3 allocated at faulty.sys+0x1234 (driver.c:101 in DeviceOpen), thread 0x1a4

DRIVER is the driver as it was linked, with DWARF in it (faulty.sys, or the copy that was kept of it
before it was stripped) or with its .pdb beside it; or the .pdb alone. Each stands for the module of
its own name; NAME=FILE says another. What MemCheck prints are return addresses, so the line of the
call is looked up: the byte before. A line is printed as it is where nothing is known, and a message on
standard error says why. Lines for machines ("memcheck: v=1 ...") stay as they are.

Needs llvm-symbolizer (Debian: llvm); $LLVM_SYMBOLIZER names another. Exit status: 0 all were found,
1 some were not, 2 wrong usage.
"""
import argparse
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

OFFSET = re.compile(r'([A-Za-z0-9_.~-]+)\.(?:sys|dll|exe)\+0x([0-9a-fA-F]+)')
# A site of the list at exit, to be pasted into memcfg.h: what stands behind it must be a comment.
PREFIX = re.compile(r'memcheck\[([^]]+)\]')
PASTED = re.compile(r'"\+0x([0-9a-fA-F]+),?"')
OWN = re.compile(r'_?Mc[A-Z]')
NAME_LENGTH = 32  # MemCheck cuts names to this


def say(text):
    print('memcheck-lines: ' + text, file=sys.stderr)


def image_for(pdb, folder):
    """A PE image that holds nothing but the name of its .pdb: the symbolizer asks for an image."""
    record = b'RSDS' + bytes(16) + struct.pack('<I', 1) + os.path.abspath(pdb).encode() + b'\0'
    base, raw = 0x1000, 0x400
    debug = struct.pack('<IIHHIIII', 0, 0, 0, 0, 2, len(record), base + 28, raw + 28)
    data = (debug + record).ljust(0x1000, b'\0')
    directories = [(0, 0)] * 16
    directories[6] = (base, len(debug))
    optional = struct.pack('<HBBIIIII', 0x20B, 14, 0, 0, 0x1000, 0, 0, 0)
    optional += struct.pack('<QIIHHHHHHIIIIHH', 0x140000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0,
                            0x2000, 0x400, 0, 1, 0)
    optional += struct.pack('<QQQQII', 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += b''.join(struct.pack('<II', *pair) for pair in directories)
    header = b'MZ'.ljust(0x3C, b'\0') + struct.pack('<I', 0x40)
    header += b'PE\0\0' + struct.pack('<HHIIIHH', 0x8664, 1, 0, 0, 0, len(optional), 0x22)
    header += optional
    header += struct.pack('<8sIIIIIIHHI', b'.rdata', len(data), base, len(data), raw, 0, 0, 0, 0,
                          0x40000040)
    name = os.path.join(folder, os.path.basename(pdb) + '.sys')
    with open(name, 'wb') as image:
        image.write(header.ljust(raw, b'\0') + data)
    return name


def parse(text):
    """The symbolizer's answer for one address: frames, innermost first, as (function, file, line)."""
    lines = text.strip().split('\n')
    frames = []
    for function, place in zip(lines[::2], lines[1::2]):
        match = re.match(r'(.*):(\d+):(\d+)$', place)
        file, line = (match.group(1), int(match.group(2))) if match else ('??', 0)
        frames.append((function, file, line))
    return frames


def symbolize(tool, image, offsets):
    command = [tool, '--obj=' + image, '--relative-address', '--demangle', '--output-style=LLVM']
    command += ['0x%x' % max(offset - 1, 0) for offset in offsets]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    if done.returncode != 0:
        return None, done.stderr.strip().split('\n')[-1]
    answers = [part for part in done.stdout.split('\n\n') if part.strip()]
    if len(answers) != len(offsets):
        return None, (done.stderr.strip() or 'no answer from the symbolizer').split('\n')[-1]
    return dict(zip(offsets, map(parse, answers))), done.stderr.strip().split('\n')[-1]


def base_name(path):
    return re.split(r'[\\/]', path)[-1]


def worded(frames):
    """What to print for one address; '' where nothing is known, False as the second where there
    should be a line: MemCheck's own routines, at the outer end of call stacks, have none."""
    words = []
    for function, file, line in frames:
        place = '%s:%d' % (base_name(file), line) if line else ''
        name = '' if function == '??' else function
        if place or name:
            words.append(place + (' in ' if place and name else '') + name)
    return ', inlined at '.join(words), any(line or OWN.match(function)
                                             for function, _, line in frames)


def places(line):
    """The offsets in a line: where the text for each goes, (module, offset), how it is put there."""
    if re.search(r'\bmemcheck: v=\d', line):
        return []
    result = [(match.end(), (match.group(1), int(match.group(2), 16)), ' (%s)')
              for match in OFFSET.finditer(line)]
    prefix = PREFIX.search(line)
    if prefix:
        result += [(match.end(), (prefix.group(1), int(match.group(1), 16)), ' /* %s */')
                   for match in PASTED.finditer(line)]
    return result


class Symbols:
    def __init__(self, tool, drivers, folder):
        self.tool = tool
        self.images = {}
        self.told = set()
        self.complete = True
        for driver in drivers:
            name, _, path = driver.rpartition('=')
            if not os.path.isfile(path):
                say('no such file: ' + path)
                sys.exit(2)
            stem = name or base_name(path)
            stem = re.sub(r'\.(sys|dll|exe|pdb|debug|dbg)$', '', stem, flags=re.I)
            with open(path, 'rb') as file:
                is_pdb = file.read(24) == b'Microsoft C/C++ MSF 7.00'
            image = image_for(path, folder) if is_pdb else path
            # A driver and its .pdb, both given: the driver says enough.
            if is_pdb and stem.lower() in self.images:
                continue
            self.images[stem.lower()] = image

    def tell(self, key, text):
        self.complete = False
        if key not in self.told:
            self.told.add(key)
            say(text)

    def image(self, module):
        module = module.lower()
        if module not in self.images and len(module) == NAME_LENGTH:
            for stem in self.images:
                if stem.startswith(module):
                    return self.images[stem]
        return self.images.get(module)

    def look_up(self, found):
        """For pairs of module and offset: what to print of each that is known."""
        known = {}
        for module in sorted({module for module, _ in found}):
            image = self.image(module)
            if image is None:
                self.tell(module, 'no symbols given for %s; give the driver as it was linked, or '
                          '%s=FILE' % (module, module))
                continue
            offsets = sorted({offset for name, offset in found if name == module})
            answers, error = symbolize(self.tool, image, offsets)
            if answers is None:
                self.tell(module, '%s: %s' % (image, error))
                continue
            for offset in offsets:
                text, has_line = worded(answers[offset])
                if text:
                    known[module, offset] = text
                if not has_line:
                    self.tell((module, 'line'), '%s has no line for +0x%x: is it the file that ran, '
                              'built with debug information?' % (image, offset))
        return known


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--log', metavar='FILE')
    parser.add_argument('driver', nargs='+', metavar='DRIVER')
    arguments = parser.parse_args()
    tool = os.environ.get('LLVM_SYMBOLIZER') or 'llvm-symbolizer'
    if shutil.which(tool) is None:
        say('%s is missing; run:  apt-get install llvm' % tool)
        return 2
    if arguments.log:
        try:
            with open(arguments.log, errors='surrogateescape') as file:
                lines = file.readlines()
        except OSError as error:
            say('%s: %s' % (arguments.log, error.strerror))
            return 2
    else:
        sys.stdin.reconfigure(errors='surrogateescape')
        lines = sys.stdin.readlines()
    sys.stdout.reconfigure(errors='surrogateescape')

    found = {key for line in lines for _, key, _ in places(line)}
    with tempfile.TemporaryDirectory() as folder:
        symbols = Symbols(tool, arguments.driver, folder)
        known = symbols.look_up(found)

    for line in lines:
        for end, key, form in sorted(places(line), reverse=True):
            if key in known:
                line = line[:end] + form % known[key] + line[end:]
        sys.stdout.write(line)
    return 0 if symbols.complete else 1


if __name__ == '__main__':
    sys.exit(main())
