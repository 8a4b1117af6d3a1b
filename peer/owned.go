package peer

import (
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

const (
	// ownedChunk is how much memory small values share.
	ownedChunk = 4 << 10
	// ownedSmall is the largest value that shares memory with others.
	ownedSmall = ownedChunk / 16
)

// owner makes byte slices of messages. Small ones lie side by side in a chunk, so
// that a stream of them does not cost an allocation each. A chunk is never used
// again: it is garbage when nobody keeps any of its values.
type owner struct{ rest []byte }

// own returns the body of m, to which nothing else will ever write. It has no room
// for more: what is appended to it goes elsewhere.
func (o *owner) own(m *transport.Message) ([]byte, error) {
	n := len(m.Body)
	switch {
	case n > ownedSmall:
		return m.Keep(), nil
	case n == 0:
		return []byte{}, nil
	}
	if n > len(o.rest) {
		o.rest = make([]byte, ownedChunk)
	}
	v := o.rest[:n:n]
	o.rest = o.rest[n:]
	copy(v, m.Body)
	return v, nil
}

// ownedBy is decoderOf for messages that nobody else gets. Byte slices are o's.
func ownedBy[T any](o *owner, p *Peer, t codec.Type) (func(m *transport.Message) (T, error), error) {
	decode, err := decoderOf[T](p, t)
	if err != nil {
		return nil, err
	}
	if t == codec.Bytes {
		if own, is := any(o.own).(func(m *transport.Message) (T, error)); is {
			return own, nil
		}
	}
	return func(m *transport.Message) (T, error) { return decode(m.Body) }, nil
}
