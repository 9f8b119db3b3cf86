# perl.sh - hashes, regular expressions, strings, a fork.
export PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
perl "$WORK/work.pl" "$SCALE" >answers.txt
