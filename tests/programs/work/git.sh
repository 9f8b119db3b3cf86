# git.sh - a history with fixed names and dates: the same object ids in each run.
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 LC_ALL=C TZ=UTC
export GIT_AUTHOR_NAME=Somebody GIT_AUTHOR_EMAIL=somebody@example.org
export GIT_COMMITTER_NAME=Somebody GIT_COMMITTER_EMAIL=somebody@example.org
git config --global init.defaultBranch main
git config --global gc.auto 0
git config --global pack.threads 3 # whatever there are of processors
git config --global grep.threads 3
git config --global index.threads 3
clock=1000000000
commit() {
    clock=$((clock + 60))
    GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" git commit -q "$@"
}
git init -q first
cd first
cp -r "$ROOT"/src "$ROOT"/include .
git add .
commit -m 'All of it'
for ((i = 1; i <= 2 * SCALE; i++)); do
    for f in src/core/*.c; do
        printf '/* %d */\n' $i >>"$f"
    done
    git mv include/memcfg.h include/memcfg-$i.h
    commit -a -m "Change $i"
    git mv include/memcfg-$i.h include/memcfg.h
    commit -m "Back $i"
done
git checkout -q -b other HEAD~2
sed -i 's/record/RECORD/g' src/core/*.h
commit -a -m 'On a branch'
git checkout -q main
clock=$((clock + 60))
GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
    git merge -q -m 'Together' other >/dev/null
git tag v1
git log --stat -p -M >../log.txt
git diff --word-diff HEAD~3 >../diff.txt
git blame src/core/free.c >../blame.txt
git grep -n -E 'McOs[A-Z][a-z]+\(' v1 >../grep.txt
git gc -q --prune=now
git fsck --full --strict >../fsck.txt 2>&1
git rev-list --objects --all | sort >../objects.txt
git cat-file --batch-check --batch-all-objects >../sizes.txt
git bundle create -q ../all.bundle --all
cd ..
git clone -q first second
git -C second fsck --full >>fsck.txt 2>&1
git -C second rev-parse HEAD >>fsck.txt
git clone -q all.bundle third -b main
git -C third rev-parse HEAD >>fsck.txt
rm -rf first/.git second/.git third/.git all.bundle # packs depend on timing; what is in them does not
