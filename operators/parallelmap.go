package operators

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// ParallelOptions are the options of [ParallelMap]. nil means every default.
type ParallelOptions struct {
	// Workers is how many calls of f may run at once. 0 means
	// runtime.GOMAXPROCS, negative as many as are InFlight.
	Workers int

	// InFlight is how many values may have come whose results are not
	// delivered. 0 means 256, or 4 for each of the Workers if that is more;
	// there has to be a limit, so a negative number panics.
	InFlight int

	// Unordered delivers results as they come, so that one that takes long
	// does not hold up others.
	Unordered bool
}

// ParallelMap returns f of each value, several of which are computed at once.
//
//	o:            a-b-c-d---------|
//	ParallelMap:  -----A-B--C-D---|    2 Workers, f takes 5 ms
//
// The results have the order of the values, unless Unordered is set. An error
// of f, or a panic, which makes a [*stream.PanicError], ends the stream, after
// the results of the values before; if Unordered is set, after those that were
// there. It also ends the context that f is called with, as does whatever else
// ends the subscription. What came before a failure of o is delivered before
// it.
//
// There are up to Workers goroutines while there is something to do, and the
// one that has the next result delivers it. When InFlight values have come
// whose results are not delivered o waits, as long as the subscription lasts.
// The end comes when all calls of f have returned.
//
// If f takes little time a worker takes several values at once, up to 20
// microseconds of work, so that it pays from about a microsecond on. For less
// [Map] is faster.
//
// RxGo: WithPool, WithCPUPool. RxJS: -. samber/ro: -.
func ParallelMap[T, U any](o stream.Observable[T], f func(ctx context.Context, v T) (U, error), opts *ParallelOptions) stream.Observable[U] {
	var options ParallelOptions
	if opts != nil {
		options = *opts
	}
	if options.InFlight < 0 {
		panic("operators: ParallelMap without a limit of what is in flight")
	}
	if options.Workers == 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	if options.InFlight == 0 {
		options.InFlight = max(maxWaiting, 4*options.Workers)
	}
	if options.Workers < 0 {
		options.Workers = options.InFlight
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		p := newParallelMap(ctx, dst, f, options)
		return attachPart(p.calls.ctx, o, &parallelIntake[T, U]{parallelMap: p}, p.calls.leave)
	})
}

// parallelIntake is where the source of a ParallelMap delivers.
type parallelIntake[T, U any] struct {
	*parallelMap[T, U]
	stream.Patience // of the source
	ended           atomic.Bool
}

func (i *parallelIntake[T, U]) Next(v T) bool {
	for !i.calls.closed.Load() {
		taken, more, hire := i.put(v)
		switch {
		case hire:
			i.calls.enter()
			go i.work() // ends when nothing is left to do; a part of calls
			return true
		case taken || !more:
			return more
		}
		select {
		case <-i.room:
		case <-i.calls.ctx.Done():
			return false
		case <-i.Context().Done():
			i.Miss()
			i.calls.drops(1)
			return true
		}
	}
	return false
}

// Done is idempotent, as that of a port.
func (i *parallelIntake[T, U]) Done(err error) {
	if i.ended.Swap(true) {
		return
	}
	i.failure = err
	i.calls.leave()
}
