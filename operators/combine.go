package operators

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
)

// Merge returns the values of all sources as they come. It completes when all
// have, and the first failure of one ends it, and detaches the others. See
// [MergeAll] for sources that come and go, and end alone.
//
//	a:      1-------2-------|
//	b:      ----x-------y---------|
//	Merge:  1---x---2---y---------|
//
// The order of each source is kept. A source that brings a value while another
// one's is delivered leaves it in a queue and goes on; when 256 values wait
// there it waits itself, as long as the subscription lasts, so that nothing is
// lost. Values that came before a failure are delivered before it.
//
// Hot sources deliver on their own goroutines. Cold ones run at the same time:
// the first one on the goroutine of the subscription, the others on one each,
// owned by Merge, that ends with its source.
//
// RxGo: Merge. RxJS: merge. samber/ro: Merge.
func Merge[T any](sources ...stream.Observable[T]) stream.Observable[T] {
	switch len(sources) {
	case 0:
		return stream.Empty[T]()
	case 1:
		return sources[0]
	}
	sources = slices.Clone(sources)
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := newSerial(ctx, 2*len(sources), stream.NextOf(dst), dst.Done)
		s.down = stream.PatienceOf(dst)
		var runs []func()
		for _, o := range sources {
			runs = append(runs, s.attach(o))
		}
		return together(present(runs...))
	})
}

// present returns those of runs that are not nil.
func present(runs ...func()) []func() {
	return slices.DeleteFunc(runs, func(run func()) bool { return run == nil })
}

// together returns a function that runs all runs at once and returns when they
// have, or nil if there are none.
func together(runs []func()) (run func()) {
	switch len(runs) {
	case 0:
		return nil
	case 1:
		return runs[0]
	}
	return func() {
		var others sync.WaitGroup
		defer others.Wait()
		for _, run := range runs[1:] {
			others.Go(run) // ends with its source
		}
		runs[0]()
	}
}
