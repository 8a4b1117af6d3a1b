package stream_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// TestSubjectsKeepTheirRulesUnderRandomUse lets producers, subscribers that
// come, stop, block, panic and are cancelled, and an end meet at random; the
// observers check the rules.
func TestSubjectsKeepTheirRulesUnderRandomUse(t *testing.T) {
	kinds := []func() *stream.Subject[int]{
		func() *stream.Subject[int] { return stream.NewPublish[int](&stream.SubjectOptions{Queue: 4}) },
		func() *stream.Subject[int] { return stream.NewPublish[int](&stream.SubjectOptions{WarmUp: 4}) },
		func() *stream.Subject[int] { return stream.NewBehavior(0, nil) },
		func() *stream.Subject[int] { return stream.NewReplay[int](5, time.Hour, nil) },
		func() *stream.Subject[int] { return stream.NewAsync[int](nil) },
		func() *stream.Subject[int] {
			return stream.NewUnicast[int](&stream.SubjectOptions{Queue: 4, WarmUp: 4})
		},
	}
	for range 150 {
		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		s := kinds[rnd.IntN(len(kinds))]()
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		for range 1 + rnd.IntN(3) {
			work.Go(func() {
				for i := range 200 {
					if i%3 == 0 {
						s.TryEmit(i)
					} else if err := s.Emit(ctx, i); err != nil {
						return
					}
				}
			})
		}
		for range 1 + rnd.IntN(6) {
			what, at := rnd.IntN(6), rnd.IntN(50)
			work.Go(func() {
				n := 0
				o := see(t, func(int) bool {
					n++
					switch {
					case n < at:
					case what == 0:
						return false
					case what == 1:
						panic("boom")
					case what == 2:
						runtime.Goexit()
					case what == 3 && n == at:
						s.TryEmit(-1)
					}
					return true
				})
				if what == 4 {
					for range s.Values(ctx, stream.Block(2)) {
						if n++; n == at {
							return
						}
					}
					return
				}
				sub := s.Subscribe(ctx, o)
				if what == 5 {
					runtime.Gosched()
					sub.Stop()
				}
				_ = sub.Wait(context.Background())
				select {
				case <-o.over:
				default:
					t.Errorf("seed %d: Wait returned before Done", seed)
				}
			})
		}
		work.Go(func() {
			for range rnd.IntN(50) {
				runtime.Gosched()
			}
			if rnd.IntN(2) == 0 {
				cancel()
			}
			s.Complete()
		})
		over := make(chan struct{})
		go func() {
			work.Wait()
			close(over)
		}()
		select {
		case <-over:
		case <-time.After(20 * time.Second):
			buf := make([]byte, 1<<20)
			t.Fatalf("seed %d hangs\n%s", seed, buf[:runtime.Stack(buf, true)])
		}
		cancel()
	}
}
