package stream

import (
	"context"
	"time"
)

// Timer returns the time once, when d has passed since the subscription, and
// completes. With d not positive that is at once.
//
// A timer delivers, on its own goroutine; none waits.
//
//	Timer(4):  ----(t|)
//
// RxGo: Timer. RxJS: timer. samber/ro: Timer.
func Timer(d time.Duration) Observable[time.Time] {
	return New(func(ctx context.Context, dst Observer[time.Time]) func() {
		t := &timer{dst: dst, set: make(chan struct{})}
		defer close(t.set)
		t.release = context.AfterFunc(ctx, func() {
			<-t.set
			t.timer.Stop()
			dst.Done(context.Cause(ctx))
		})
		t.timer = time.AfterFunc(d, t.expire)
		return nil
	})
}

// timer is a subscription to a Timer.
type timer struct {
	dst     Observer[time.Time]
	timer   *time.Timer
	release func() bool   // lets go of the context; false: that has ended
	set     chan struct{} // closed when the fields are
}

func (t *timer) expire() {
	<-t.set
	if !t.release() {
		return
	}
	more, returned := false, false
	Protect(t.dst, func() {
		more = t.dst.Next(time.Now())
		returned = true
	})
	switch {
	case !returned:
	case more:
		t.dst.Done(nil)
	default:
		t.dst.Done(ErrStopped)
	}
}
