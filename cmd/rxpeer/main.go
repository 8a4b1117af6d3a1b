// Command rxpeer is a peer for the command line: it listens, sends, connects
// and finds other peers, of this module and of the Python library peerpy.
//
//	rxpeer listen                                    # accept connections, print what arrives
//	rxpeer discover                                  # who is on the network?
//	rxpeer send 192.168.0.7:54865 '{"lamp": "on"}'   # one message a value
//	rxpeer connect 192.168.0.7:54865                 # lines out, messages in
//
// With --json everything is printed as one JSON object a line:
//
//	{"event":"listen","address":"192.168.0.2:54865"}
//	{"event":"offer","peer":"192.168.0.7:60663","data_type":"raw","lenient":false,"stream":false,"python":true}
//	{"event":"connect","peer":"192.168.0.7:60663","data_type":"raw","lenient":false,"stream":false,"python":true}
//	{"event":"data","peer":"192.168.0.7:60663","data_type":"raw","size":14,"data":{"$tuple":[1,{"$bytes":"AAEC"}]}}
//	{"event":"fault","peer":"192.168.0.7:60663","data_type":"raw","size":9,"error":"…"}
//	{"event":"close","peer":"192.168.0.7:60663","reason":"remote"}
//	{"event":"stop","address":"192.168.0.2:54865"}
//	{"event":"sent","peer":"192.168.0.2:54865","messages":3}
//	{"event":"found","address":"192.168.0.2:54865"}
//	{"event":"lost","address":"192.168.0.2:54865"}
//
// An offer that was refused has "denied":true, a stream of known size
// "data_size", a close that was not orderly "error" and "undelivered". The
// reason of a close is local, remote, timeout, violation, overrun or failed.
// Values that JSON does not have, bytes among them, are objects with one key
// that begins with a dollar sign; the package notation, below, lists them.
// "rxpeer send --type raw" reads them, too.
//
// What others send is never written to a terminal as it is, if it could command
// it. Exit codes are 0, or 1 when something on this machine failed, 2 for wrong
// usage, 3 when the other side denied the connection, 4 when it could not be
// reached in time, and 5 when the connection ended before everything was sent.
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
