#!/usr/bin/env python3
"""Each mutant of mutants.txt is found in its race by the explorer, or by the stress.

usage: tests/races/mutants.py [NAME...]      all mutants, or those named
Writes build/races/; prints a table and "race_mutants: N passed, N failed". See mutants.txt.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, 'tests', 'mutants'))
import mutantlist  # noqa: E402 (beside the other mutants)

TREE = os.path.join(ROOT, 'build', 'races', 'tree')
MAIN = os.path.join(ROOT, 'build', 'races', 'main')
OBJECTS = os.path.join(ROOT, 'build', 'races', 'mutant')
SECONDS = 60


def copy(path):
    """Into the tree, with the time of now: what was compiled from the mutant is compiled again."""
    with open(os.path.join(ROOT, path), encoding='utf-8') as text:
        write(path, text.read())


def write(path, text):
    with open(os.path.join(TREE, path), 'w', encoding='utf-8') as file:
        file.write(text)


def build():
    """None, or what the compiler says."""
    done = subprocess.run([os.path.join(HERE, 'build.sh'), TREE, OBJECTS], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else done.stdout


def run(command):
    """passed, or failed, or hung; and what it says of a failure."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return 'hung', ''
    repeat = re.search(r'--(?:schedule|seed) (\S+)', done.stdout)
    words = re.search(r'(?:MISUSE|FAIL \S+:|^stress:) *(.{0,60})', done.stdout, re.M)
    if done.returncode == 0:
        return 'passed', ''
    if done.returncode != 1 or not repeat:
        return 'unknown', done.stdout[-200:]
    return 'failed', '%s  %s' % (repeat.group(1), words.group(1) if words else '')


def explore(race):
    """Within the race's own bound, and where nothing is found with two preemptions."""
    if race == 'stress':
        return run([os.path.join(OBJECTS, 'stress'), '--mode', 'onecpu', '--rounds', '4'])
    command = [os.path.join(OBJECTS, 'races'), '--race', race]
    outcome, words = run(command)
    return run(command + ['--bound', '2']) if outcome == 'passed' else (outcome, words)


def judge(mutant):
    with open(os.path.join(ROOT, mutant['file']), encoding='utf-8') as text:
        text = text.read()
    if text.count(mutant['old']) != 1:
        return False, 'its line stands %d times in %s' % (text.count(mutant['old']), mutant['file'])
    write(mutant['file'], text.replace(mutant['old'], mutant['new']))
    wrong = build()
    outcome, words = ('', '') if wrong else explore(mutant['race'])
    copy(mutant['file'])
    if wrong:
        return False, 'does not compile: ' + wrong.strip().split('\n')[-1]
    return outcome == 'failed', 'found: ' + words if outcome == 'failed' else 'race ' + outcome + words


def plant():
    """The tree as it is, with the objects of it: of a mutant one file is compiled, and compiled again."""
    for folder in (TREE, OBJECTS):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in ('include', 'src', 'host'):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(TREE, folder))
    subprocess.run([os.path.join(HERE, 'build.sh'), ROOT, MAIN], check=True)
    shutil.copytree(MAIN, OBJECTS)


def main():
    mutants = mutantlist.read(os.path.join(HERE, 'mutants.txt'), 'race', line_ends=True)
    chosen = mutantlist.choose(mutants, sys.argv[1:], 'race_mutants')
    plant()
    passed = 0
    for mutant in chosen:
        good, text = judge(mutant)
        passed += good
        print('%-22s %-22s %s' % (mutant['name'], mutant['race'], text), flush=True)
    print('race_mutants: %d passed, %d failed' % (passed, len(chosen) - passed))
    return 0 if passed == len(chosen) and chosen else 1


if __name__ == '__main__':
    sys.exit(main())
