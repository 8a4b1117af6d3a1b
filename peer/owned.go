package peer

import "bytes"

const (
	// ownedChunk is how much memory small values share.
	ownedChunk = 4 << 10
	// ownedSmall is the largest value that shares memory with others.
	ownedSmall = ownedChunk / 16
)

// owner makes copies of bodies. Small ones lie side by side in a chunk, so that a
// stream of them does not cost an allocation each. A chunk is never used again:
// it is garbage when nobody keeps any of its values.
type owner struct{ rest []byte }

// own returns a copy of body that nothing else will ever write to. It has no
// room for more: what is appended to it goes elsewhere.
func (o *owner) own(body []byte) ([]byte, error) {
	n := len(body)
	switch {
	case n > ownedSmall:
		return bytes.Clone(body), nil
	case n == 0:
		return []byte{}, nil
	}
	if n > len(o.rest) {
		o.rest = make([]byte, ownedChunk)
	}
	v := o.rest[:n:n]
	o.rest = o.rest[n:]
	copy(v, body)
	return v, nil
}
