package transport

// Ledger accounts for every message of a link, all its streams included. At any
// moment
//
//	Accepted = Written + Queued + Dropped + DroppedByStop + DroppedByClose + DroppedByFailure
//
// holds for what is sent: Written means handed to the system. On rxpeer/2
//
//	Written = Acknowledged + InFlight
//
// holds as well; peerpy's wire has no acknowledgement. For what is received,
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
	// Acknowledged by the remote: its program has taken them. They are told in
	// groups, so the number may lag by a quarter of a window; after an orderly
	// end it counts what has arrived. 0 on peerpy's wire.
	Acknowledged uint64
	// InFlight have left and are not acknowledged. 0 on peerpy's wire.
	InFlight uint64
	// Queued for sending, or partly written.
	Queued uint64
	// QueuedBytes is what of them waits, headers included.
	QueuedBytes uint64
	// Dropped because of the policy of a sink.
	Dropped uint64
	// DroppedByStop counts what waited for a remote that wanted no more.
	DroppedByStop uint64
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
	// Discarded because they came during the close and the inbox was full, or
	// for a stream that had ended.
	Discarded uint64
	// Lost counts the messages that the remote's sinks dropped.
	Lost uint64
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
	b.Dropped = l.dropped.Load() // before they came to the link's queue
	b.Accepted += b.Dropped
	in := &l.in
	in.mu.Lock()
	b.Received, b.Taken, b.Discarded = in.received, in.taken, l.park.discarded
	b.Waiting = b.Received - b.Taken - b.Discarded
	in.mu.Unlock()
	b.Pings, b.Unknown = l.r.pings.Load(), l.r.unknown.Load()
	return b
}

func (l *nativeLink) Ledger() Ledger {
	var b Ledger
	l.intake.mu.Lock()
	b.Received, b.Taken = l.received, l.taken
	for _, st := range l.all {
		b.Received += st.in.received
		b.Taken += st.in.taken
	}
	b.Waiting = b.Received - b.Taken
	l.intake.mu.Unlock()
	o := &l.out
	o.mu.Lock()
	l.data.out.main.catchUp(nil)
	var all counts
	if o.gone != nil {
		all = *o.gone
	}
	for _, st := range o.outlets {
		all.add(&st.out.counts)
		b.QueuedBytes += uint64(st.out.queued())
	}
	o.mu.Unlock()
	b.Accepted, b.Refused, b.Written, b.Acknowledged = all.accepted, all.refused, all.sent, all.acked
	b.InFlight = b.Written - b.Acknowledged
	b.Dropped, b.DroppedByStop = all.dropped, all.droppedByStop
	b.DroppedByClose, b.DroppedByFailure = all.droppedByClose, all.droppedByFailure
	b.Queued = b.Accepted - b.Written - b.Dropped - b.DroppedByStop - b.DroppedByClose - b.DroppedByFailure
	b.Pings, b.Unknown = l.r.pings.Load(), l.r.unknown.Load()
	b.Discarded, b.Lost = l.r.strays.Load(), l.r.lost.Load()
	b.Received += b.Discarded
	return b
}

// queued returns how many bytes wait on all lanes. The sender's mutex is held.
func (o *outlet) queued() (n int) {
	for _, ln := range o.lanes {
		n += ln.size
	}
	return n
}
