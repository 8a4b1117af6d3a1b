package operators

import "github.com/rxpeer/rxpeer/stream"

// ConcatMap returns the values of the sources that f returns for the values of
// o, one source after the other.
//
//	o:          a--b----------|
//	f(a):       1--2--3--|
//	f(b):                x--y--|
//	ConcatMap:  1--2--3--x--y--|
//
// A source is attached, and f called, when the one before has ended: what a
// hot one had before is missed. The first failure, of o or of a source, ends
// the whole at once. To go on with the next source instead, use [FlatMap] with
// a Concurrency of 1, which this otherwise is: 256 values of o wait for their
// turn, then o does, and a cold source runs on a goroutine that ends with it.
//
// RxGo: -. RxJS: concatMap. samber/ro: FlatMap.
func ConcatMap[T, U any](o stream.Observable[T], f func(v T) stream.Observable[U]) stream.Observable[U] {
	return FlatMap(o, f, &MergeOptions{Concurrency: 1, FailFast: true})
}
