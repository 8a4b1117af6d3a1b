// Command rxpeer is a peer for the command line: it listens, sends, connects
// and finds other peers, of this module and of the Python library peerpy.
//
//	rxpeer listen                                    # accept connections, print what arrives
//	rxpeer discover                                  # who is on the network?
//	rxpeer send 192.168.0.7:54865 '{"lamp": "on"}'   # one message a value
//	rxpeer connect 192.168.0.7:54865                 # lines out, messages in
//
// With --json everything is printed as one JSON object a line, with the name
// of the event in "event". Package notation, below, says how values are
// written that JSON does not have.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
