package operators

import "github.com/rxpeer/rxpeer/stream"

// First returns the first value and completes. It is [Take] of one: a stream
// without values completes without one.
//
//	o:      ----a---b---|
//	First:  ----(a|)
//
// RxGo: First. RxJS: first. samber/ro: Head.
func First[T any](o stream.Observable[T]) stream.Observable[T] { return Take(o, 1) }

// ElementAt returns the value with the index i, counted from 0, and completes.
// A stream that has none completes without one.
//
//	o:             a---b---c---d---|
//	ElementAt(2):  --------(c|)
//
// It is fused, and detaches the source, as [Take] does. It panics if i is
// negative.
//
// RxGo: ElementAt. RxJS: elementAt. samber/ro: ElementAt.
func ElementAt[T any](o stream.Observable[T], i int) stream.Observable[T] {
	if i < 0 {
		panic("operators: ElementAt of a negative index")
	}
	return First(Skip(o, i))
}

// Find returns the first value for which match reports true, and completes. A
// stream that has none completes without one.
//
//	o:     1---2---3---4---|
//	Find:  ----(2|)             even
//
// It is fused, and detaches the source, as [Take] does. A panic in match ends
// the subscription with a [*stream.PanicError].
//
// RxGo: Find. RxJS: find. samber/ro: Find.
func Find[T any](o stream.Observable[T], match func(v T) bool) stream.Observable[T] {
	return First(Filter(o, match))
}

// IgnoreElements returns the end of o and none of its values. Its type is the
// caller's choice, so that it can be merged with what has values:
//
//	saved := operators.IgnoreElements[Reading](acknowledgements)
//
// It ends as o does.
//
//	o:               a---b---c---|
//	IgnoreElements:  ------------|
//
// It is fused: no goroutine, no buffer.
//
// RxGo: IgnoreElements. RxJS: ignoreElements. samber/ro: IgnoreElements.
func IgnoreElements[U, T any](o stream.Observable[T]) stream.Observable[U] {
	return stream.Fuse(o, func(func(v U) bool) func(v T) bool {
		return func(T) bool { return true }
	})
}
