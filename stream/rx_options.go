package stream

import (
	"context"
	"errors"
	"slices"

	"github.com/reactivex/rxgo/v2"
)

// rxSettings is what RxGo's options say. Their methods are not exported, so it
// is found out by having RxGo apply them.
type rxSettings struct {
	ctx      context.Context
	given    bool // an option has set ctx
	capacity int  // of channels
	lenient  bool // go on after a failure
	// rest are the options for RxGo's operators: those that set a context or a
	// capacity are not among them, nor those that are ignored. It has no room
	// to append to, as RxGo does.
	rest []rxgo.Option
}

func settingsOf(opts []rxgo.Option) rxSettings {
	s := rxSettings{ctx: context.Background()}
	sequential := false
	for _, opt := range opts {
		ctx, capacity := applied(opt)
		switch {
		case ctx != context.Background():
			s.ctx, s.given = ctx, true
		case capacity > 0:
			s.capacity = capacity
		case connectable(opt) || observesEarly(opt):
		case observesEarly(opt, rxgo.WithPool(1)):
			sequential = true // it serializes a pool: that panics in RxGo
		default:
			s.rest = append(s.rest, opt)
		}
	}
	if sequential {
		s.rest = append(s.rest, rxgo.WithPool(0))
	}
	s.rest = slices.Clip(s.rest)
	s.lenient = len(s.rest) > 0 && lenient(s.rest)
	return s
}

// applied returns the context and the capacity that opt sets.
func applied(opt rxgo.Option) (ctx context.Context, capacity int) {
	look := func(c context.Context, items chan<- rxgo.Item) { ctx, capacity = c, cap(items) }
	<-rxgo.Defer([]rxgo.Producer{look}, opt).Observe()
	return ctx, capacity
}

// connectable reports whether opt makes an Observable wait for Connect.
func connectable(opt rxgo.Option) bool {
	never := make(chan rxgo.Item)
	return rxgo.FromChannel(never, opt).Observe() != (<-chan rxgo.Item)(never)
}

// observesEarly reports whether an operator with these options observes its
// source before it is observed: then its channel is the same each time.
func observesEarly(opts ...rxgo.Option) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	unused := func(context.Context, interface{}) (interface{}, error) { return nil, nil }
	items := make(chan rxgo.Item)
	close(items)
	o := rxgo.FromChannel(items, rxgo.WithContext(ctx)).Map(unused, opts...)
	first, second := o.Observe(), o.Observe()
	return first == second
}

var errRehearsed = errors.New("stream: rehearsed failure")

// lenient reports whether operators with these options go on after a failure.
func lenient(opts []rxgo.Option) bool {
	items := make(chan rxgo.Item, 2)
	items <- rxgo.Error(errRehearsed)
	items <- rxgo.Of(nil)
	close(items)
	after, _ := rxgo.FromChannel(items).ToSlice(0, opts...)
	return len(after) > 0
}

// upstream returns the settings of what a stage with the settings own is on
// top of, when it is observed with the settings s.
func (s rxSettings) upstream(own rxSettings, ctx context.Context) rxSettings {
	if s.capacity == 0 {
		s.capacity = own.capacity
	}
	s.ctx, s.given = ctx, s.given || own.given
	s.lenient = s.lenient || own.lenient
	s.rest = slices.Clip(slices.Concat(own.rest, s.rest))
	return s
}
