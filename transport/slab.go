package transport

import (
	"math/bits"
	"sync"
)

// slab is a piece of memory that is used again. While it travels through the
// inbox it carries the messages that lie in it.
type slab struct {
	buf    []byte
	spans  []span
	next   int // the first span that was not delivered
	charge int // what its messages count for in the inbox
	class  int8

	overhead int  // what a message counts for besides its body
	gaps     int  // spans that are none
	charged  bool // its messages were counted as they came, in pieces
	paid     bool // and what they cost was granted again: they are in the budget

	queued  bool // its charge is part of the inbox's size
	gathers bool // it lies in the queue, and bodies may be added at used
	used    int
}

// span is one message in a slab.
type span struct {
	off, n uint32
	typ    uint8
}

// Slabs come in classes, each four times the one before. The odd bytes above
// the power of two leave room for a header.
const (
	slabMin     = 1 << 10
	slabSpare   = 256
	slabClasses = 7 // up to 4 MiB
	readSlab    = 64 << 10
	unpooled    = -1
)

var slabPools [slabClasses]sync.Pool

// newSlab returns a slab of at least n bytes. It has no messages; its memory
// holds whatever was there before.
func newSlab(n int) *slab {
	class := 0
	if n > slabMin+slabSpare {
		class = (bits.Len(uint(n-slabSpare-1)/slabMin) + 1) / 2
	}
	if class >= slabClasses {
		return &slab{buf: make([]byte, n), class: unpooled, overhead: messageCharge}
	}
	if s, _ := slabPools[class].Get().(*slab); s != nil {
		return s
	}
	return &slab{buf: make([]byte, slabMin<<(2*class)+slabSpare), class: int8(class), overhead: messageCharge}
}

// free gives s back. Nobody may hold any part of it.
func (s *slab) free() {
	if s.class == unpooled {
		return
	}
	s.clear()
	s.overhead = messageCharge
	poison(s.buf)
	slabPools[s.class].Put(s)
}

// clear forgets the messages, all of which were delivered or moved.
func (s *slab) clear() {
	s.spans, s.next, s.charge = s.spans[:0], 0, 0
	s.queued, s.gathers, s.used = false, false, 0
	s.gaps, s.charged, s.paid = 0, false, false
}

// add appends a message whose body is already in the slab.
func (s *slab) add(off, n int, typ uint8) {
	s.spans = append(s.spans, span{off: uint32(off), n: uint32(n), typ: typ})
	s.charge += n + s.overhead
}

// gapType is the type of a span that is no message, but tells how many the
// remote dropped here.
const gapType = 0xff

// addGap notes that the remote dropped n messages here.
func (s *slab) addGap(n uint64) {
	if last := len(s.spans) - 1; last >= s.next && s.spans[last].typ == gapType {
		n += s.spans[last].gap()
		s.spans = s.spans[:last]
		s.gaps--
	}
	s.spans = append(s.spans, span{off: uint32(n >> 32), n: uint32(n), typ: gapType})
	s.gaps++
}

// gap returns how many messages a gap stands for.
func (sp span) gap() uint64 { return uint64(sp.off)<<32 | uint64(sp.n) }

// count tells how many messages it holds, delivered or not.
func (s *slab) count() int { return len(s.spans) - s.gaps }

// left tells how many messages were not delivered.
func (s *slab) left() int { return len(s.spans) - s.next }

// trim forgets the messages that were delivered, and returns how many they
// were.
func (s *slab) trim() (n int) {
	for _, sp := range s.spans[:s.next] {
		if sp.typ == gapType {
			s.gaps--
			continue
		}
		s.charge -= int(sp.n) + s.overhead
		n++
	}
	s.spans = append(s.spans[:0], s.spans[s.next:]...)
	s.next = 0
	return n
}

// bodies returns how many bytes the bodies of its messages have.
func (s *slab) bodies() int { return s.charge - s.overhead*s.count() }

// gather copies the messages of another slab to the end of this one.
func (s *slab) gather(from *slab) {
	for _, sp := range from.spans[from.next:] {
		if sp.typ == gapType {
			s.addGap(sp.gap())
			continue
		}
		n := copy(s.buf[s.used:], from.buf[sp.off:sp.off+sp.n])
		s.add(s.used, n, sp.typ)
		s.used += n
	}
}
