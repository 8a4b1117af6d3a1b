package transport

import "slices"

// assembly is a message that comes in pieces. It belongs to the reader, but for
// what says otherwise.
//
// A message larger than the stream's window could never come whole if its pieces
// counted until it is taken, and one that takes much of the window would stop its
// sender. So it counts against a budget of the link instead, and what it takes of the
// window is granted again at once. The budget is given out message by message,
// whole, first come, first served, and one to a stream: whoever has begun can
// finish, and a stream that is not read holds one message at most. While a Send on
// the link waits it may hold a few more: two peers that answer each other's messages
// must not both be waiting to send with one in their hands and the next one stopped.
type assembly struct {
	slab  *slab
	total int // bytes of the message; 0: there is none
	have  int
	typ   uint8

	// Guarded by the intake's mutex.
	claims bool // it waits for its part of the budget
	served bool // it has it
}

// begin begins a message of that many bytes. trusted is how much memory may be
// taken before it has come.
func (b *assembly) begin(total int, typ uint8, trusted int) {
	b.slab = newSlab(min(total, max(readSlab, trusted)))
	b.slab.overhead = nativeCharge
	b.total, b.have, b.typ = total, 0, typ
}

// space returns where the next n bytes go, or as many of them as there is room
// for.
func (b *assembly) space(n int) []byte {
	if b.have == len(b.slab.buf) {
		g := newSlab(min(b.total, 2*len(b.slab.buf)))
		g.overhead = nativeCharge
		copy(g.buf, b.slab.buf)
		b.slab.free()
		b.slab = g
	}
	return b.slab.buf[b.have:min(b.have+n, len(b.slab.buf))]
}

// add copies bytes that were read already.
func (b *assembly) add(p []byte) {
	for len(p) > 0 {
		n := copy(b.space(len(p)), p)
		b.have += n
		p = p[n:]
	}
}

// piece counts a piece that comes, of which some is the message's own cost. The
// result says whether something must be granted.
func (l *nativeLink) piece(st *Stream, bytes int, first bool) (settle bool, err error) {
	l.intake.mu.Lock()
	defer l.intake.mu.Unlock()
	b, w, messages := &st.body, &st.window, 0
	if first {
		bytes += nativeCharge
		messages = 1
		b.claims, b.served = false, false
	}
	if err := w.spend(bytes, messages); err != nil {
		return false, err
	}
	if first && int64(b.total) > w.size/4 && !st.over {
		b.claims = true
		l.claims = append(l.claims, st)
		l.serve()
	}
	return l.stretch(st) || w.due(), nil
}

// serve gives the budget to those who wait for it, as far as it goes. It
// reports whether somebody has something to be granted now. The intake's mutex
// is held.
func (l *nativeLink) serve() (settle bool) {
	rest, short, most := l.claims[:0], false, 1
	if l.senders.Load() > 0 {
		most = stretch
	}
	for _, st := range l.claims {
		b, w := &st.body, &st.window
		own := w.holds >= most // its last messages were not taken
		short = short || !own && l.budget < int64(b.total)
		if own || short {
			rest = append(rest, st)
			continue
		}
		b.claims, b.served = false, true
		w.holds++
		w.held += int64(b.total)
		l.budget -= int64(b.total)
		w.freed += int64(b.total) + nativeCharge
		l.served = append(l.served, st)
		settle = true
	}
	clear(l.claims[len(rest):])
	l.claims = rest
	return settle
}

// whole returns the message that has come.
func (l *nativeLink) whole(st *Stream) *slab {
	b := &st.body
	s := b.slab
	s.add(0, b.total, b.typ)
	l.intake.mu.Lock()
	s.charged, s.paid = true, b.served
	settle := false
	if i := slices.Index(l.claims, st); i >= 0 { // it came without
		l.claims = slices.Delete(l.claims, i, i+1)
		settle = l.serve()
	}
	l.intake.mu.Unlock()
	st.body = assembly{}
	if settle {
		l.settle(st)
	}
	return s
}
