package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// Catch goes on with the stream that f returns when o fails.
//
//	o:       1---2---#
//	f(err):          x---y---|
//	Catch:   1---2---x---y---|
//
// A failure of that stream ends the whole; let f return Fail(err) to pass a
// failure on. Panics in o count as failures, but one of f ends the stream with
// a [*stream.PanicError]. f is not called when the subscriber stops or its
// context ends.
//
// It holds nothing back, the order is kept, and o has been detached when f is
// called. A cold stream after a cold one runs on the same goroutine, and after
// a hot one on a goroutine that Catch owns and that ends with it.
//
// RxGo: OnErrorResumeNext. RxJS: catchError. samber/ro: Catch.
func Catch[T any](o stream.Observable[T], f func(err error) stream.Observable[T]) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		caught := false
		return newRelay(ctx, dst, o, func(err error, _ *leg[T]) following[T] {
			if err == nil || caught {
				return following[T]{err: err}
			}
			caught = true
			return then(f(err))
		})
	})
}

// OnErrorReturn delivers f of the failure, and completes, when o fails.
//
//	o:              1---2---#
//	OnErrorReturn:  1---2---(x|)    x = f(err)
//
// Panics in o count as failures. f is not called when the subscriber stops or
// its context ends.
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError].
//
// RxGo: OnErrorReturn, OnErrorReturnItem. RxJS: -. samber/ro: OnErrorReturn.
func OnErrorReturn[T any](o stream.Observable[T], f func(err error) T) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		return o.Attach(ctx, &errorStage[T]{newTail(ctx, dst), f})
	})
}

type errorStage[T any] struct {
	tail[T]
	f func(err error) T
}

func (s *errorStage[T]) Done(err error) {
	switch {
	case err == nil || s.calling || s.stopped || isGoexit(err):
		s.Dst.Done(err)
	default:
		s.end(nil, func() { s.Next(s.f(err)) })
	}
}
