package operators

import (
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// side is where one source of a serial delivers whose values are not of the
// serial's type.
type side[T, E any] struct {
	*serial[E]
	stream.Patience // of the source
	wrap            func(v T) E
	completed       func(some bool) // is told whether there was a value; may be nil
	some            bool
	ended           atomic.Bool
}

func (p *side[T, E]) Next(v T) bool {
	p.some = true
	return p.nextWithin(&p.Patience, p.wrap(v))
}

// Done is idempotent, as that of a port.
func (p *side[T, E]) Done(err error) {
	if p.ended.Swap(true) {
		return
	}
	switch {
	case err != nil:
		p.fail(err)
	case p.completed != nil:
		p.completed(p.some)
	}
	p.leave()
}

// attachSide is serial.attach for a source of another type.
func attachSide[T, E any](s *serial[E], o stream.Observable[T], wrap func(v T) E, completed func(some bool)) (run func()) {
	return attachPart(s.ctx, o, &side[T, E]{serial: s, wrap: wrap, completed: completed}, s.leave)
}

// either is a value of one of two sources.
type either[A, B any] struct {
	a      A
	b      B
	second bool // it is b
}

func first[A, B any](v A) either[A, B]  { return either[A, B]{a: v} }
func second[A, B any](v B) either[A, B] { return either[A, B]{b: v, second: true} }
