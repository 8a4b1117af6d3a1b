package operators

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultGroups is how many groups of a [GroupBy] live at once at most when
// nobody chose.
const DefaultGroups = 1024

// GroupOptions bound the memory of [GroupBy]. nil means every default.
type GroupOptions struct {
	// Groups is how many groups may live at once. 0 means DefaultGroups,
	// negative any number.
	Groups int

	// FailWhenFull ends the stream with [stream.ErrOverflow] when there would
	// be more; otherwise the group that got no value for the longest time
	// completes and makes room.
	FailWhenFull bool

	// Idle completes a group that got no value for so long. 0 means never, as
	// does a negative one.
	Idle time.Duration

	// Queue is how many values wait in a group for its first subscriber; when
	// more come the oldest is dropped. 0 means stream.DefaultQueue, negative
	// none.
	Queue int
}

// Group is the values with one key.
type Group[K comparable, T any] struct {
	// Observable has the values. Those that came before the first subscriber
	// have waited for it; when the last one has left, the group is over.
	stream.Observable[T]

	// Key is what the values have in common.
	Key K

	subject *stream.Subject[T]
}

// Missed returns how many values of the group nobody got, because too many
// waited for its first subscriber. When the group has ended they count in the
// Dropped of the subscription to the stream of groups too.
func (g Group[K, T]) Missed() uint64 { return g.subject.Missed() }

// GroupBy divides the values by their key. A group comes when its first value
// does.
//
//	o:        a1---b1---a2---b2---|
//	GroupBy:  A----B--------------|
//	A:        a1--------a2--------|
//	B:             b1--------b2---|
//
// A group ends with o, or completes earlier when it is idle for too long, when
// another one needs its place, or when its last subscriber has left; the next
// value of its key then begins a new one. Groups live no longer than the
// subscription to the stream of groups: where that is stopped, they end with
// [stream.ErrStopped].
//
// Groups do not disturb each other: one whose subscriber stops, fails or
// panics ends alone, and what nobody subscribes to is dropped. Subscribers are
// called on the goroutine of o, so that one that takes long slows o down; put
// a [Buffer] into the group to have the policy of your choice. A timer ends
// idle groups. Order is kept.
//
// RxGo: GroupByDynamic. RxJS: groupBy. samber/ro: GroupBy.
func GroupBy[K comparable, T any](o stream.Observable[T], key func(v T) K, opts *GroupOptions) stream.Observable[Group[K, T]] {
	var options GroupOptions
	if opts != nil {
		options = *opts
	}
	if options.Groups == 0 {
		options.Groups = DefaultGroups
	}
	if options.Queue == 0 {
		options.Queue = stream.DefaultQueue
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[Group[K, T]]) func() {
		return o.Attach(ctx, &groupBy[K, T]{
			GroupOptions: options, ctx: ctx, key: key, dst: dst,
			dropped: stream.Drops(ctx), groups: map[K]*group[K, T]{},
		})
	})
}

// groupBy is a subscription to a GroupBy.
type groupBy[K comparable, T any] struct {
	stream.Patience // of o

	GroupOptions
	ctx  context.Context
	key  func(v T) K
	dst  stream.Observer[Group[K, T]]
	full bool // a group too many was needed

	dropped func(n uint64)

	mu     sync.Mutex
	groups map[K]*group[K, T]
	order  list.List   // of *group[K, T], the one with the newest value last
	timer  *time.Timer // nil: none runs
	idling bool        // expire completes groups
	finish func()      // the end, which expire has been left; nil: it has not come meanwhile
}

// group is one of the groups. All but the first two fields are guarded by groupBy.mu.
type group[K comparable, T any] struct {
	key         K
	subject     *stream.Subject[T]
	place       *list.Element // in the order
	last        time.Time     // when its newest value came, if there is an Idle
	subscribers int
	over        bool // it is not in the order any more
}

func (s *groupBy[K, T]) Next(v T) bool {
	k := s.key(v)
	for {
		g, evicted := s.find(k)
		if evicted != nil {
			s.end(evicted, nil)
		}
		if g == nil {
			return s.begin(k, v)
		}
		if err := s.give(g, v); !errors.Is(err, stream.ErrClosed) || s.ctx.Err() != nil {
			return err == nil || s.ctx.Err() == nil
		}
		// It has just ended, so that v begins the next one.
	}
}

// begin delivers a new group, and v to it.
func (s *groupBy[K, T]) begin(k K, v T) bool {
	if s.full {
		return false
	}
	g := &group[K, T]{key: k, subject: stream.NewPublish[T](&stream.SubjectOptions{WarmUp: max(s.Queue, 0)})}
	s.add(g)
	o := stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s.enter(g)
		return g.subject.Attach(ctx, stream.AtEnd(dst, func(err error) {
			s.leave(g)
			dst.Done(err)
		}))
	})
	more := true
	stream.PatienceOf(s.dst).Lend(&s.Patience, func() { more = s.dst.Next(Group[K, T]{o, k, g.subject}) })
	if !more {
		return false
	}
	err := s.give(g, v) // an error means that nobody wants it
	return err == nil || s.ctx.Err() == nil
}

// give delivers v to g.
func (s *groupBy[K, T]) give(g *group[K, T], v T) error {
	return emitWithin(&s.Patience, s.ctx, g.subject, v)
}

// Done ends the groups, the one with the oldest value first, and then the
// stream of groups.
func (s *groupBy[K, T]) Done(err error) {
	if s.full {
		err = overflow(fmt.Sprintf("operators: more than the %d groups that may live at once", s.Groups))
	}
	for _, g := range s.removeAll() {
		s.end(g, err)
	}
	if !s.leaveEnd(func() { s.dst.Done(err) }) {
		s.dst.Done(err)
	}
}

// end ends a group that has been removed.
func (s *groupBy[K, T]) end(g *group[K, T], err error) {
	if err == nil {
		g.subject.Complete()
	} else {
		g.subject.Abort(err)
	}
	s.dropped(g.subject.Missed())
}
