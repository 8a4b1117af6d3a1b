package transport

// Ledger accounts for every message of a link. At any moment
//
//	Accepted = Written + Queued + DroppedByClose + DroppedByFailure
//
// holds for what is sent: Written means handed to the system; peerpy's wire
// has no acknowledgement. For what is received,
//
//	Received = Taken + Waiting + Discarded
//
// holds, where a message that is being delivered still waits. Numbers count
// messages, not bytes, unless their names say otherwise.
type Ledger struct {
	// Accepted by Send and its kin: they returned nil.
	Accepted uint64
	// Written to the connection.
	Written uint64
	// Queued for sending, or partly written.
	Queued uint64
	// QueuedBytes is what of them waits, headers included.
	QueuedBytes uint64
	// DroppedByClose counts what a close left in the queue.
	DroppedByClose uint64
	// DroppedByFailure counts what a broken connection left in the queue.
	DroppedByFailure uint64
	// Refused counts what TrySend did not accept because the queue was full.
	Refused uint64

	// Received from the remote.
	Received uint64
	// Taken by subscribers: Next was called.
	Taken uint64
	// Waiting in the inbox.
	Waiting uint64
	// Discarded because they came during the close and the inbox was full.
	Discarded uint64
	// Pings received from the remote.
	Pings uint64
	// Unknown counts headers of unknown types, which were ignored.
	Unknown uint64
}

func (l *textLink) Ledger() Ledger {
	var b Ledger
	o := &l.out
	o.mu.Lock()
	b.Accepted, b.Written, b.Refused = o.accepted, o.written, o.refused
	b.DroppedByClose, b.DroppedByFailure = o.droppedByClose, o.droppedByFailure
	b.Queued = b.Accepted - b.Written - b.DroppedByClose - b.DroppedByFailure
	b.QueuedBytes = uint64(o.bytes)
	o.mu.Unlock()
	in := &l.in
	in.mu.Lock()
	b.Received, b.Taken, b.Discarded = in.received, in.taken, l.park.discarded
	b.Waiting = b.Received - b.Taken - b.Discarded
	in.mu.Unlock()
	b.Pings, b.Unknown = l.r.pings.Load(), l.r.unknown.Load()
	return b
}
