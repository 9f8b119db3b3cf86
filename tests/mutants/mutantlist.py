"""The format of mutants.txt, here and in tests/races: blocks of "field: value", an empty line between."""
import os
import re
import sys

FIELDS = ['name', 'rule', 'file', 'old', 'new']


def read(path, proof, line_ends=False):
    """All mutants, as dictionaries. proof: the field that names what must fail. line_ends: in old and
    new \\n is the end of a line."""
    mutants = []
    fields = FIELDS + [proof]
    with open(path, encoding='utf-8') as text:
        for block in re.split(r'\n\s*\n', text.read()):
            lines = [line for line in block.splitlines() if not line.startswith('#')]
            if not lines:
                continue
            mutant = dict(line.split(':', 1) for line in lines)
            mutant = {key.strip(): value.strip() for key, value in mutant.items()}
            if sorted(mutant) != sorted(fields):
                sys.exit('%s: a mutant needs %s, not: %s' % (os.path.basename(path), fields, block))
            if line_ends:
                mutant['old'] = mutant['old'].replace('\\n', '\n')
                mutant['new'] = mutant['new'].replace('\\n', '\n')
            mutants.append(mutant)
    return mutants


def choose(mutants, names, who):
    """Those named; without names, all."""
    unknown = set(names) - {mutant['name'] for mutant in mutants}
    if unknown:
        sys.exit('%s: there is none named %s' % (who, ', '.join(sorted(unknown))))
    return [mutant for mutant in mutants if not names or mutant['name'] in names]
