package operators

import (
	"context"
	"fmt"

	"github.com/rxpeer/rxpeer/stream"
)

// Notification is what an observer is told, as a value: a value of the stream,
// or its end. The zero Notification is the zero value of the stream.
type Notification[T any] struct {
	// Value is what Next was called with, unless Done is set.
	Value T

	// Done is set for the end of the stream.
	Done bool

	// Err is the failure that the stream ended with, nil at completion.
	Err error
}

// String says what it is.
func (n Notification[T]) String() string {
	switch {
	case !n.Done:
		return fmt.Sprintf("next: %v", n.Value)
	case n.Err != nil:
		return fmt.Sprintf("failed: %v", n.Err)
	}
	return "completed"
}

// Materialize makes values of all that o tells, the end included, so that it
// can be sent somewhere, recorded, or merged with others. It always completes.
//
//	o:            1---2---#
//	Materialize:  1---2---(E|)    E = the failure
//
// When the subscriber stops, or its context ends, there is no Notification of
// that. It is fused, as [Map] is. [Dematerialize] is the way back.
//
// RxGo: -. RxJS: materialize. samber/ro: Materialize.
func Materialize[T any](o stream.Observable[T]) stream.Observable[Notification[T]] {
	return stream.New(func(ctx context.Context, dst stream.Observer[Notification[T]]) func() {
		return o.Attach(ctx, &materializeStage[T]{newTail(ctx, dst)})
	})
}

type materializeStage[T any] struct{ tail[Notification[T]] }

func (s *materializeStage[T]) Next(v T) bool { return s.tail.Next(Notification[T]{Value: v}) }

func (s *materializeStage[T]) Done(err error) {
	if s.calling || s.stopped || isGoexit(err) {
		s.Dst.Done(err)
		return
	}
	s.end(nil, func() { s.tail.Next(Notification[T]{Done: true, Err: err}) })
}

// Dematerialize makes a stream of what [Materialize] has made values of. It
// ends as the first Notification with Done set says, and has detached o then;
// without one it ends with o.
//
//	o:              1---2---(E|)    E = the failure
//	Dematerialize:  1---2---#
//
// It is fused, as [Map] is.
//
// RxGo: -. RxJS: dematerialize. samber/ro: Dematerialize.
func Dematerialize[T any](o stream.Observable[Notification[T]]) stream.Observable[T] {
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[Notification[T]] {
		return &dematerializeStage[T]{Stage: stream.Stage[T]{Dst: dst}}
	})
}

type dematerializeStage[T any] struct {
	stream.Stage[T]
	end Notification[T] // once it came
}

func (s *dematerializeStage[T]) Next(n Notification[T]) bool {
	if s.end.Done {
		return false // of a source that does not listen
	}
	if n.Done {
		s.end = n
		return false
	}
	return s.Dst.Next(n.Value)
}

func (s *dematerializeStage[T]) Done(err error) {
	if s.end.Done {
		err = s.end.Err
	}
	s.Dst.Done(err)
}
