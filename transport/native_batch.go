package transport

import "sync"

const (
	// scratchSize holds the headers of one write: the longest is a HEAD's.
	scratchSize = 1 << 10
	scratchLeft = 64
)

// batch is what one write consists of.
type batch struct {
	vector  [][]byte
	slabs   []*slab  // to be given back when that is written
	scratch []byte   // headers
	writing [][]byte // the vector, as it is used up

	try func(fd uintptr) bool // made once, for RawConn.Write; its result:
	n   int
	err error
}

// batches are those of links that do not write now.
var batches = sync.Pool{New: func() any {
	b := &batch{scratch: make([]byte, 0, scratchSize)}
	b.try = func(fd uintptr) bool {
		b.n, b.err = tryWriteVector(fd, b.vector)
		return true
	}
	return b
}}

// begin gets ready to write. The caller has the token.
func (o *sender) begin() {
	if o.b == nil {
		o.b = batches.Get().(*batch)
	}
}

// left reports whether something was taken for writing and is not written.
func (o *sender) left() bool { return o.b != nil && len(o.b.vector) > 0 }

// forget gives the memory of the vector back. mu is held.
func (o *sender) forget() {
	if o.b == nil {
		return
	}
	o.release()
	batches.Put(o.b)
	o.b = nil
}

// release gives the memory of what was written back. mu is held.
func (o *sender) release() {
	clear(o.b.vector)
	o.b.vector = o.b.vector[:0]
	for i, s := range o.b.slabs {
		s.free()
		o.b.slabs[i] = nil
	}
	o.b.slabs = o.b.slabs[:0]
}
