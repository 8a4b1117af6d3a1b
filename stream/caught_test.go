package stream_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// ends notes what a stage was ended with, and delivers one more value then.
type ends struct {
	stream.Stage[int]
	err    *error
	thrown any
}

func (s *ends) Next(v int) bool {
	if s.thrown != nil {
		panic(s.thrown)
	}
	return s.Dst.Next(v)
}

func (s *ends) Done(err error) {
	*s.err = err
	s.Dst.Next(-1)
	s.Dst.Done(err)
}

// protecting returns a source that delivers inside Protect and has said so.
func protecting(t *testing.T, over chan<- struct{}) stream.Observable[int] {
	return stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		stream.Protected(dst)
		go func() { // ends with the delivery
			defer close(over)
			stream.Protect(dst, func() {
				for i := range 3 {
					if !dst.Next(i) {
						dst.Done(stream.ErrStopped)
						return
					}
				}
				t.Error("delivered everything")
			})
		}()
		return nil
	})
}

func TestAStageBelowAProtectedSourceSeesASubscriberThatThrowsAsOneThatStops(t *testing.T) {
	for name, act := range map[string]streamtest.Act{"panic": streamtest.PanicAt(2, errBoom), "Goexit": streamtest.GoexitAt(2)} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{})
			rec, ended := streamtest.Record[int](act), error(nil)
			sub := stream.Lift(protecting(t, over), func(dst stream.Observer[int]) stream.Observer[int] {
				return &ends{Stage: stream.Stage[int]{Dst: dst}, err: &ended}
			}).Subscribe(t.Context(), rec)
			var p *stream.PanicError
			require.ErrorAs(t, sub.Wait(t.Context()), &p)
			<-over
			assert.Equal(t, name == "Goexit", p.Goexit)
			assert.Equal(t, []int{0, 1}, rec.Values(), "and nothing follows")
			if name == "panic" {
				assert.Equal(t, stream.ErrStopped, ended)
			}
		})
	}
}

func TestAStageThatThrowsBelowAProtectedSourceEndsTheSubscription(t *testing.T) {
	over := make(chan struct{})
	rec, ended := streamtest.Record[int](), error(nil)
	sub := stream.Lift(protecting(t, over), func(dst stream.Observer[int]) stream.Observer[int] {
		return &ends{Stage: stream.Stage[int]{Dst: dst}, err: &ended, thrown: errBoom}
	}).Subscribe(t.Context(), rec)
	assert.ErrorIs(t, sub.Wait(t.Context()), errBoom)
	<-over
	assert.ErrorIs(t, ended, errBoom)
}

func TestASubscriberThatEndsItsGoroutineInDoneToo(t *testing.T) {
	over := make(chan struct{})
	sub := protecting(t, over).Subscribe(t.Context(), twice{})
	assert.ErrorAs(t, sub.Wait(t.Context()), new(*stream.PanicError))
	<-over
}

// twice ends the goroutine that calls it.
type twice struct{}

func (twice) Next(int) bool { panic(errBoom) }
func (twice) Done(error)    { runtime.Goexit() }

func TestCaughtReturnsTheErrorWhereNobodyIsSubscribed(t *testing.T) {
	p := &stream.PanicError{Value: errBoom}
	rec := streamtest.Record[int]()
	stream.Protected(rec)
	assert.Equal(t, error(p), stream.Caught(rec, p))
}
