package streamtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Probe is a source that knows who is subscribed to it. It watches how the
// operators downstream treat it, too.
type Probe[T any] struct {
	stream.Observable[T]

	live, total atomic.Int64

	mu       sync.Mutex
	breaches []string
}

// NewProbe returns a Probe whose values are those of src.
func NewProbe[T any](src stream.Observable[T]) *Probe[T] {
	p := &Probe[T]{}
	p.Observable = stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		p.live.Add(1)
		p.total.Add(1)
		run := src.Attach(ctx, &probed[T]{stream.Stage[T]{Dst: dst}, p})
		if run == nil {
			return nil
		}
		var runs atomic.Int64
		return func() {
			if runs.Add(1) > 1 {
				p.breach("the run of a subscription was called twice")
				return
			}
			run()
		}
	})
	return p
}

// Live returns how many subscriptions have begun and not ended.
func (p *Probe[T]) Live() int { return int(p.live.Load()) }

// Total returns how many subscriptions have begun.
func (p *Probe[T]) Total() int { return int(p.total.Load()) }

// Breaches describes what observers did against the rules.
func (p *Probe[T]) Breaches() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.breaches...)
}

func (p *Probe[T]) breach(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.breaches = append(p.breaches, fmt.Sprintf(format, args...))
}

// probed stands between the source and one observer.
type probed[T any] struct {
	stream.Stage[T]
	probe *Probe[T]
}

func (o *probed[T]) Next(v T) bool { return o.Dst.Next(v) }

func (o *probed[T]) Done(err error) {
	o.probe.live.Add(-1) // first: whoever is told of the end must find it true
	o.Dst.Done(err)
}
