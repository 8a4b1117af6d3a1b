package stream

import (
	"context"

	"github.com/reactivex/rxgo/v2"
)

// rxSingle is an Rx with one item.
type rxSingle struct{ rx Rx }

// rxOptional is an Rx with at most one item.
type rxOptional struct{ rx Rx }

func (s rxSingle) Observe(opts ...rxgo.Option) <-chan rxgo.Item   { return s.rx.Observe(opts...) }
func (s rxOptional) Observe(opts ...rxgo.Option) <-chan rxgo.Item { return s.rx.Observe(opts...) }

func (s rxSingle) Get(opts ...rxgo.Option) (rxgo.Item, error)   { return s.rx.get(opts) }
func (s rxOptional) Get(opts ...rxgo.Option) (rxgo.Item, error) { return s.rx.get(opts) }

func (s rxSingle) Run(opts ...rxgo.Option) rxgo.Disposed   { return s.rx.Run(opts...) }
func (s rxOptional) Run(opts ...rxgo.Option) rxgo.Disposed { return s.rx.Run(opts...) }

func (s rxSingle) Filter(apply rxgo.Predicate, opts ...rxgo.Option) rxgo.OptionalSingle {
	return rxOptional{deriveLast(s.rx, opts, func(_ *rxFlow, o rxgo.Observable, opts []rxgo.Option) rxgo.Observable {
		return o.Filter(apply, opts...)
	})}
}

func (s rxSingle) Map(apply rxgo.Func, opts ...rxgo.Option) rxgo.Single {
	return rxSingle{s.rx.mapped(apply, opts)}
}

func (s rxOptional) Map(apply rxgo.Func, opts ...rxgo.Option) rxgo.OptionalSingle {
	return rxOptional{s.rx.mapped(apply, opts)}
}

func (rx Rx) mapped(apply rxgo.Func, opts []rxgo.Option) Rx {
	return deriveLast(rx, opts, func(_ *rxFlow, o rxgo.Observable, opts []rxgo.Option) rxgo.Observable {
		return o.Map(apply, opts...)
	})
}

// get waits for the first item and detaches. Without one it returns the zero
// Item. The error is that of the context.
func (rx Rx) get(opts []rxgo.Option) (item rxgo.Item, err error) {
	s := settingsOf(opts)
	given := s.ctx
	ctx, cancel := context.WithCancel(given)
	defer cancel()
	s.ctx = ctx
	select {
	case item, ok := <-rx.observe(s):
		if !ok {
			return rxgo.Item{}, given.Err()
		}
		return item, nil
	case <-given.Done():
		return rxgo.Item{}, given.Err()
	}
}
