package peer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// service is one of everything that a peer can expose.
type service struct {
	all     []*peer.Exposure
	running atomic.Int64 // functions of it
}

func serve(t testing.TB, p *peer.Peer, opts *peer.ExposeOptions) *service {
	s := &service{}
	keep := func(e *peer.Exposure, err error) {
		if assert.NoError(t, err) {
			s.all = append(s.all, e)
		}
	}
	keep(peer.Expose(p, "ticks", stream.Tick(time.Millisecond), opts))
	keep(peer.Expose(p, "shared", operators.Map(stream.Tick(time.Millisecond), func(time.Time) int { return 1 }), &peer.ExposeOptions{Shared: true}))
	keep(peer.Expose(p, "history", stream.Tick(time.Millisecond), &peer.ExposeOptions{History: 3}))
	keep(peer.Expose(p, "numbers", stream.Range(0, 1<<30), nil))
	keep(peer.Handle(p, "wait", func(ctx context.Context, d time.Duration) (int, error) {
		s.running.Add(1)
		defer s.running.Add(-1)
		select {
		case <-time.After(d):
			return 1, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}, opts))
	keep(peer.ExposeSink(p, "sink", func(ctx context.Context, _ *peer.Connection, in stream.Observable[int]) error {
		s.running.Add(1)
		defer s.running.Add(-1)
		return in.Each(ctx, func(int) error { return nil })
	}, opts))
	return s
}

// active returns how many use it.
func (s *service) active() (n int) {
	for _, e := range s.all {
		n += e.Active()
	}
	return n
}

// use uses a service in some way, for a short time.
func use(ctx context.Context, c *peer.Connection, rnd *rand.Rand) {
	ctx, stop := context.WithTimeout(ctx, time.Duration(rnd.IntN(5000))*time.Microsecond)
	defer stop()
	switch rnd.IntN(7) {
	case 0:
		_, _ = operators.Take(peer.Remote[time.Time](c, "ticks"), 3).Await(ctx)
	case 1:
		_ = peer.Remote[int](c, "shared").On(ctx, func(int) {}).Wait(ctx)
	case 2:
		_ = peer.Remote[time.Time](c, "history").On(ctx, func(time.Time) {}).Wait(ctx)
	case 3:
		_, _ = operators.Last(operators.Take(peer.RemoteWith[int](c, "numbers", &peer.RemoteOptions{Window: 10}), 100)).Await(ctx)
	case 4:
		_, _ = peer.Call[time.Duration, int](ctx, c, "wait", time.Duration(rnd.IntN(8))*time.Millisecond)
	case 5:
		if out, err := peer.OpenSink[int](ctx, c, "sink", nil); err == nil {
			for i := range rnd.IntN(5) {
				_ = out.Emit(ctx, i)
			}
			if rnd.IntN(2) == 0 {
				out.Complete()
				_ = out.Wait(ctx)
			} else {
				out.Abort(nil)
			}
		}
	case 6:
		_, _ = c.Exposed().Await(ctx)
	}
}

func TestWhateverClosesWhileUsesBeginLeavesNothing(t *testing.T) {
	for name, end := range map[string]func(*peer.Peer, *peer.Connection, *service){
		"exposures": func(_ *peer.Peer, _ *peer.Connection, s *service) {
			for _, e := range s.all {
				go e.Close()
			}
		},
		"the connection":           func(_ *peer.Peer, c *peer.Connection, _ *service) { _ = c.Close() },
		"the connection, abruptly": func(_ *peer.Peer, c *peer.Connection, _ *service) { c.Abort() },
		"the peer":                 func(p *peer.Peer, _ *peer.Connection, _ *service) { _ = p.Close() },
		"the peer, shut down":      func(p *peer.Peer, _ *peer.Connection, _ *service) { _ = p.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, seed := range seeds(t, 8) {
				inLab(t, func(t *lab) {
					rnd := rand.New(rand.NewPCG(seed, 0))
					server, conn, back := t.two(nil)
					s := serve(t, server, nil)
					var users sync.WaitGroup
					ctx, stop := context.WithCancel(t.Context())
					for range 12 {
						rnd := rand.New(rand.NewPCG(rnd.Uint64(), 0))
						users.Go(func() {
							for ctx.Err() == nil {
								use(ctx, conn, rnd)
								time.Sleep(100 * time.Microsecond)
							}
						})
					}
					time.Sleep(time.Duration(rnd.IntN(10_000)) * time.Microsecond)
					end(server, back, s)
					time.Sleep(10 * time.Millisecond)
					stop()
					users.Wait()
					synctest.Wait()
					assert.Zero(t, s.active(), "seed %d", seed)
					assert.Zero(t, s.running.Load(), "seed %d", seed)
					require.NoError(t, server.Shutdown(t.Context()))
				})
			}
		})
	}
}

func TestShutdownFromOutsideWaitsForHandlers(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		var returned atomic.Bool
		handle(t, server, "stubborn", func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // it tidies up
			returned.Store(true)
			return 0, ctx.Err()
		}, nil)
		failed := make(chan error, 1)
		go func() {
			_, err := peer.Call[int, int](t.Context(), conn, "stubborn", 1)
			failed <- err
		}()
		synctest.Wait()
		require.NoError(t, server.Shutdown(t.Context()))
		assert.True(t, returned.Load())
		assert.Error(t, <-failed)
	})
}

func TestWhoWatchesWhatIsExposedSeesTheFinalState(t *testing.T) {
	for _, seed := range seeds(t, 10) {
		inLab(t, func(t *lab) {
			server, conn, _ := t.two(nil)
			var here, there []peer.Exposed
			server.Exposed().On(t.Context(), func(all []peer.Exposed) { here = all })
			conn.Exposed().On(t.Context(), func(all []peer.Exposed) {
				there = all
				time.Sleep(50 * time.Microsecond)
			})
			var work sync.WaitGroup
			var mu sync.Mutex
			final := map[string]bool{}
			for i := range 50 {
				rnd := rand.New(rand.NewPCG(seed, uint64(i)))
				work.Go(func() {
					for range 20 {
						time.Sleep(time.Duration(rnd.IntN(3)) * 10 * time.Microsecond)
						name := fmt.Sprint("name ", rnd.IntN(10))
						e, err := peer.Expose(server, name, stream.Of(1), nil)
						if err != nil {
							assert.ErrorIs(t, err, peer.ErrExposed)
							continue
						}
						mu.Lock()
						final[name] = true
						mu.Unlock()
						if runtime.Gosched(); rnd.IntN(10) == 0 {
							return // it stays
						}
						mu.Lock()
						delete(final, name)
						mu.Unlock()
						e.Close()
					}
				})
			}
			work.Wait()
			time.Sleep(time.Second)
			synctest.Wait()
			for _, seen := range [][]peer.Exposed{here, there} {
				names := map[string]bool{}
				for _, e := range seen {
					names[e.Name] = true
				}
				assert.Equal(t, final, names, "seed %d", seed)
			}
		})
	}
}
