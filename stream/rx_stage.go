package stream

import (
	"context"
	"slices"

	"github.com/reactivex/rxgo/v2"
)

// rxStage is an operator of the RxGo face on top of its source, or a chain of
// them.
type rxStage struct {
	source erased
	own    rxSettings
	// start prepares an observation. What it returns runs it, on a goroutine of
	// its own, and returns when there is nothing more to emit.
	start func(f *rxFlow) (run func())
	// chain is set if the stage is made of RxGo's operators and can have more of
	// them on top. Others need a stage of their own above.
	chain []rxLink
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
type builder[O rxgo.Iterable] func(f *rxFlow, o rxgo.Observable, opts []rxgo.Option) O

// rxLink is one of RxGo's operators in a chain.
type rxLink struct {
	build builder[rxgo.Observable]
	own   rxSettings
}

// derive puts an operator of RxGo's on top of rx, which looks at its context
// whenever it sends. Each observation builds it anew, on top of the other ones
// of the chain and of a channel that is attached already.
func (rx Rx) derive(opts []rxgo.Option, build builder[rxgo.Observable]) rxgo.Observable {
	own := settingsOf(opts)
	source, all, chain := rx.chain(own)
	chain = append(chain, rxLink{build, own})
	return Rx{source: &rxStage{source: source, own: all, chain: chain, start: func(f *rxFlow) func() {
		out := f.build(chain).Observe(f.options(f.down)...)
		return func() { f.forward(out) }
	}}}
}

// deriveLast is derive for an operator that has no other one of RxGo's on top,
// since it may send without looking at its context.
func deriveLast[O rxgo.Iterable](rx Rx, opts []rxgo.Option, build builder[O]) Rx {
	own := settingsOf(opts)
	source, all, chain := rx.chain(own)
	return Rx{source: &rxStage{source: source, own: all, start: func(f *rxFlow) func() {
		out := build(f, f.build(chain), f.options(own)).Observe(f.options(f.down)...)
		return func() { f.forward(out) }
	}}}
}

func (rx Rx) deriveDeaf(opts []rxgo.Option, build builder[rxgo.Observable]) rxgo.Observable {
	return deriveLast(rx, opts, build)
}

func (rx Rx) deriveSingle(opts []rxgo.Option, build builder[rxgo.Single]) rxgo.Single {
	return rxSingle{deriveLast(rx, opts, build)}
}

func (rx Rx) deriveOptional(opts []rxgo.Option, build builder[rxgo.OptionalSingle]) rxgo.OptionalSingle {
	return rxOptional{deriveLast(rx, opts, build)}
}

// chain returns what an operator of RxGo's with the settings own is to be put
// on top of: the source and the operators of a stage that goes on, and the
// settings of all.
func (rx Rx) chain(own rxSettings) (source erased, all rxSettings, chain []rxLink) {
	below, ok := rx.source.(*rxStage)
	if !ok || below.chain == nil || own.given {
		return rx, own, nil
	}
	return below.source, own.upstream(below.own, below.own.ctx), slices.Clip(below.chain)
}

// build makes RxGo's operators on top of the source.
func (f *rxFlow) build(chain []rxLink) rxgo.Observable {
	var o rxgo.Observable = rxgo.FromChannel(f.in)
	for _, link := range chain {
		o = link.build(f, o, f.options(link.own))
	}
	return o
}

// options returns what RxGo's operators are told of the settings s in this
// observation.
func (f *rxFlow) options(s rxSettings) []rxgo.Option {
	opts := append(s.rest, rxgo.WithContext(f.ctx))
	if f.settings.capacity > 0 {
		opts = append(opts, rxgo.WithBufferedChannel(f.settings.capacity))
	}
	return slices.Clip(opts)
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
