package discovery

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func found(addr string) Event {
	return Event{Kind: Found, Addr: addrs(addr)[0], Via: ViaBroadcast}
}

func lost(addr string) Event {
	return Event{Kind: Lost, Addr: addrs(addr)[0], Via: ViaBroadcast}
}

// watch subscribes and returns the events as they come.
func watch(t *testing.T, events stream.Observable[Event]) (next func() Event, stop func()) {
	t.Helper()
	c := make(chan Event, 1000)
	s := events.On(t.Context(), func(e Event) { c <- e })
	next = func() Event {
		t.Helper()
		select {
		case e := <-c:
			return e
		case <-within(t).Done():
			require.Fail(t, "no event")
		}
		return Event{}
	}
	return next, func() {
		s.Stop()
		assert.ErrorIs(t, s.Wait(within(t)), stream.ErrStopped)
	}
}

func TestPeersAreFoundAndLostAsTheyComeAndGo(t *testing.T) {
	opts := onLoopback(t)
	opts.Misses = 5
	one := announce(t, "127.0.0.1:5000", opts)
	next, stop := watch(t, Browse(opts))
	assert.Equal(t, found("127.0.0.1:5000"), next(), "who is there already")
	two := announce(t, "0.0.0.0:5001", opts)
	assert.Equal(t, found("127.0.0.1:5001"), next(), "who comes")
	require.NoError(t, one.Close())
	assert.Equal(t, lost("127.0.0.1:5000"), next(), "who closes")
	two.SetInvisible(true)
	assert.Equal(t, lost("127.0.0.1:5001"), next(), "who hides")
	two.SetInvisible(false)
	assert.Equal(t, found("127.0.0.1:5001"), next(), "who returns")
	stop()
}

func TestSubscriptionsAskForThemselves(t *testing.T) {
	opts := onLoopback(t)
	announce(t, "127.0.0.1:5000", opts)
	events := Browse(opts)
	for range 3 {
		first, err := events.Await(within(t))
		require.NoError(t, err)
		assert.Equal(t, found("127.0.0.1:5000"), first)
	}
}

func TestAPeerIsLostAfterTheGivenNumberOfMisses(t *testing.T) {
	for misses := 1; misses < 5; misses++ {
		synctest.Test(t, func(t *testing.T) {
			const answered = 4
			f := newFake(func(question int) []sighting {
				if question <= answered {
					return sightings("10.0.0.1:1", "10.0.0.2:1")
				}
				return nil
			})
			begin := time.Now()
			events := browse((&Options{Interval: time.Second, Misses: misses}).settled(), func() prober { return f })
			n := 0
			err := events.Each(t.Context(), func(e Event) error {
				if n++; e.Kind == Found {
					return nil
				}
				assert.Equal(t, lost(fmt.Sprintf("10.0.0.%d:1", n-2)), e)
				assert.Equal(t, answered+misses, f.asked)
				assert.InDelta(t, answered+misses, time.Since(begin).Seconds(), .1*float64(answered+misses))
				if n == 4 {
					return errors.New("enough")
				}
				return nil
			})
			require.EqualError(t, err, "enough")
		})
	}
}

func TestOneMissIsForgottenWithTheNextAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(question int) []sighting {
			if question%3 == 1 {
				return sightings("10.0.0.1:1")
			}
			return nil
		})
		r := streamtest.Record[Event]()
		s := browse((*Options)(nil).settled(), func() prober { return f }).Subscribe(t.Context(), r)
		time.Sleep(time.Hour)
		synctest.Wait()
		r.AssertLive(t, found("10.0.0.1:1"))
		s.Stop()
		assert.ErrorIs(t, s.Wait(t.Context()), stream.ErrStopped)
		assert.InDelta(t, 1800, f.asked, 100)
	})
}

func TestASlowSubscriberLosesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		everybody := make([]string, 50)
		for i := range everybody {
			everybody[i] = fmt.Sprintf("10.0.0.%d:1", i)
		}
		f := newFake(func(int) []sighting { return sightings(everybody...) })
		r := streamtest.Record[Event]()
		opts := (&Options{Interval: time.Second, Misses: 1}).settled()
		s := browse(opts, func() prober { return f }).On(t.Context(), func(e Event) {
			r.Next(e)
			time.Sleep(time.Duration(rand.Int64N(3000)) * time.Millisecond)
		})
		time.Sleep(time.Hour)
		s.Stop()
		assert.ErrorIs(t, s.Wait(t.Context()), stream.ErrStopped)
		var want []Event
		for _, a := range everybody {
			want = append(want, found(a))
		}
		assert.Equal(t, want, r.Values())
	})
}

func TestStrangersBeyondTheLimitAreCountedAndFoundLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(question int) []sighting {
			if question < 10 {
				return sightings("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1")
			}
			return sightings("10.0.0.3:1")
		})
		opts := (&Options{Limit: 2}).settled()
		r := streamtest.Record[Event]()
		s := browse(opts, func() prober { return f }).Subscribe(t.Context(), r)
		time.Sleep(time.Minute)
		synctest.Wait()
		r.AssertLive(t, found("10.0.0.1:1"), found("10.0.0.2:1"), lost("10.0.0.1:1"), lost("10.0.0.2:1"), found("10.0.0.3:1"))
		assert.EqualValues(t, 12, opts.Counters.Overflow.Load(), "9 answers, and 3 more until the others are lost")
		s.Stop()
		assert.ErrorIs(t, s.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestLaterQuestionsMayFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(int) []sighting { return sightings("10.0.0.1:1") })
		r := streamtest.Record[Event]()
		s := browse((*Options)(nil).settled(), func() prober { return f }).Subscribe(t.Context(), r)
		time.Sleep(time.Minute)
		synctest.Wait()
		unplugged := errors.New("unplugged")
		f.err.Store(&unplugged)
		time.Sleep(time.Minute)
		synctest.Wait()
		f.err.Store(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		r.AssertLive(t, found("10.0.0.1:1"), lost("10.0.0.1:1"), found("10.0.0.1:1"))
		s.Stop()
		assert.ErrorIs(t, s.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestBrowseKeepsTheRulesOfStreams(t *testing.T) {
	streamtest.Conform(t, func() stream.Observable[Event] {
		return browse((*Options)(nil).settled(), func() prober {
			return newFake(func(question int) []sighting {
				if question < 3 {
					return sightings("10.0.0.1:1", fmt.Sprintf("10.0.0.%d:1", question+1))
				}
				return sightings("10.0.0.1:1")
			})
		})
	}, []Event{found("10.0.0.1:1"), found("10.0.0.2:1"), found("10.0.0.3:1"), lost("10.0.0.2:1"), lost("10.0.0.3:1")},
		&streamtest.Options{Endless: true, Patience: time.Minute})
}

func TestBrowseFailsByTheRulesOfStreams(t *testing.T) {
	unplugged := errors.New("unplugged")
	streamtest.Conform(t, func() stream.Observable[Event] {
		return browse((*Options)(nil).settled(), func() prober {
			f := newFake(nil)
			f.err.Store(&unplugged)
			return f
		})
	}, nil, &streamtest.Options{Err: unplugged})
}
