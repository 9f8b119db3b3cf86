# gcc.sh - MemCheck in one file, compiled: the same object, byte for byte.
sh "$ROOT/scripts/amalgamate.sh" "$PWD/dist"
level=$((SCALE > 1 ? 2 : 1))
gcc -std=c89 -O$level -Wall -Wextra -c dist/memcheck.c -o memcheck.o
gcc -O$level -Wall -Idist "$ROOT/tests/host/host_program.c" memcheck.o -pthread -o host
./host >answers.txt 2>/dev/null # MemCheck on MemCheck
