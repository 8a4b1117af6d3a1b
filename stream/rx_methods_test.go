package stream_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// rxMethod is a use of a method of rxgo.Observable that returns something to
// observe.
type rxMethod struct {
	name string
	make func(o rxgo.Observable) rxgo.Iterable
	want []any // of 1, 2, 3
}

var (
	second = rxgo.WithDuration(time.Second)
	small  = func(v any) bool { return v.(int) < 3 }
	always = func(error) bool { return true }
	same   = func(_ context.Context, v any) (any, error) { return v, nil }
	plus   = func(_ context.Context, a, b any) (any, error) {
		if a == nil {
			return b, nil
		}
		return a.(int) + b.(int), nil
	}
	compare = func(a, b any) int { return cmp.Compare(a.(int), b.(int)) }
	text    = func(v any) ([]byte, error) { return []byte(strconv.Itoa(v.(int))), nil }
)

// as returns a source of other values than integers.
func as[T any](o rxgo.Observable) rxgo.Observable {
	return o.Map(func(_ context.Context, v any) (any, error) {
		var t T
		err := json.Unmarshal([]byte(strconv.Itoa(v.(int))), &t)
		return t, err
	})
}

func others() rxgo.Observable { return stream.Of(10, 20, 30).Rx() }

func rxMethods() []rxMethod {
	type (
		in  = rxgo.Observable
		out = rxgo.Iterable
	)
	all := []any{1, 2, 3}
	return []rxMethod{
		{"All", func(o in) out { return o.All(small) }, []any{false}},
		{"AverageFloat32", func(o in) out { return o.AverageFloat32() }, []any{float32(2)}},
		{"AverageFloat64", func(o in) out { return o.AverageFloat64() }, []any{2.0}},
		{"AverageInt", func(o in) out { return o.AverageInt() }, []any{2}},
		{"AverageInt8", func(o in) out { return as[int8](o).AverageInt8() }, []any{int8(2)}},
		{"AverageInt16", func(o in) out { return as[int16](o).AverageInt16() }, []any{int16(2)}},
		{"AverageInt32", func(o in) out { return as[int32](o).AverageInt32() }, []any{int32(2)}},
		{"AverageInt64", func(o in) out { return as[int64](o).AverageInt64() }, []any{int64(2)}},
		{"BackOffRetry", func(o in) out {
			return o.BackOffRetry(backoff.WithMaxRetries(backoff.NewConstantBackOff(time.Second), 2))
		}, all},
		{"BufferWithCount", func(o in) out { return o.BufferWithCount(2) }, []any{[]any{1, 2}, []any{3}}},
		{"BufferWithTime", func(o in) out { return o.BufferWithTime(second) }, []any{[]any{1, 2, 3}}},
		{"BufferWithTimeOrCount", func(o in) out { return o.BufferWithTimeOrCount(second, 2) }, []any{[]any{1, 2}, []any{3}}},
		{"Contains", func(o in) out { return o.Contains(small) }, []any{true}},
		{"Count", func(o in) out { return o.Count() }, []any{int64(3)}},
		{"Debounce", func(o in) out { return o.Debounce(second) }, []any{3}},
		{"DefaultIfEmpty", func(o in) out { return o.DefaultIfEmpty(9) }, all},
		{"Distinct", func(o in) out { return o.Distinct(same) }, all},
		{"DistinctUntilChanged", func(o in) out { return o.DistinctUntilChanged(same) }, all},
		{"ElementAt", func(o in) out { return o.ElementAt(1) }, []any{2}},
		{"Filter", func(o in) out { return o.Filter(small) }, []any{1, 2}},
		{"Find", func(o in) out { return o.Find(small) }, []any{1}},
		{"First", func(o in) out { return o.First() }, []any{1}},
		{"FirstOrDefault", func(o in) out { return o.FirstOrDefault(9) }, []any{1}},
		{"FlatMap", func(o in) out {
			return o.FlatMap(func(i rxgo.Item) rxgo.Observable { return stream.Of(i.V, i.V).Rx() })
		}, []any{1, 1, 2, 2, 3, 3}},
		{"IgnoreElements", func(o in) out { return o.IgnoreElements() }, nil},
		{"Join", func(o in) out {
			at := func(v any) time.Time { return time.Unix(int64(v.(int)), 0) }
			return o.Join(plus, stream.Of(1).Rx(), at, rxgo.WithDuration(time.Millisecond))
		}, []any{2}},
		{"Last", func(o in) out { return o.Last() }, []any{3}},
		{"LastOrDefault", func(o in) out { return o.LastOrDefault(9) }, []any{3}},
		{"Map", func(o in) out { return o.Map(same) }, all},
		{"Marshal", func(o in) out { return o.Marshal(text) }, []any{[]byte("1"), []byte("2"), []byte("3")}},
		{"Max", func(o in) out { return o.Max(compare) }, []any{3}},
		{"Min", func(o in) out { return o.Min(compare) }, []any{1}},
		{"OnErrorResumeNext", func(o in) out {
			return o.OnErrorResumeNext(func(error) rxgo.Observable { return others() })
		}, all},
		{"OnErrorReturn", func(o in) out { return o.OnErrorReturn(func(err error) any { return err }) }, all},
		{"OnErrorReturnItem", func(o in) out { return o.OnErrorReturnItem(9) }, all},
		{"Reduce", func(o in) out { return o.Reduce(plus) }, []any{6}},
		{"Repeat", func(o in) out { return o.Repeat(1, second) }, []any{1, 2, 3, 1, 2, 3}},
		{"Retry", func(o in) out { return o.Retry(2, func(error) bool { return true }) }, all},
		{"Sample", func(o in) out { return o.Sample(stream.Never[int]().Rx()) }, nil},
		{"Scan", func(o in) out { return o.Scan(plus) }, []any{1, 3, 6}},
		{"SequenceEqual", func(o in) out { return o.SequenceEqual(stream.Of(1, 2, 3).Rx()) }, []any{true}},
		{"Serialize", func(o in) out { return o.Serialize(1, func(v any) int { return v.(int) }) }, all},
		{"Skip", func(o in) out { return o.Skip(1) }, []any{2, 3}},
		{"SkipLast", func(o in) out { return o.SkipLast(1) }, []any{1, 2}},
		{"SkipWhile", func(o in) out { return o.SkipWhile(small) }, []any{3}},
		{"StartWith", func(o in) out { return o.StartWith(stream.Of(0).Rx()) }, []any{0, 1, 2, 3}},
		{"SumFloat32", func(o in) out { return o.SumFloat32() }, []any{float32(6)}},
		{"SumFloat64", func(o in) out { return o.SumFloat64() }, []any{6.0}},
		{"SumInt64", func(o in) out { return o.SumInt64() }, []any{int64(6)}},
		{"Take", func(o in) out { return o.Take(2) }, []any{1, 2}},
		{"TakeLast", func(o in) out { return o.TakeLast(2) }, []any{2, 3}},
		{"TakeUntil", func(o in) out { return o.TakeUntil(func(v any) bool { return v == 2 }) }, []any{1, 2}},
		{"TakeWhile", func(o in) out { return o.TakeWhile(small) }, []any{1, 2}},
		{"TimeInterval", func(o in) out { return o.TimeInterval() }, []any{time.Duration(0), time.Duration(0), time.Duration(0)}},
		{"Timestamp", func(o in) out {
			return o.Timestamp().Map(func(_ context.Context, v any) (any, error) { return v.(rxgo.TimestampItem).V, nil })
		}, all},
		{"ToMap", func(o in) out { return o.ToMap(same) }, []any{map[any]any{1: 1, 2: 2, 3: 3}}},
		{"ToMapWithValueSelector", func(o in) out {
			return o.ToMapWithValueSelector(same, func(context.Context, any) (any, error) { return 0, nil })
		}, []any{map[any]any{1: 0, 2: 0, 3: 0}}},
		{"Unmarshal", func(o in) out {
			return o.Marshal(text).Unmarshal(json.Unmarshal, func() any { return new(json.Number) }).
				Map(func(_ context.Context, v any) (any, error) { return *v.(*json.Number), nil })
		}, []any{json.Number("1"), json.Number("2"), json.Number("3")}},
		{"ZipFromIterable", func(o in) out { return o.ZipFromIterable(others(), plus) }, []any{11, 22, 33}},
	}
}

// collect receives everything from a channel.
func collect(items <-chan rxgo.Item) (values []any, err error) {
	for item := range items {
		if item.Error() {
			err = errors.Join(err, item.E)
			continue
		}
		values = append(values, item.V)
	}
	return values, err
}

func TestEveryRxMethodGivesTwoObserversEverything(t *testing.T) {
	for _, m := range rxMethods() {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probe := streamtest.NewProbe(stream.Of(1, 2, 3))
				o := m.make(probe.Rx())
				require.Zero(t, probe.Total(), "nothing runs before it is observed")
				for _, items := range []<-chan rxgo.Item{o.Observe(), o.Observe(rxgo.WithBufferedChannel(5))} {
					values, err := collect(items)
					assert.NoError(t, err)
					assert.Equal(t, m.want, values)
				}
				synctest.Wait()
				assert.Equal(t, 2, probe.Total())
				assert.Zero(t, probe.Live())
			})
		})
	}
}

func TestEveryRxMethodEndsWithItsContext(t *testing.T) {
	for _, m := range rxMethods() {
		t.Run(m.name, func(t *testing.T) {
			for received := range 4 { // synctest reports goroutines that are left
				synctest.Test(t, func(t *testing.T) {
					subject := stream.NewPublish[int](nil)
					probe := streamtest.NewProbe(subject.AsObservable())
					ctx, cancel := context.WithCancel(t.Context())
					items := m.make(probe.Rx()).Observe(rxgo.WithContext(ctx))
					require.Equal(t, 1, probe.Live(), "attached before Observe returns")
					emitted := make(chan struct{})
					go func() {
						defer close(emitted)
						for i := range 3 {
							_ = subject.Emit(t.Context(), i+1)
						}
					}()
					for range received {
						select {
						case <-items:
						case <-time.After(time.Minute): // it has nothing to say yet
						}
					}
					cancel()
					_, _ = collect(items) // it closes
					<-emitted
					synctest.Wait()
					assert.Zero(t, probe.Live())
				})
			}
		})
	}
}

func TestEveryRxMethodPassesFailuresOnOrDealsWithThem(t *testing.T) {
	deals := map[string]bool{
		"OnErrorResumeNext": true, "OnErrorReturn": true, "OnErrorReturnItem": true,
		"SequenceEqual": true, // a failure is one more item to compare
		"Sample":        true, // nothing asks for the item
	}
	early := map[string]bool{
		"All": true, "Contains": true, "ElementAt": true, "Find": true, "First": true, "FirstOrDefault": true,
		"Take": true, "TakeUntil": true, "TakeWhile": true,
	}
	failing := stream.FromSeq2(func(yield func(int, error) bool) {
		_ = yield(1, nil) && yield(2, nil) && yield(3, nil) && yield(0, errBoom)
	})
	for _, m := range rxMethods() {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probe := streamtest.NewProbe(failing)
				var items []rxgo.Item
				for item := range m.make(probe.Rx()).Observe() {
					items = append(items, item)
				}
				switch {
				case deals[m.name], early[m.name]:
					for _, item := range items {
						assert.NoError(t, item.E)
					}
				default:
					require.NotEmpty(t, items)
					for _, item := range items[:len(items)-1] {
						assert.NoError(t, item.E, "a failure comes last")
					}
					assert.ErrorIs(t, items[len(items)-1].E, errBoom)
				}
				synctest.Wait()
				assert.Zero(t, probe.Live())
			})
		})
	}
}
