package streamtest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
)

func TestARecorderWritesDownWhatItIsTold(t *testing.T) {
	rec := Record[int]()
	assert.True(t, rec.Next(1))
	assert.True(t, rec.Next(2))
	rec.AssertLive(t, 1, 2)
	rec.Done(errSource)
	rec.AssertFailed(t, errSource, 1, 2)
	assert.Equal(t, errSource, rec.Err())
	assert.Equal(t, 2, rec.Len())
	assert.Empty(t, rec.Breaches())
}

func TestARecorderNoticesBrokenRules(t *testing.T) {
	rec := Record[int](StopAt(1))
	rec.Next(1)
	rec.Next(2)
	rec.Done(nil)
	rec.Next(3)
	rec.Done(nil)
	assert.Equal(t, []string{
		"Next(2) after Next had returned false (Reactive Streams 1.8)",
		"Next(3) after Done(<nil>) (Reactive Streams 1.7)",
		"Done(<nil>) after Done(<nil>) (Reactive Streams 1.7)",
	}, rec.Breaches())

	rec = Record[int]()
	rec.acts = []Act{CallAt(1, func() { rec.Next(2) })}
	rec.Next(1)
	assert.Equal(t, []string{"Next(2) began while another call was running (Reactive Streams 1.3)"}, rec.Breaches())
}

func TestEveryAssertionFailsWhereItShould(t *testing.T) {
	live, completed, failed, unsound := Record[int](), Record[int](), Record[int](), Record[int]()
	for _, rec := range []*Recorder[int]{live, completed, failed, unsound} {
		rec.Next(1)
	}
	completed.Done(nil)
	failed.Done(errSource)
	unsound.Done(nil)
	unsound.Done(nil)
	for name, check := range map[string]func(t testing.TB) bool{
		"other values":        func(t testing.TB) bool { return live.AssertValues(t, 2) },
		"fewer values":        func(t testing.TB) bool { return live.AssertValues(t) },
		"live, not completed": func(t testing.TB) bool { return live.AssertCompleted(t, 1) },
		"live, not failed":    func(t testing.TB) bool { return live.AssertFailed(t, errSource, 1) },
		"completed, not live": func(t testing.TB) bool { return completed.AssertLive(t, 1) },
		"failed otherwise":    func(t testing.TB) bool { return failed.AssertFailed(t, errThrown, 1) },
		"failed":              func(t testing.TB) bool { return failed.AssertCompleted(t, 1) },
		"completed":           func(t testing.TB) bool { return completed.AssertFailed(t, errSource, 1) },
		"unsound":             unsound.AssertSound,
		"unsound values":      func(t testing.TB) bool { return unsound.AssertCompleted(t, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			c := &collector{TB: t}
			assert.False(t, check(c))
			assert.NotEmpty(t, c.failures)
		})
	}
	assert.True(t, completed.AssertCompleted(t, 1))
	assert.True(t, failed.AssertFailed(t, errSource, 1))
}

func TestActsHappenAtTheirValue(t *testing.T) {
	var called []int
	call := func(n int) Act { return CallAt(n, func() { called = append(called, n) }) }
	rec := Record[int](call(1), call(3), call(AtEnd), StopAt(2))
	assert.True(t, rec.Next(10))
	assert.False(t, rec.Next(20))
	rec.Done(nil)
	assert.Equal(t, []int{1, AtEnd}, called)

	assert.PanicsWithValue(t, "thrown", func() { Record[int](PanicAt(1, "thrown")).Next(1) })
	over := make(chan struct{})
	go func() {
		defer close(over)
		Record[int](GoexitAt(AtEnd)).Done(nil)
		t.Error("the goroutine goes on")
	}()
	<-over
}

func TestARecorderCanBeWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		rec := Record[int](BlockAt(2, release))
		go func() {
			rec.Next(1)
			rec.Next(2)
			rec.Done(errSource)
		}()
		require.NoError(t, rec.Await(t.Context(), 2))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		assert.ErrorIs(t, rec.Wait(ctx), context.DeadlineExceeded)
		assert.ErrorIs(t, rec.Await(ctx, 3), context.DeadlineExceeded)
		assert.False(t, rec.Ended())
		close(release)
		require.NoError(t, rec.Wait(t.Context()))
		assert.EqualError(t, rec.Await(t.Context(), 3), "streamtest: ended with streamtest: the source failed after 2 values")
	})
}

func TestARunawaySourceIsEnded(t *testing.T) {
	over := make(chan struct{})
	rec := Record[int](StopAt(1))
	go func() {
		defer close(over)
		for {
			rec.Next(1)
		}
	}()
	<-over
	assert.Len(t, rec.Breaches(), maxBreaches)
}

func TestAProbeCountsItsSubscriptions(t *testing.T) {
	subject := stream.NewPublish[int](nil)
	probe := NewProbe(subject.AsObservable())
	ctx, cancel := context.WithCancelCause(t.Context())
	one, two := Record[int](), Record[int](StopAt(1))
	probe.Attach(ctx, one)
	probe.Attach(ctx, two)
	assert.Equal(t, 2, probe.Live())
	require.NoError(t, subject.Emit(t.Context(), 1))
	assert.Equal(t, 1, probe.Live())
	cancel(errSource)
	require.NoError(t, one.Wait(t.Context()))
	one.AssertFailed(t, errSource, 1)
	assert.Equal(t, 2, probe.Total())
	assert.Empty(t, probe.Breaches())
}

func TestStepsEmitAndEnd(t *testing.T) {
	for _, end := range []error{nil, errors.New("end")} {
		subject := stream.NewReplay[int](9, 0, nil)
		for _, step := range Steps(subject, end, 1, 2) {
			step()
		}
		rec := Record[int]()
		assert.Equal(t, end, subject.Subscribe(t.Context(), rec).Wait(t.Context()))
		rec.AssertValues(t, 1, 2)
	}
}
