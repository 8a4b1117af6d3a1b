package operators

import (
	"context"
	"fmt"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultCollect is how many values [Collect] and [ToMap] hold at most when
// nobody chose.
const DefaultCollect = 1 << 20

// CollectOptions bound the memory of [Collect] and [ToMap]. nil means every
// default.
type CollectOptions struct {
	// Limit is how many values, or entries, may be held. 0 means
	// DefaultCollect, negative any number.
	Limit int
}

// Collect returns, when o completes, all its values in one slice, which is the
// subscriber's and empty when there were none.
//
//	o:        1---2---3---|
//	Collect:  ------------([1 2 3]|)
//
// It holds up to opts.Limit values. When one more comes the stream ends with an
// error that is [stream.ErrOverflow]; see [Batch] and [SlidingCount] for
// streams that are long or have no end. When o fails what has been collected is
// dropped. It is fused: no goroutine, the order is kept.
//
// RxGo: ToSlice. RxJS: toArray. samber/ro: ToSlice.
func Collect[T any](o stream.Observable[T], opts *CollectOptions) stream.Observable[[]T] {
	return collect(o, opts, func() []T { return []T{} }, func(values []T, v T) ([]T, int) {
		values = append(values, v)
		return values, len(values)
	})
}

// ToMap returns, when o completes, a map of the entries that f returns for its
// values. The map is the subscriber's and empty when there were none; of
// several values with one key it has the last.
//
//	o:      a1---b2---a3---|
//	ToMap:  ---------------({a:3 b:2}|)
//
// It holds up to opts.Limit entries. When there would be one more the stream
// ends with an error that is [stream.ErrOverflow]. When o fails the map is
// dropped. It is fused: no goroutine.
//
// RxGo: ToMap, ToMapWithValueSelector. RxJS: -. samber/ro: ToMap.
func ToMap[T any, K comparable, V any](o stream.Observable[T], f func(v T) (K, V), opts *CollectOptions) stream.Observable[map[K]V] {
	return collect(o, opts, func() map[K]V { return map[K]V{} }, func(entries map[K]V, v T) (map[K]V, int) {
		key, value := f(v)
		entries[key] = value
		return entries, len(entries)
	})
}

// collect is [Reduce] for results that grow: f returns their size as well,
// which must not exceed opts.Limit, and each subscription has one of its own.
func collect[T, A any](o stream.Observable[T], opts *CollectOptions, empty func() A, f func(result A, v T) (A, int)) stream.Observable[A] {
	limit := DefaultCollect
	if opts != nil && opts.Limit != 0 {
		limit = opts.Limit
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[A]) func() {
		return o.Attach(ctx, &collectStage[T, A]{total: newTotal(ctx, dst, empty()), f: f, limit: limit})
	})
}

type collectStage[T, A any] struct {
	total[A]
	f     func(result A, v T) (A, int)
	limit int
	full  bool
}

func (s *collectStage[T, A]) Next(v T) bool {
	var size int
	s.result, size = s.f(s.result, v)
	s.full = s.limit > 0 && size > s.limit
	return !s.full
}

func (s *collectStage[T, A]) Done(err error) {
	if s.full {
		err = overflow(fmt.Sprintf("operators: more than the %d values that may be collected", s.limit))
	}
	s.total.Done(err)
}

// overflow is [stream.ErrOverflow] in other words: errors.Is tells.
type overflow string

func (o overflow) Error() string { return string(o) }

func (overflow) Is(target error) bool { return target == stream.ErrOverflow }
