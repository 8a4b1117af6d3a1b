package stream

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

type ending struct {
	values int
	err    error
}

func (e *ending) Next(int) bool {
	e.values++
	return true
}

func (e *ending) Done(err error) { e.err = err }

func TestASubscriberThatMissedValuesWhenCancelledIsNotToldOfCompletion(t *testing.T) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, got := NewPublish[int](nil), &ending{}
	s.Attach(ctx, got)
	sub := s.subs[0]
	sub.release() // what runs when ctx ends has done the first half of its work
	cancel(cause)
	sub.cancelled.Store(true)
	s.TryEmit(1)
	s.Complete()
	assert.Zero(t, got.values)
	assert.Equal(t, cause, got.err)
}
