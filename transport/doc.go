// Package transport carries messages between two peers: it dials and listens
// on a [Network], agrees on a wire protocol, and moves frames.
//
// [TCP] is the network of real machines; package transport/memory has one for
// tests, without sockets and at home in virtual time. Networks of your own
// are put through the suite in package transporttest.
package transport
