package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// ShareReplay is a [Share] whose subscribers get first the last n values that
// are not older than age, and then what follows, without a gap or a repetition
// between. n = 0 means [stream.DefaultQueue], and a negative one panics; an age
// of 0 means any age, as does a negative one.
//
//	o:                  1---2---3---4---|
//	ShareReplay(1, 0)
//	first:              1---2---3---4---|
//	second:                   2-3---4---|
//	third:                                   (4|)
//
// When the last subscriber has left, the source is stopped and its values are
// forgotten: the next one begins anew. When o has completed, it is not run
// again: those who come later get the last values and the end. When it has
// failed, the next one begins anew.
//
// What came before a subscriber did is delivered on the goroutine of its
// subscription. What comes meanwhile waits, up to 256 values for each; then o
// does. It holds n values and what so waits, and no timer: a value that has
// become too old is forgotten when the next one, or the next subscriber, comes.
// All else is as for Share.
//
// RxGo: -. RxJS: shareReplay. samber/ro: ShareReplay.
func ShareReplay[T any](o stream.Observable[T], n int, age time.Duration) stream.Observable[T] {
	if n < 0 {
		panic("operators: ShareReplay of a negative number")
	}
	s := &share[T]{
		source: o, keeps: true,
		subject: func() *stream.Subject[T] { return stream.NewReplay[T](n, age, nil) },
	}
	return stream.New(s.attach)
}
