package stream_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestAtEndIsToldTheEndAndNothingElse(t *testing.T) {
	for name, attach := range map[string]func(o stream.Observable[int], dst stream.Observer[int]){
		"behind a guard":  func(o stream.Observable[int], dst stream.Observer[int]) { o.Subscribe(t.Context(), dst) },
		"without a guard": func(o stream.Observable[int], dst stream.Observer[int]) { o.Attach(t.Context(), dst) },
	} {
		for _, subscribers := range []int{1, 2} {
			t.Run(name, func(t *testing.T) {
				s := stream.NewPublish[int](nil)
				var ends []error
				twice := stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
					end := func(err error) {
						ends = append(ends, err)
						dst.Done(err)
					}
					return s.Attach(ctx, stream.AtEnd(stream.AtEnd(dst, end), func(err error) {
						ends = append(ends, err)
						end(err)
					}))
				})
				recs := make([]*streamtest.Recorder[int], subscribers)
				for i := range recs {
					recs[i] = streamtest.Record[int](streamtest.StopAt(2))
					attach(twice, recs[i])
				}
				s.TryEmit(1)
				assert.Empty(t, ends)
				s.TryEmit(2)
				assert.Equal(t, stream.NoSubscribers, s.TryEmit(3))
				assert.Len(t, ends, 2*subscribers)
				for _, rec := range recs {
					rec.AssertFailed(t, stream.ErrStopped, 1, 2)
				}
			})
		}
	}
}

func TestAtEndConforms(t *testing.T) {
	streamtest.ConformOperator(t, func(src stream.Observable[int]) stream.Observable[int] {
		return stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
			return src.Attach(ctx, stream.AtEnd(dst, dst.Done))
		})
	}, []int{1, 2, 3}, []int{1, 2, 3}, nil)
}
