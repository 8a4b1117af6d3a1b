package stream

import (
	"context"

	"github.com/reactivex/rxgo/v2"
)

// Rx is an [Observable] as an RxGo Observable: it has the 75 methods of
// rxgo.Observable, of RxGo v2.5.0. They are untyped, and each stage costs a
// goroutine or two, a channel and two orders of magnitude more time than a
// stage of package operators. They are there for programs that have RxGo
// pipelines; [FromRx] goes the other way. The zero Rx completes at once.
//
// What a method returns is a recipe, as an Observable is. Each Observe of it
// attaches to the source before it returns, and builds the operators anew, so
// every observer gets everything, and a chain can be observed again. The
// channel that Observe returns closes at the end; a failure comes before that,
// as the last Item. The source waits for those who are slow to receive (a
// subject's TryEmit does not, and counts a drop). When the context of an
// observation ends, or an operator downstream has had enough, all of the chain
// is detached and its goroutines end; a channel that is not read to its end
// must be given up by cancelling the context.
//
// Of the options, WithContext is honoured at each stage and at Observe,
// together; WithBufferedChannel sets the capacity of the channels of its stage
// and of those before it that set none; WithErrorStrategy, WithPool and
// WithCPUPool do what they do in RxGo. Serialize keeps the order by having its
// stage do without a pool: in RxGo the two together may panic.
// WithPublishStrategy and WithBackPressureStrategy are ignored: share a stream
// with operators.Share, and drop values with operators.Buffer, before it gets
// here. So is WithObservationStrategy: nothing runs before it is observed.
// Connect does nothing, for nothing here is connectable.
//
// Where RxGo breaks its own documentation, this does not. Take ends with its
// last item, not with the one after it, and like First, TakeUntil, Zip and all
// that end early it detaches the source. SkipLast skips the last items.
// TakeLast(0) and cancelling a BackOffRetry do not panic, nor does it when a
// Count, a Debounce or what divides by time is observed again, be it by a Retry
// above. Retry and BackOffRetry attach to the source again for each observer.
// Repeat repeats nothing after a failure, and does not sleep on when it is
// cancelled. Debounce delivers the last value at completion. The buffers and
// windows deliver what they hold before a failure, not after it; a window opens
// with its first item, and has a failure once. They let go when they are
// cancelled, and so do Debounce, Sample, Zip, Serialize, Retry and the groups.
// GroupBy, GroupByDynamic and FlatMap do not give failures to functions that
// are made for values, and every group gets them; GroupBy ends when its source
// does, and a group that there is not, with a negative index too, is a failure.
// Count and ToSlice report failures and the end of the context. After a failure
// nothing more comes, unless WithErrorStrategy says so.
//
// Groups and windows end with the observation that they come from, and must be
// received from while it lasts. As in RxGo, a panic in a function that is given
// to one of these methods ends the program.
type Rx struct {
	source erased
}

//go:generate go run ./internal/rxgen

var _ rxgo.Observable = Rx{}

// Rx returns the observable as an RxGo Observable. It costs nothing and starts
// nothing.
func (o Observable[T]) Rx() Rx {
	if o.attach == nil {
		return Rx{}
	}
	return Rx{source: o.attach}
}

// erased is a source of items whose type parameter is hidden, or a stage on
// top of one.
type erased interface {
	// observe attaches a new observer before it returns. The channel closes at
	// the end, soon after the settings' context has ended at the latest.
	observe(rxSettings) <-chan rxgo.Item
}

// Observe attaches to the source and returns a channel of its items. It does
// not block. See [Rx] for the options.
func (rx Rx) Observe(opts ...rxgo.Option) <-chan rxgo.Item {
	return rx.observe(settingsOf(opts))
}

func (rx Rx) observe(s rxSettings) <-chan rxgo.Item {
	if rx.source == nil {
		completed := make(chan rxgo.Item)
		close(completed)
		return completed
	}
	return rx.source.observe(s)
}

// Connect returns a context that ends with ctx, or when the returned function
// is called. It does nothing else: an [Observable] is hot or cold, but never
// connectable.
func (rx Rx) Connect(ctx context.Context) (context.Context, rxgo.Disposable) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, rxgo.Disposable(cancel)
}

func (a attachment[T]) observe(s rxSettings) <-chan rxgo.Item {
	o := New(func(ctx context.Context, dst Observer[any]) func() {
		return a(ctx, &toAny[T]{Stage[any]{dst}})
	})
	sub := new(Subscription)
	dst := &itemObserver{chanObserver[rxgo.Item]{
		ctx:    s.ctx,
		values: make(chan rxgo.Item, s.capacity),
		policy: Policy{kind: KindBlock},
		drops:  &sub.scope.drops,
	}}
	if run := attachGuarded(s.ctx, o, dst, sub); run != nil {
		go run() // ends after Done, or when the source goes on by itself
	}
	return dst.values
}

// toAny hides the type of each value.
type toAny[T any] struct{ Stage[any] }

func (s *toAny[T]) Next(v T) bool { return s.Dst.Next(v) }

// itemObserver delivers values as RxGo's items, into a channel.
type itemObserver struct{ chanObserver[rxgo.Item] }

func (o *itemObserver) Next(v any) bool { return o.chanObserver.Next(rxgo.Of(v)) }

// Done delivers a failure, unless the observer has gone, and closes the
// channel. It does not wait: a goroutine does, until the item is received or
// the context ends.
func (o *itemObserver) Done(err error) {
	if err == nil || o.ctx.Err() != nil {
		close(o.values)
		return
	}
	select {
	case o.values <- rxgo.Error(err):
		close(o.values)
	default:
		go func() {
			defer close(o.values)
			rxgo.Error(err).SendContext(o.ctx, o.values)
		}()
	}
}
