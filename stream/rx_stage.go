package stream

import (
	"context"

	"github.com/reactivex/rxgo/v2"
)

// rxStage is an operator of the RxGo face on top of its source.
type rxStage struct {
	source erased
	own    rxSettings
	// start prepares an observation. What it returns runs it, on a goroutine of
	// its own, and returns when there is nothing more to emit.
	start func(f *rxFlow) (run func())
}

// stage puts an operator on top of rx.
func (rx Rx) stage(opts []rxgo.Option, run func(f *rxFlow)) Rx {
	return rx.prepared(opts, func(f *rxFlow) func() { return func() { run(f) } })
}

func (rx Rx) prepared(opts []rxgo.Option, start func(f *rxFlow) func()) Rx {
	return Rx{source: &rxStage{source: rx, own: settingsOf(opts), start: start}}
}

// builder makes an operator of RxGo's on top of o. It has other sources bound
// to the observation.
type builder func(f *rxFlow, o rxgo.Observable, opts []rxgo.Option) rxgo.Iterable

// derive puts an operator of RxGo's on top of rx. Each observation builds it
// anew, around a channel that is attached already.
func (rx Rx) derive(opts []rxgo.Option, build builder) Rx {
	return rx.prepared(opts, func(f *rxFlow) func() {
		source := rxgo.FromChannel(f.in, rxgo.WithContext(f.ctx))
		out := build(f, source, f.own.rest).Observe(f.down.rest...)
		return func() { f.forward(out) }
	})
}

func (rx Rx) deriveSingle(opts []rxgo.Option, build builder) rxgo.Single {
	return rxSingle{rx.derive(opts, build)}
}

func (rx Rx) deriveOptional(opts []rxgo.Option, build builder) rxgo.OptionalSingle {
	return rxOptional{rx.derive(opts, build)}
}

func (s *rxStage) observe(down rxSettings) <-chan rxgo.Item {
	f := &rxFlow{rxStage: s, down: down}
	base, other := down.ctx, s.own.ctx
	if s.own.given && !down.given {
		base, other = other, base // for its values
	}
	f.ctx, f.cancel = context.WithCancel(base)
	letGo := context.AfterFunc(other, f.cancel)
	f.settings = down.upstream(s.own, f.ctx)
	f.out = make(chan rxgo.Item, f.settings.capacity)
	f.attach()
	run := s.start(f)
	go func() { // ends with the source, or with the context
		defer f.drain()
		defer close(f.out)
		defer f.cancel()
		defer letGo()
		run()
	}()
	return f.out
}

// rxFlow is one observation of a stage.
type rxFlow struct {
	*rxStage
	down     rxSettings         // those of the observation
	settings rxSettings         // those for the source
	ctx      context.Context    // ends with the observation
	cancel   context.CancelFunc // detaches from the source
	in       <-chan rxgo.Item
	out      chan rxgo.Item
	detach   context.CancelFunc // of in
	left     <-chan rxgo.Item   // what an operator of RxGo's may still want to send
}

// attach attaches to the source, anew if it was attached before.
func (f *rxFlow) attach() {
	if f.detach != nil {
		f.detach()
	}
	s := f.settings
	s.ctx, f.detach = context.WithCancel(f.ctx)
	f.in = f.source.observe(s)
}

// bind observes another source, with the context of this observation, and
// returns what can be observed once.
func (f *rxFlow) bind(source rxgo.Iterable) rxgo.Iterable {
	return bound(source.Observe(rxgo.WithContext(f.ctx)))
}

// bindObservable is bind for an Observable.
func (f *rxFlow) bindObservable(source rxgo.Observable) rxgo.Observable {
	return rxgo.FromChannel(source.Observe(rxgo.WithContext(f.ctx)))
}

// bindResume makes what resume returns be observed with the context of this
// observation.
func (f *rxFlow) bindResume(resume rxgo.ErrorToObservable) rxgo.ErrorToObservable {
	return func(err error) rxgo.Observable { return f.bindObservable(resume(err)) }
}

// bound is an Iterable that has been observed already.
type bound <-chan rxgo.Item

func (b bound) Observe(...rxgo.Option) <-chan rxgo.Item { return b }

// next receives an item. False means that there are no more, or that the
// observation has ended.
func (f *rxFlow) next() (rxgo.Item, bool) { return f.receive(f.in) }

func (f *rxFlow) receive(items <-chan rxgo.Item) (item rxgo.Item, ok bool) {
	select {
	case item, ok = <-items:
		return item, ok && f.ctx.Err() == nil
	case <-f.ctx.Done():
		return item, false
	}
}

// emit sends an item on. False means that the observation has ended: by its
// context, or because the item is a failure.
func (f *rxFlow) emit(item rxgo.Item) bool {
	return item.SendContext(f.ctx, f.out) && (!item.Error() || f.settings.lenient)
}

func (f *rxFlow) emitValue(v any) bool { return f.emit(rxgo.Of(v)) }

// forward emits what an operator of RxGo's sends.
func (f *rxFlow) forward(items <-chan rxgo.Item) {
	f.left = items
	for {
		item, ok := f.receive(items)
		if !ok || !f.emit(item) {
			return
		}
	}
}

// drain takes what an operator of RxGo's still sends, since some do without
// looking at their context. All that are used here close their channel.
func (f *rxFlow) drain() {
	if f.left == nil {
		return
	}
	for range f.left { //nolint:revive // what comes is not wanted
	}
}
