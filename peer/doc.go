// Package peer is what programs hold: a [Peer] finds other peers on the local
// network, offers them connections, accepts or denies theirs, and exchanges
// values with them.
//
// Where the Python library peerpy has event handlers, a Peer has observables:
// [Peer.Listening], [Peer.Offers], [Peer.Connections], [Peer.Stopped] and
// [Peer.Neighbors]; a [Connection] has [Connection.Data] and
// [Connection.Closed]. They compose with the operators of package operators.
//
//	p, err := peer.Open(ctx, nil)
//	conn, err := p.Connect(ctx, "192.168.0.2:54865", nil)
//	readings := peer.Receive[Reading](conn) // stream.Observable[Reading]
//	out := peer.SinkOf[Stats](conn)         // stream.Sink[Stats]
//
// # Who runs callbacks
//
// Values are delivered on the goroutine that read them from the network, so
// that a subscriber costs no hop. One that takes long slows its own connection
// down and nothing else: the end of the connection is noticed all the same,
// and it may send on the same connection without danger. See
// [Connection.Data].
//
// # Speaking with Python
//
// A Peer speaks peerpy's wire protocol (docs/protocol.md). Python peers find
// it, connect to it and are connected to as among themselves.
package peer
