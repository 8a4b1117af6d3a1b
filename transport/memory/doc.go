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
// It waits on conditions and timers only and starts no goroutine for a
// connection or a listener, so inside testing/synctest every wait is durable
// and delays are exact. A [Network] made outside a bubble may be used inside,
// by one bubble at a time.
package memory
