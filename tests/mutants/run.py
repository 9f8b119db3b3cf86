#!/usr/bin/env python3
"""Remove one rule of the core at a time; the test that names the rule must fail, and by itself.

usage: tests/mutants/run.py [NAME...]      all mutants, or those named
Writes build/mutants/; prints a table and "mutants: N passed, N failed". See mutants.txt.
"""
import os
import shutil
import subprocess
import sys

import mutantlist

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, 'tests', 'mutants')
WORK = os.path.join(ROOT, 'build', 'mutants')
FOLDERS = ['include', 'src', 'host', 'tests/kernel']
SECONDS = 60


def build(tree):
    """The kernel suite on the simulated kernel, as the test run builds it; None, or the compiler's words."""
    command = [os.path.join(ROOT, 'tests', 'kernel', 'build-sim.sh'), tree, os.path.join(tree, 'suite')]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else done.stdout


def run(tree, test):
    """passed, skipped, failed, hung or unknown (to the suite)."""
    command = [os.path.join(tree, 'suite'), '--only', test]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return 'hung'
    if done.returncode == 2:
        return 'unknown'
    if done.returncode == 0:
        return 'passed' if '1 passed' in done.stdout else 'skipped'
    return 'failed'


def plant(tree):
    for folder in FOLDERS:
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(tree, folder))
    return build(tree)


def mutate(tree, mutant):
    """None, or why not."""
    with open(os.path.join(ROOT, mutant['file']), encoding='utf-8') as text:
        lines = text.read().split('\n')
    at = [number for number, line in enumerate(lines) if line.strip() == mutant['old']]
    if len(at) != 1:
        return 'the line stands %d times in %s: %s' % (len(at), mutant['file'], mutant['old'])
    lines[at[0]] = mutant['new']
    with open(os.path.join(tree, mutant['file']), 'w', encoding='utf-8') as text:
        text.write('\n'.join(lines))
    return None


def judge(tree, mutant):
    """In a tree that is as it should be, before and after: one file is compiled for each mutant."""
    wrong = mutate(tree, mutant)
    if wrong:
        return False, wrong
    wrong = build(tree)
    outcome = None if wrong else run(tree, mutant['test'])
    shutil.copyfile(os.path.join(ROOT, mutant['file']), os.path.join(tree, mutant['file']))
    if wrong:
        return False, 'does not compile: ' + wrong.strip().split('\n')[-1]
    return outcome == 'failed', 'killed' if outcome == 'failed' else 'test ' + outcome


def main():
    mutants = mutantlist.read(os.path.join(HERE, 'mutants.txt'), 'test')
    chosen = mutantlist.choose(mutants, sys.argv[1:], 'mutants')
    shutil.rmtree(WORK, ignore_errors=True)
    clean, tree = os.path.join(WORK, 'clean'), os.path.join(WORK, 'mutant')
    wrong = plant(clean) or plant(tree)
    if wrong:
        sys.exit('the suite does not build: ' + wrong)
    passed = 0
    print('%-28s %-45s %s' % ('mutant', 'test', 'result'))
    for mutant in chosen:
        before = run(clean, mutant['test'])
        good, text = False, 'test %s without it' % before
        if before == 'passed':
            good, text = judge(tree, mutant)
        passed += good
        print('%-28s %-45s %s' % (mutant['name'], mutant['test'], text), flush=True)
    print('mutants: %d passed, %d failed' % (passed, len(chosen) - passed))
    return 0 if passed == len(chosen) and chosen else 1


if __name__ == '__main__':
    sys.exit(main())
