// Command rxpeer is a peer for the command line: it listens, sends, connects
// and finds other peers, of this module and of the Python library peerpy.
//
//	rxpeer listen                                    # accept connections, print what arrives
//	rxpeer discover                                  # who is on the network?
//	rxpeer send 192.168.0.7:54865 '{"lamp": "on"}'   # one message a value
//	rxpeer connect 192.168.0.7:54865                 # lines out, messages in
//	rxpeer expose load -- vmstat 1                   # lines of output, for others to subscribe to
//	rxpeer subscribe load                            # of everybody around who exposes it
//	rxpeer streams                                   # what is exposed around here?
//	rxpeer bench                                     # on one device, and on another one:
//	rxpeer bench 192.168.0.7:54865                   # how fast are they?
//	rxpeer call attic switch '{"lamp": "on"}'        # of the peer that calls itself attic
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
//	{"event":"expose","name":"load","type":"text","address":"192.168.0.2:54865"}
//	{"event":"skip","line":7,"error":"not JSON"}
//	{"event":"keep"}
//	{"event":"done","name":"load","values":60,"dropped":2}
//	{"event":"value","peer":"192.168.0.2:54865","name":"load","data":"…"}
//	{"event":"dropped","peer":"192.168.0.2:54865","values":2}
//	{"event":"fail","peer":"192.168.0.2:54865","error":"…"}
//	{"event":"exposed","kind":"stream","name":"load","type":"string","codec":"json","peer":"attic","address":"192.168.0.2:54865"}
//	{"event":"serve","name":"rxpeer.bench","address":"192.168.0.2:54865"}
//	{"event":"bench","peer":"192.168.0.2:54865","size":16,"up":{"messages_per_second":…,"bytes_per_second":…},"down":{…},"round_trip":{"p50_us":…,"p99_us":…}}
//	{"event":"result","peer":"192.168.0.2:54865","name":"switch","data":true}
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
// usage, 3 when the other side denied the connection or the stream, 4 when it
// could not be reached in time, 5 when the connection ended before everything was
// sent or received, and 6 when the other side has nothing of that name, or failed.
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
