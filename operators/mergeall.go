package operators

import (
	"errors"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultSources is how many sources [FlatMap] and [MergeAll] merge at once
// when nobody chose.
const DefaultSources = 1024

// ErrTimeout is the failure of a source that delivered nothing for too long.
var ErrTimeout = errors.New("operators: no value in time")

// MergeOptions are the options of [FlatMap] and [MergeAll]. nil means every
// default.
type MergeOptions struct {
	// Concurrency is how many sources may be live at once. 0 means
	// DefaultSources, negative any number.
	Concurrency int

	// Policy, unless nil, puts a [Buffer] with that policy behind each source,
	// so that one that is too fast, or a subscriber that is too slow, is dealt
	// with source by source. To have one policy for each, put the Buffers into
	// the sources instead.
	Policy *stream.Policy

	// Timeout ends a source that delivers nothing for so long, with
	// ErrTimeout. 0 means never, as does a negative one.
	Timeout time.Duration

	// FailFast makes the first failure of a source end the whole, as Rx does.
	FailFast bool

	// OnFailure is called with each failure of a source, after its values and
	// serially with those of others. Unless FailFast is set the failures count
	// as dealt with then. nil means that they are kept until all has ended,
	// see FlatMap.
	OnFailure func(err error)
}

// MergeAll merges sources that come and go: the values of o. It is [FlatMap]
// of sources that are there already.
//
//	o:         a-----b-----|
//	a:         1--2--3--|
//	b:               x----#
//	MergeAll:  1--2--(3x)--#
//
// Sources do not disturb each other: one that fails, panics or, with a Timeout,
// stalls ends alone. With a Policy a slow subscriber makes each drop, or wait,
// by itself. Rx's mergeAll, which one source ends, is FailFast.
//
// RxGo: -. RxJS: mergeAll. samber/ro: MergeAll.
func MergeAll[T any](o stream.Observable[stream.Observable[T]], opts *MergeOptions) stream.Observable[T] {
	return FlatMap(o, func(source stream.Observable[T]) stream.Observable[T] { return source }, opts)
}
