# python3.sh - objects, threads, processes. PYTHONMALLOC=malloc: each object is a block of its own.
export PYTHONMALLOC=malloc PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 "$WORK/work.py" "$SCALE" >answers.txt
