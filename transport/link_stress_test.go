package transport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// TestSubscribersThatComeAndGoMissNothing lets subscriptions of all kinds of
// ends follow one another, on both ends of a link that is busy in both
// directions, and expects each message once and in order.
func TestSubscribersThatComeAndGoMissNothing(t *testing.T) {
	onEachWire(t, subscribersThatComeAndGoMissNothing)
}

func subscribersThatComeAndGoMissNothing(t *testing.T) {
	for name, network := range map[string]func() (Network, string){
		"tcp": tcp, "memory": func() (Network, string) { return memory.New(nil), ":0" },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 3000
			net, address := network()
			opts := &Options{Inbox: 20_000, SendBuffer: 20_000, Timeout: time.Minute}
			a, b := pairOn(t, net, net, address, Hello{}, opts, opts)
			var wg sync.WaitGroup
			for _, l := range []Link{a, b} {
				wg.Go(func() {
					for i := range n {
						if !assert.NoError(t, l.Send(t.Context(), codec.Bytes, fmt.Appendf(nil, "%d %*s", i, rand.IntN(2000), ""))) {
							return
						}
					}
				})
				wg.Go(func() { comeAndGo(t, l, n) })
			}
			wg.Wait()
			for _, l := range []Link{a, b} {
				require.NoError(t, l.Close(0))
				balanced(t, l.Ledger())
			}
		})
	}
}

// comeAndGo subscribes to l again and again until n messages have come.
func comeAndGo(t *testing.T, l Link, n int) {
	next := 0
	for next < n {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		until := next + 1 + rand.IntN(100)
		way := rand.IntN(5)
		run := l.Messages().Attach(ctx, observer{
			next: func(m *Message) bool {
				var i int
				_, _ = fmt.Sscan(string(m.Body), &i)
				if i != next {
					t.Errorf("got %d instead of %d", i, next)
				}
				next++
				if next < until && next < n {
					return true
				}
				switch way {
				case 0:
					cancel()
				case 1:
					go cancel()
				case 2:
					panic("enough")
				default:
					return false
				}
				return true
			},
			done: func(err error) { done <- err },
		})
		if run != nil && rand.IntN(2) == 0 {
			run()
		} else if run != nil {
			go run()
		}
		select {
		case err := <-done:
			if err == stream.ErrInUse || err == nil {
				t.Errorf("unexpected end: %v", err)
				return
			}
		case <-time.After(30 * time.Second):
			t.Errorf("stuck at %d", next)
			cancel()
			return
		}
		cancel()
	}
}

// TestClosingAtAnyMomentReturns closes links while everything else happens.
func TestClosingAtAnyMomentReturns(t *testing.T) { onEachWire(t, closingAtAnyMomentReturns) }

func closingAtAnyMomentReturns(t *testing.T) {
	runs := 100
	if testing.Short() {
		runs = 10
	}
	for range runs {
		opts := &Options{Inbox: 5000, SendBuffer: 5000, Linger: 50 * time.Millisecond}
		a, b := pair(t, Hello{Lenient: rand.IntN(2) == 0}, opts)
		var wg sync.WaitGroup
		stopped := make(chan struct{}) // then nothing more is accepted, sooner or later
		var stop sync.Once
		for _, l := range []Link{a, b} {
			due := make(chan struct{}) // it is time to close
			in := collectWhile(t.Context(), l, func(string) bool {
				if rand.IntN(100) == 0 {
					_ = l.TrySend(codec.Bytes, make([]byte, 50_000))
				}
				if rand.IntN(500) == 0 {
					stop.Do(func() { close(stopped) })
					return false
				}
				return true
			})
			wg.Go(func() {
				when := rand.IntN(30)
				for i := 0; i < when && l.Send(t.Context(), codec.Bytes, make([]byte, rand.IntN(40_000))) == nil; i++ {
				}
				close(due)
				for l.Send(t.Context(), codec.Bytes, make([]byte, rand.IntN(40_000))) == nil {
				}
			})
			wg.Go(func() {
				select {
				case <-due:
				case <-stopped:
				case <-l.Done():
				}
				if rand.IntN(3) == 0 {
					l.Abort()
				} else {
					_ = l.Close(0)
				}
				balanced(t, l.Ledger())
				assert.Zero(t, l.Ledger().Queued)
				_, _ = in.wait()
			})
		}
		wg.Wait()
	}
}
