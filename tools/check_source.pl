#!/usr/bin/perl
# Checks rules of the source tree that no compiler checks: who includes whom, which functions are
# banned, that headers stand alone, that files say what they are for, that links of the documentation
# lead somewhere. Usage: check_source.pl [ROOT]
# Prints one line a violation and exits with 1 when there is any. Needs only Perl's core (perl-base)
# and a C compiler ($CC, default cc); g++ and clang-format 14 are used when they are there.
use strict;
use warnings;
use File::Temp qw(tempdir);

my $root = shift // '.';
chdir $root or die "check_source: $root: $!\n";

# Each folder of src/ may include those before it.
my @order = qw(base stats kernels image dataset draw phantom graph model reader report evaluate train trainer store server cli);
my %rank = map { $order[$_] => $_ } 0 .. $#order;

my $system_header = qr{^(?:
    assert|cpuid|ctype|dirent|dlfcn|errno|fcntl|float|ftw|getopt|glob|immintrin|inttypes|limits|
    locale|math|netdb|netinet/\w+|arpa/inet|poll|pthread|sched|setjmp|signal|spawn|stdalign|stdarg|
    stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|sys/\w+|termios|threads|time|ucontext|
    unistd|wchar|arm_neon|endian|x86intrin|linux/\w+)\.h$}x;
my $free_header = qr{^jansson\.h$};    # any module may use it
my $banned      = qr{\b(strcpy|stpcpy|strcat|sprintf|vsprintf|atoi|atol|atoll|atof|strtok|gets|
    alloca|asctime|ctime|gmtime|localtime|tmpnam|mktemp)\s*\(}x;

my ($violations, $checked) = (0, 0);

sub violation {
    my ($file, $line, $what) = @_;
    print $line ? "$file:$line: $what\n" : "$file: $what\n";
    $violations++;
}

# Every file below a folder, without what other tools put there.
sub files_below {
    my ($folder) = @_;
    opendir my $dir, $folder or return ();
    my @found;
    for my $name (sort readdir $dir) {
        next if $name =~ /^\.\.?$|^node_modules$|^__pycache__$|^dist$/;
        my $path = "$folder/$name";
        if    (-l $path) { next }
        elsif (-d $path) { push @found, files_below($path) }
        else             { push @found, $path }
    }
    return @found;
}

sub content {
    my ($file) = @_;
    open my $in, '<', $file or do { violation($file, 0, "cannot read: $!"); return '' };
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

# The text of C with comments and string literals blanked out; lines stay where they are.
sub code_only {
    my ($text) = @_;
    $text =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}
              {my $t = $1; $t =~ tr/\n//cd; $t =~ /\n/ ? $t : ' '}gse;
    return $text;
}

my %module_of_header;    # third-party header => the folder of src/ that includes it

sub check_third_party {
    my ($file, $line, $folder, $header) = @_;
    return if $header =~ $system_header || $header =~ $free_header;
    my $owner = $module_of_header{$header} //= $folder;
    violation($file, $line, "<$header> belongs to src/$owner alone") if $owner ne $folder;
}

# The path, from the root, of a header as a file names it.
sub resolve {
    my ($file, $header) = @_;
    my ($path) = $file =~ m{^(.*/)};
    $path = ($path // '') . $header;
    1 while $path =~ s{(^|/)(?!\.\./)[^/]+/\.\./}{$1};
    return $path;
}

sub check_includes {
    my ($file, $text) = @_;
    my ($folder) = $file =~ m{^src/(\w+)/} or return;
    return violation($file, 0, "folder src/$folder is not in the order of folders")
        unless defined $rank{$folder};
    my $line = 0;
    for (split /\n/, $text) {
        $line++;
        check_third_party($file, $line, $folder, $1) if /^\s*#\s*include\s*<([^>]+)>/;
        next unless /^\s*#\s*include\s*"([^"]+)"/ && $1 ne 'perxeptron.h';
        my $header = $1;
        my ($from) = resolve($file, $header) =~ m{^src/(\w+)/};
        violation($file, $line, "src/$folder must not include $header")
            unless defined $from && defined $rank{$from} && $rank{$from} <= $rank{$folder};
    }
}

sub check_c {
    my ($file, $text) = @_;
    check_includes($file, $text);
    my $line = 0;
    for (split /\n/, code_only($text)) {
        $line++;
        violation($file, $line, "$1() is banned") if /$banned/;
    }
}

# What a file is for, in its first lines.
sub check_opening {
    my ($file, $text) = @_;
    my $ok = 1;
    if    ($file =~ /\.(?:c|h)$/)          { $ok = $text =~ m{^/\*} }
    elsif ($file =~ /\.(?:js|mjs|ts)$/)    { $ok = $text =~ m{^(?:#![^\n]*\n)?(?:/\*|//)} }
    elsif ($file =~ /\.(?:proto)$/)        { $ok = $text =~ m{^(?:/\*|//)} }
    elsif ($file =~ /\.(?:css)$/)          { $ok = $text =~ m{^/\*} }
    elsif ($file =~ /\.(?:sh|pl|py)$/)     { $ok = $text =~ m{^(?:#![^\n]*\n)?#[^!]} }
    elsif ($file =~ /\.html$/)             { $ok = $text =~ m{^(?:<!doctype[^>]*>\s*)?<!--}i }
    violation($file, 1, 'does not begin with a comment that says what the file is for') unless $ok;
}

sub check_marks {
    my ($file, $text) = @_;
    my ($line, $mark) = (0, join '|', 'TO' . 'DO', 'FIX' . 'ME', 'XX' . 'X', 'HA' . 'CK');
    for (split /\n/, $text) {
        $line++;
        violation($file, $line, "unfinished work is marked: $1") if /\b($mark)\b/;
        violation($file, $line, 'fast-math changes results') if /-ffast-math/ && $file !~ /\.(pl|md)$/;
    }
}

# Links of the documentation to files of the tree.
sub check_links {
    my ($file, $text) = @_;
    my $line = 0;
    for (split /\n/, $text) {
        $line++;
        for my $target (/\]\(([^)#\s]+)(?:#[^)]*)?\)/g) {
            next if $target =~ /^[a-z]+:/;
            violation($file, $line, "links to $target, which is not there") unless -e resolve($file, $target);
        }
    }
}

sub check_names {
    my %seen;
    for my $file (@_) {
        my ($name) = $file =~ m{([^/]+)$};
        next if $name =~ /^(?:meson\.build|package(?:-lock)?\.json|README\.md|run\.sh)$/;
        violation($file, 0, "has the same name as $seen{$name}") if $seen{$name};
        $seen{$name} = $file;
        violation($file, 0, 'name is not snake_case')
            if $file =~ /\.[ch]$/ && $name !~ /^[a-z][a-z0-9_]*\.[ch]$/;
    }
}

# Compile each header by itself.
sub check_headers {
    my $cc = $ENV{CC} || 'cc';
    my $flags = `pkg-config --cflags jansson hdf5 cairo pangocairo 2>/dev/null`;
    $flags =~ s/\s+$//;
    my $made = tempdir(CLEANUP => 1); # headers that the build makes
    for my $proto (glob 'src/*/*.proto') {
        my ($folder) = $proto =~ m{^(.*)/};
        system("protoc-c --proto_path=$folder --c_out=$made $proto") == 0
            or violation($proto, 0, 'protoc-c cannot compile it');
    }
    $flags .= " -isystem $made";
    my @warnings = '-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror';
    for my $header (grep { /\.h$/ && m{^(?:src|include)/} } @_) {
        my @compilers = ("$cc -std=gnu17 -D_GNU_SOURCE -xc");
        push @compilers, 'g++ -std=c++17 -xc++'
            if $header =~ m{^include/} && system('command -v g++ >/dev/null 2>&1') == 0;
        for my $compiler (@compilers) {
            my $said = `echo '#include "$header"' | $compiler -fsyntax-only @warnings -Iinclude -I. $flags - 2>&1`;
            violation($header, 0, "does not compile alone ($compiler):\n$said") if $?;
        }
    }
}

sub check_format {
    my $version = `clang-format --version 2>/dev/null` || '';
    return unless $version =~ /version 14\./ && -e '.clang-format';
    my @files = grep { /\.[ch]$/ } @_ or return;
    my $said = `clang-format --dry-run --Werror @files 2>&1`;
    return unless $?;
    my %unformatted = map { $_ => 1 } $said =~ /^([^\s:]+):\d+:/mg;
    violation($_, 0, 'is not formatted: run make format') for sort keys %unformatted;
}

my @files = grep { -T $_ } map { files_below($_) } grep { -d } qw(src include tests fuzz bench tools .ci);
for my $file (@files) {
    my $text = content($file);
    $checked++;
    check_c($file, $text) if $file =~ /\.[ch]$/;
    check_opening($file, $text);
    check_marks($file, $text);
}
for my $file (grep { /\.md$/ && -T } glob('*.md'), files_below('docs')) {
    check_links($file, content($file));
    $checked++;
}
check_names(grep { m{^(?:src|include|tests/[^/]+$|fuzz/[^/]+$|bench|tools)} } @files);
check_headers(@files);
check_format(@files);
print "check_source: $checked files, $violations violations\n";
exit($violations ? 1 : 0);
