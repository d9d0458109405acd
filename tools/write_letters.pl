#!/usr/bin/perl
# Writes src/server/letters.c: the ranges of Unicode's letters and numbers, as this Perl knows them.
# Usage: write_letters.pl > src/server/letters.c
use strict;
use warnings;
use Unicode::UCD;

my @ranges;
for my $code (0x80 .. 0x10ffff) {
    next if $code >= 0xd800 && $code <= 0xdfff;
    next unless chr($code) =~ /[\p{L}\p{N}]/;
    if (@ranges && $ranges[-1][1] == $code - 1) { $ranges[-1][1] = $code }
    else                                        { push @ranges, [$code, $code] }
}

my $version = Unicode::UCD::UnicodeVersion();
print <<"END";
/* Unicode $version: characters of the general categories L and N from 0x80 on, as ranges.
 * Written by tools/write_letters.pl. */
#include "usernames.h"

/* clang-format off */
const px_letter_range px_letter_ranges[] = {
END
while (my @line = splice @ranges, 0, 4) {
    print '    ', join(' ', map { sprintf '{0x%x, 0x%x},', @$_ } @line), "\n";
}
print <<'END';
};
/* clang-format on */

const size_t px_letter_ranges_count = sizeof px_letter_ranges / sizeof *px_letter_ranges;
END
