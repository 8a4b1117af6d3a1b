package operators_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// BenchmarkShareBuffered delivers each value to so many subscribers with an
// asynchronous boundary each. The time is that of a value.
func BenchmarkShareBuffered(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			src := stream.NewPublish[int](nil)
			shared := operators.Share(src.AsObservable())
			var subs []*stream.Subscription
			for range n {
				subs = append(subs, operators.Buffer(shared, stream.Block(256)).Subscribe(b.Context(), opaque[int](&adder{})))
			}
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				_ = src.Emit(context.Background(), i)
			}
			src.Complete()
			for _, sub := range subs {
				_ = sub.Wait(b.Context())
			}
		})
	}
}

// nothing is a sink that takes everything.
type nothing struct{}

func (nothing) Emit(context.Context, int) error { return nil }
func (nothing) TryEmit(int) stream.Result       { return stream.OK }
func (nothing) Complete()                       {}
func (nothing) Abort(error)                     {}

// BenchmarkBranches delivers to four branches. The time is that of a value.
func BenchmarkBranches(b *testing.B) {
	fans := fans()
	fans["Into"] = operators.Into[int]
	for name, fan := range fans {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var branches []*operators.Branch[int]
			for range 4 {
				branches = append(branches, operators.To[int](nothing{}, stream.Block(256)))
			}
			numbers := stream.FromSeq(func(yield func(int) bool) {
				for i := 0; i < b.N && yield(i); i++ {
				}
			})
			_ = fan(b.Context(), numbers, branches...).Wait(b.Context())
		})
	}
}

func BenchmarkCombining(b *testing.B) {
	for name, operator := range map[string]func(o ints) ints{
		"Concat":         func(o ints) ints { return operators.Concat(o, o) },
		"StartWith":      func(o ints) ints { return operators.StartWith(o, 1) },
		"Race":           func(o ints) ints { return operators.Race(stream.Never[int](), o) },
		"CombineLatest":  func(o ints) ints { return operators.CombineLatest(given(1), o, add) },
		"WithLatestFrom": func(o ints) ints { return operators.WithLatestFrom(o, given(1), add) },
		"Broadcast":      func(o ints) ints { return operators.Broadcast(o, 1)[0] },
		"ShareReplay":    func(o ints) ints { return operators.ShareReplay(o, 10, 0) },
		"Join": func(o ints) ints {
			opts := &operators.JoinOptions{Limit: 1000, Evict: true}
			return operators.Join(given(-1), o, same, same, 1<<40, add, opts)
		},
	} {
		b.Run(name, func(b *testing.B) { feed(b, operator, &adder{}) })
	}
	b.Run("Zip", func(b *testing.B) {
		b.ReportAllocs()
		var sides [2]stream.Observer[int]
		side := func(i int) ints {
			return stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
				sides[i] = opaque(dst)
				return nil
			})
		}
		operators.Zip(side(0), side(1), add).Attach(b.Context(), opaque[int](&adder{}))
		for i := 0; i < b.N; i++ {
			sides[0].Next(i)
			sides[1].Next(i)
		}
	})
}
