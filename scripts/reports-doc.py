#!/usr/bin/env python3
"""docs/reports.md, from the golden reports and one file of explanations.

  scripts/reports-doc.py            writes docs/reports.md
  scripts/reports-doc.py --check    says whether it is up to date; writes nothing
  scripts/reports-doc.py --log FILE a log: is each line for programs in it as the page says?

Reads docs/reports.in.md (its head says how it is written) and tests/golden/. A kind, a label, a key
or a value in a golden file that nobody explains is an error that names it, and so is an explanation
of what no golden file has. --golden, --source and --out name other places.

Exit status: 0 good, 1 not, 2 wrong usage.
"""
import argparse
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MACHINE = r'^memcheck: v=1( [a-z_]+=[A-Za-z0-9_.:+%-]*)+$'
PAIR = r' ([a-z_]+)=([A-Za-z0-9_.:+%-]*)'
PEOPLE = re.compile(r'memcheck\[[^]]*\] (#\d+ )?(.*)$')
INDENT = 10  # columns of a label; what is continued begins there, and two behind it what belongs to it
# The numbers of notices as the core names them: each must be explained.
NAMED = re.compile(r'(?:McpAddCount\([^,"]*, |\.Name = )"([^"]+)"')


class Problems:
    def __init__(self):
        self.count = 0

    def say(self, text):
        self.count += 1
        print('reports-doc: ' + text, file=sys.stderr)


class Explanations:
    """docs/reports.in.md: the page's text, and tables of what is explained."""

    def __init__(self, path, problems):
        self.body = []       # text, and (directive, rest)
        self.kinds = []      # in the page's order
        self.labels = {}     # label -> text
        self.subs = []       # (label, expression)
        self.keys = {}       # key, kind.key or kind.* -> (unit, meaning, when)
        self.tables = {}     # key -> (table of words.txt, column)
        self.values = {}     # (key, value) -> text
        self.hidden = []
        self.used = set()
        with open(path, encoding='utf-8') as file:
            lines = file.read().split('\n')
        if lines and lines[0].startswith('<!--'):
            lines = lines[next(i for i, line in enumerate(lines) if line.endswith('-->')) + 1:]
        for line in lines:
            if not line.startswith('@'):
                self.body.append(line)
                continue
            name, _, rest = line[1:].partition(' ')
            fields = [field.strip() for field in rest.split(' | ')]
            take = getattr(self, 'take_' + name, None)
            try:
                take(*fields)
            except TypeError:
                problems.say('%s: not understood: %s' % (os.path.basename(path), line))

    def take_kind(self, kind, report):
        self.kinds.append(kind)
        self.body.append(('kind', kind, report))

    def take_label(self, label, text, expression=None):
        self.labels[label] = text
        if expression is not None:
            self.subs.append((label, re.compile(expression)))

    def take_key(self, key, unit, meaning, when):
        self.keys[key] = (unit, meaning, when)

    def take_values(self, key, table, column, never=None):
        self.tables[key] = (table.split('+'), int(column), never)

    def take_value(self, key, value, text):
        self.values[key, value] = text

    def take_hide(self, names):
        self.hidden += names.split()

    def take_insert(self, what):
        self.body.append((what,))

    def label(self, label):
        self.used.add(('label', label))
        return self.labels.get(label)

    def key(self, kind, key):
        for name in ('%s.%s' % (kind, key), key, kind + '.*'):
            if name in self.keys:
                self.used.add(('key', name))
                return name
        return None

    def unused(self):
        everything = [('kind', kind) for kind in self.kinds]
        everything += [('label', label) for label in self.labels]
        everything += [('key', key) for key in self.keys]
        everything += [('value', '%s=%s' % pair) for pair in self.values]
        return [what for what in everything if what not in self.used]


class Golden:
    """One golden file: its lines for people with their labels, its lines for programs as pairs."""

    def __init__(self, path, subs):
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.title = []
        self.lines = []     # (label, line); of a continued line the label of the one before
        self.unknown = []
        self.machine = []   # dictionaries, in the order of their keys
        with open(path, encoding='ascii') as file:
            text = file.read()
        label = None
        for line in text.rstrip('\n').split('\n'):
            if re.match(MACHINE, line):
                self.machine.append(dict(re.findall(PAIR, line)))
                self.lines.append((None, line))
                label = None
                continue
            match = PEOPLE.match(line)
            if not match:
                self.unknown.append('a line neither for people nor for programs: ' + line)
                continue
            label = self.label(match.group(1), match.group(2), label, subs)
            self.lines.append((label, line))
            if label == '====':
                self.title.append(line)

    def label(self, number, body, before, subs):
        if number is None:
            return 'notice'
        for label, expression in subs:
            if expression.search(body):
                return label
        if body.startswith(' ' * (INDENT + 1)):
            self.unknown.append('a line of no known sort: ' + body.strip())
            return before
        if body.startswith(' ' * INDENT):
            return before
        return body.split(' ')[0]

    @property
    def labels(self):
        return list(dict.fromkeys(label for label, _ in self.lines if label is not None))

    @property
    def kinds(self):
        return {pairs.get('kind') for pairs in self.machine}

    @property
    def shape(self):
        """Titles that differ by a number only are one."""
        return re.sub(r'\d+', '0', ' '.join(line.split('#', 1)[-1] for line in self.title)).replace('bytes', 'byte')

    def text_of(self, label):
        """The lines of a label where it stands first, those it goes on in too."""
        first = next(i for i, (name, _) in enumerate(self.lines) if name == label)
        last = first
        while last + 1 < len(self.lines) and self.lines[last + 1][0] == label:
            last += 1
        return [line for _, line in self.lines[first:last + 1]]


def read_words(path):
    """words.txt: table -> rows of columns; the row behind the last value is left out."""
    tables = {}
    with open(path, encoding='ascii') as file:
        for line in file:
            match = re.match(r'(\w+) \d+: (.*)$', line)
            if match and not match.group(2).startswith('?'):
                tables.setdefault(match.group(1), []).append(match.group(2).split('; ', 2))
    return tables


class Page:
    def __init__(self, source, folder, core, problems):
        self.problems = problems
        self.explained = Explanations(source, problems)
        self.words = read_words(os.path.join(folder, 'words.txt'))
        self.goldens, self.narrow = [
            [Golden(path, self.explained.subs) for path in sorted(glob.glob(os.path.join(where, '*.txt')))
             if os.path.basename(path) != 'words.txt'] for where in (folder, os.path.join(folder, '32'))]
        self.core = core
        self.shown = set()  # labels that the page has explained so far

    # ---- what must hold ----

    def check_line(self, pairs, where):
        kind = pairs.get('kind')
        if kind is None:
            self.problems.say('%s: a line for programs without kind=' % where)
            return
        if kind not in self.explained.kinds:
            self.problems.say('%s: nobody explains the kind "%s"' % (where, kind))
            return
        self.explained.used.add(('kind', kind))
        for key, value in pairs.items():
            if self.explained.key(kind, key) is None:
                self.problems.say('%s: nobody explains the key "%s" of kind=%s' % (where, key, kind))
            elif key in self.explained.tables:
                if value.split(':')[0].split('%')[0] not in dict(self.values(key)):
                    self.problems.say('%s: nobody explains %s=%s' % (where, key, value))

    def check(self):
        for golden in self.goldens + self.narrow:
            where = golden.name + '.txt'
            for text in golden.unknown:
                self.problems.say('%s: %s' % (where, text))
            if not golden.machine:
                self.problems.say('%s: no line for programs' % where)
            for label in golden.labels:
                if self.explained.label(label) is None:
                    self.problems.say('%s: nobody explains the line "%s"' % (where, label))
            for pairs in golden.machine:
                self.check_line(pairs, where)
        for kind in [row[0] for row in self.words['kind'] if row[0] != 'none']:
            if kind not in self.explained.kinds:
                self.problems.say('words.txt: nobody explains the kind "%s"' % kind)
        used_tables = {table for entry in self.explained.tables.values() for table in entry[0]}
        for table in sorted(set(self.words) - used_tables - {'kind'}):
            self.problems.say('words.txt: no key has the values of the table "%s"' % table)
        for key in self.explained.tables:
            self.values(key)
        self.check_names()
        for name in sorted(set(self.explained.hidden) - {golden.name for golden in self.goldens}):
            self.problems.say('no golden file %s.txt, which is hidden' % name)
        for what, name in self.explained.unused():
            self.problems.say('no golden file has the %s "%s" that is explained' % (what, name))

    def check_names(self):
        """What the core counts, though no golden file may have it."""
        for path in sorted(glob.glob(os.path.join(self.core, '*.c'))):
            with open(path, encoding='utf-8') as file:
                names = NAMED.findall(file.read())
            for name in names:
                key = re.sub('[^a-z]+', '_', name.lower()).strip('_')
                found = [item for item in self.explained.keys if item.split('.')[-1] == key]
                self.explained.used.update(('key', item) for item in found)
                if not found:
                    self.problems.say('%s: nobody explains the number "%s" (key %s)' %
                                      (os.path.basename(path), name, key))

    # ---- the parts of the page ----

    def values(self, key):
        """Of a key with a fixed set of values: each of them, and what it means."""
        tables, column, never = self.explained.tables[key]
        result = {}
        for row in [row for table in tables for row in self.words.get(table, [])]:
            value, text = row[0], row[column] if column < len(row) else '-'
            if value == never:
                continue
            if (key, value) in self.explained.values:
                self.explained.used.add(('value', '%s=%s' % (key, value)))
                text = self.explained.values[key, value]
            if text == '-':
                self.problems.say('words.txt: nobody explains %s=%s' % (key, value))
            if value in result and text != result[value]:
                text = result[value] + '; or: ' + text
            result[value] = text
        for (name, value), text in self.explained.values.items():
            if name == key and value not in result:
                self.explained.used.add(('value', '%s=%s' % (key, value)))
                result[value] = text
        return list(result.items())

    def label_rows(self, labels):
        rows = ['| line | says |', '| --- | --- |']
        for label in labels:
            text, _, more = self.explained.labels.get(label, '?').partition(' // ')
            rows.append('| `%s` | %s |' % (label, text + ('' if label in self.shown else more)))
            self.shown.add(label)
        return rows

    def of_kind(self, kind):
        return [golden for golden in self.goldens
                if kind in golden.kinds and golden.name not in self.explained.hidden]

    def insert_kind(self, kind, report):
        if report == '-':  # the report of another kind shows it
            return []
        chosen = [golden for golden in self.of_kind(kind) if golden.name == report]
        if not chosen:
            self.problems.say('no golden file %s.txt of the kind "%s"' % (report, kind))
            return []
        main = chosen[0]
        out = ['```'] + [line for _, line in main.lines] + ['```', '']
        if main.labels != ['notice']:
            out += self.label_rows(main.labels)
        others = [golden for golden in self.of_kind(kind) if golden is not main]
        titles, told = [], {main.shape}
        for golden in others:
            if golden.title and golden.shape not in told:
                told.add(golden.shape)
                titles += golden.title
        if titles:
            out += ['', 'Its other titles:', '', '```'] + titles + ['```']
        extra, seen = [], set(main.labels)
        for golden in others:
            for label in golden.labels:
                if label not in seen:
                    seen.add(label)
                    extra.append((label, golden.text_of(label)))
        if extra:
            out += ['', 'What else it may say:', '', '```']
            out += [line for _, lines in extra for line in lines]
            out += ['```', ''] + self.label_rows([label for label, _ in extra])
        return out

    def insert_expression(self):
        return ['```', MACHINE, PAIR, '```']

    def key_rows(self, names):
        return ['| key | meaning | unit | when |', '| --- | --- | --- | --- |'] + [
            '| %s | %s | %s | %s |' % ('any other' if name.endswith('.*') else '`%s`' % name.split('.')[-1],
                                       meaning, unit, when)
            for name, (unit, meaning, when) in names]

    def insert_keys(self):
        out = self.key_rows([item for item in self.explained.keys.items() if '.' not in item[0]])
        own = {}
        for name, entry in self.explained.keys.items():
            if '.' in name:
                own.setdefault(name.split('.')[0], []).append((name, entry))
        for kind, entries in own.items():
            out += ['', 'With `kind=%s` only:' % kind, ''] + self.key_rows(entries)
        return out

    def insert_values(self):
        out, told = [], []
        for key, entry in self.explained.tables.items():
            if entry in told:  # the same values as another key's
                continue
            told.append(entry)
            out += ['#### `%s`' % key, '', '| value | meaning |', '| --- | --- |']
            out += ['| `%s` | %s |' % item for item in self.values(key)] + ['']
        return out[:-1]

    def write(self):
        out = ['<!-- Written by scripts/reports-doc.py from docs/reports.in.md and tests/golden/; change '
               'those, not this. -->']
        for part in self.explained.body:
            if isinstance(part, str):
                out.append(part)
            else:
                out += getattr(self, 'insert_' + part[0])(*part[1:])
        return re.sub(r'\n{3,}', '\n\n', '\n'.join(out)).strip('\n') + '\n'


def check_log(page, path):
    """Lines of a log: each that begins as one for programs is one, and all in it is explained."""
    seen = 0
    with open(path, errors='surrogateescape') as file:
        for number, line in enumerate(file, 1):
            at = line.find('memcheck: v=')
            if at < 0:
                continue
            line = line[at:].rstrip('\r\n')
            where = '%s:%d' % (os.path.basename(path), number)
            seen += 1
            if not re.match(MACHINE, line):
                page.problems.say('%s: not as the page says: %s' % (where, line))
            else:
                page.check_line(dict(re.findall(PAIR, line)), where)
    if seen == 0:
        page.problems.say('%s: no line for programs in it' % path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--log', metavar='FILE')
    parser.add_argument('--golden', metavar='FOLDER', default=os.path.join(ROOT, 'tests', 'golden'))
    parser.add_argument('--source', metavar='FILE', default=os.path.join(ROOT, 'docs', 'reports.in.md'))
    parser.add_argument('--out', metavar='FILE', default=os.path.join(ROOT, 'docs', 'reports.md'))
    arguments = parser.parse_args()
    problems = Problems()
    page = Page(arguments.source, arguments.golden, os.path.join(ROOT, 'src', 'core'), problems)
    if arguments.log:
        check_log(page, arguments.log)
        return 1 if problems.count else 0
    page.check()
    text = page.write()
    if problems.count:
        return 1
    if arguments.check:
        with open(arguments.out, encoding='utf-8') as file:
            if file.read() != text:
                problems.say('%s is not up to date: run scripts/reports-doc.py' % arguments.out)
        return 1 if problems.count else 0
    with open(arguments.out, 'w', encoding='utf-8') as file:
        file.write(text)
    return 0


if __name__ == '__main__':
    sys.exit(main())
