# work.pl SCALE - what Perl programs do, with results that are the same in each run.
use strict;
use warnings;
use Data::Dumper;
use Digest::MD5 qw(md5_hex);
use List::Util qw(reduce sum);
use POSIX ();

my $scale = shift;
my $seed = 42;

sub number {
    $seed = ($seed * 1103515245 + 12345) % 2147483648;
    return $seed >> 8;
}

# Words that are counted, sorted, joined and cut again.
my (%count, @words);
for (1 .. 6000 * $scale) {
    my $word = sprintf '%s%d', join('', map { chr(97 + number() % 26) } 1 .. 1 + number() % 6), number() % 10;
    push @words, $word;
    $count{$word}++;
    delete $count{$words[number() % @words]} if $_ % 5 == 0;
}
my @order = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print scalar(@order), " @order[0 .. 20]\n";

my $text = join ' ', @words;
my $found = () = $text =~ /\b([aeiou])\w*\1\w*\b/g;
(my $other = $text) =~ s/(\w)(\d)\b/$2 . uc $1/ge;
$other =~ tr/A-Z/a-z/;
print "$found ", md5_hex($other), ' ', length $other, "\n";
my @parts = split /[xyz]\d/, $text;
print scalar(@parts), ' ', md5_hex(join '|', reverse @parts), "\n";

# Nested structures, closures, references in circles.
my @tree = map { my $n = $_; { n => $n, f => sub { $n * shift }, l => [1 .. $n % 11] } } 1 .. 2000 * $scale;
$_->{self} = $_ for @tree[0 .. 99];
print sum(map { $_->{f}->(3) + @{$_->{l}} } @tree), "\n";
delete $_->{self} for @tree[0 .. 99];
$Data::Dumper::Sortkeys = 1;
print md5_hex(Dumper([map { {n => $_->{n}, l => $_->{l}} } @tree[0 .. 300]])), "\n";
splice @tree, number() % @tree, 5 for 1 .. 100;
print scalar(@tree), "\n";

# Strings that grow, eval, sprintf, pack, local stacks.
my $long = '';
$long .= pack 'NnA*', number(), number() % 65536, 'x' x ($_ % 50) for 1 .. 3000 * $scale;
print length($long), ' ', unpack('%32C*', $long), "\n";
my $deep;
$deep = sub { my @l = @_; return @l > 200 ? sum(@l) : $deep->(@l, scalar @l) };
print $deep->(1), "\n";
print eval "sub { reduce { \$a + \$b * $_ } 1 .. 50 }->()" || $@, ' ' for 1 .. 50;
print "\n";

# A child says something through a pipe.
my $child = open(my $pipe, '-|') // die "fork: $!";
if ($child == 0) {
    print md5_hex(join ',', map { sprintf '%05d', $_ } sort { $a <=> $b } map { number() } 1 .. 2000);
    exit 0;
}
print 'child: ', join('', <$pipe>), "\n";
close $pipe or die "child: $?";
