// Package memory is a network without sockets, for tests: connections with
// bounded buffers, half close, resets and deadlines that behave as TCP's do,
// between hosts whose cables can be long, torn or pulled. It satisfies
// transport.Network and passes its conformance suite.
//
//	n := memory.New(nil)
//	kitchen, garden := n.Host("kitchen"), n.Host("garden")
//	l, err := kitchen.Listen(ctx, ":80")
//	c, err := garden.Dial(ctx, "kitchen:80")
//	n.Partition("kitchen", "garden") // silence, until n.Heal
//
// Connections keep the contracts of package net and end as TCP's do on Linux:
//
//   - Close lets what was written arrive, then io.EOF. When bytes that had
//     arrived were not read, or more arrive after it, the remote gets a reset.
//   - After a reset the remote reads what has arrived, then
//     [syscall.ECONNRESET]; what was under way, or found no room, is lost.
//   - The first write to a remote that has closed succeeds; the reset that
//     answers it fails the next.
//   - What has arrived in one go can be read in one go, whatever it was written
//     in, unless [Path] says otherwise.
//
// transport's Unsent, Unanswered, Reset and CloseWrite work on them: unsent is
// what has not arrived at the other end, and an answer is owed while bytes
// wait for the end of a partition.
//
// It waits on conditions and timers only and starts no goroutine for a
// connection or a listener, so inside testing/synctest every wait is durable
// and delays are exact. A [Network] made outside a bubble may be used inside,
// by one bubble at a time.
package memory
