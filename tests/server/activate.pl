#!/usr/bin/perl
# Stands in for systemd: listens, hands the socket over to a program as descriptor 3, and hears what
# the program tells of itself. Usage: activate.pl NOTIFY_SOCKET PROGRAM ARGUMENT...
# Prints "port N", "notify STATE" and "exit CODE". SIGHUP ends the program and starts it again;
# SIGTERM ends it for good.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h dup2);
use Socket qw(SOCK_DGRAM);

my ($path, @command) = @ARGV;
$^F = 3; # descriptors up to it stay open in the program
$| = 1;
my $listening = IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "activate: cannot listen: $!\n";
my $heard = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path)
    or die "activate: $path: $!\n";
print 'port ', $listening->sockport, "\n";

sub start {
    my $pid = fork // die "activate: fork: $!\n";
    return $pid if $pid;
    dup2(fileno($listening), 3) // die "activate: dup2: $!\n";
    @ENV{qw(LISTEN_PID LISTEN_FDS NOTIFY_SOCKET)} = ($$, 1, $path);
    @ENV{qw(WATCHDOG_PID WATCHDOG_USEC)} = ($$, 900_000);
    exec @command or die "activate: $command[0]: $!\n";
}

my $child = start();
my $again = 0;
$SIG{HUP}  = sub { $again = 1; kill TERM => $child };
$SIG{TERM} = sub { $again = 0; kill TERM => $child };
my $select = IO::Select->new($heard);
while (1) {
    while ($select->can_read(0.05)) {
        $heard->recv(my $state, 4096);
        print "notify $state\n";
    }
    next unless waitpid($child, WNOHANG) == $child;
    my $code = WIFEXITED($?) ? WEXITSTATUS($?) : 128 + WTERMSIG($?);
    print "exit $code\n";
    exit $code unless $again;
    $again = 0;
    $child = start();
}
