package peer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// This file says that a remote Observable keeps the rules that the exposed one
// keeps. One thing cannot be the same: who subscribes is attached to the source a
// moment later, so a hot source must wait until the subscription has arrived. The
// suite does: between a subscription and the first value all goroutines come to
// rest, and the network takes no time.

type ints = stream.Observable[int]

var (
	errBoom = errors.New("boom")
	lawful  = map[int]error{3: errBoom}
)

// wiring says how something crosses the wire.
type wiring struct {
	expose *peer.ExposeOptions
	remote *peer.RemoteOptions
	path   memory.Path

	translated bool // failures come out as what went in
}

// over returns o as another peer sees it. The two peers open with the first
// subscription, and close when nobody has been subscribed for a while.
func over[T any](t testing.TB, o stream.Observable[T], w wiring) stream.Observable[T] {
	x := &users{}
	failed := &failure{}
	remote := sync.OnceValue(func() stream.Observable[T] {
		conn := x.open(t, w, func(p *peer.Peer) error {
			_, err := peer.Expose(p, "it", noted(o, failed), w.expose)
			return err
		})
		return peer.RemoteWith[T](conn, "it", w.remote)
	})
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		x.add(1)
		return remote().Attach(ctx, stream.AtEnd(dst, func(err error) {
			defer x.add(-1) // also when Done does not return
			if w.translated {
				err = failed.meant(err)
			}
			dst.Done(err)
		}))
	})
}

// users counts subscribers, and closes what they use.
type users struct {
	close func()

	mu    sync.Mutex
	n     int
	timer *time.Timer
}

// open opens two peers, the second of which exposes something, and connects them.
func (u *users) open(t testing.TB, w wiring, expose func(*peer.Peer) error) *peer.Connection {
	n := memory.New(&memory.Options{Path: w.path})
	var peers []*peer.Peer
	for _, host := range []string{"10.0.0.1", "10.0.0.2"} {
		p, err := peer.Open(context.Background(), &peer.Options{Address: host, Network: n.Host(host), Errors: lawful})
		assert.NoError(t, err)
		peers = append(peers, p)
	}
	u.close = func() {
		for _, p := range peers {
			_ = p.Close()
		}
		_ = n.Close()
	}
	assert.NoError(t, expose(peers[1]))
	conn, err := peers[0].Connect(context.Background(), peers[1].Addr().String(), nil)
	assert.NoError(t, err)
	return conn
}

func (u *users) add(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n += n; u.n == 0 {
		u.timer = time.AfterFunc(6*time.Second, u.close)
	} else if u.timer != nil {
		u.timer.Stop()
		u.timer = nil
	}
}

// failure holds those of a source. It stands for errors that both sides know where a
// test cannot say which these are.
type failure struct {
	mu   sync.Mutex
	seen []error
}

func (f *failure) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && !slices.Contains(f.seen, err) {
		f.seen = append(f.seen, err)
	}
}

// noted returns o; its failures are noted.
func noted[T any](o stream.Observable[T], f *failure) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		return o.Attach(ctx, stream.AtEnd(dst, func(err error) {
			f.note(err)
			dst.Done(err)
		}))
	})
}

// meant returns the failure that became err on the wire, or err itself.
func (f *failure) meant(err error) error {
	remote, is := err.(*peer.RemoteError)
	if !is {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, seen := range slices.Backward(f.seen) {
		if remote.Text == seen.Error() || errors.Is(seen, remote.Unwrap()) {
			return seen
		}
	}
	return err
}

// wirings are ways across the wire on which nothing is lost.
func wirings() map[string]wiring {
	return map[string]wiring{
		"by default":     {},
		"a window of 1":  {remote: &peer.RemoteOptions{Window: 1}},
		"a Block policy": {remote: &peer.RemoteOptions{Policy: new(stream.Block(2))}},
		"an exposer's policy": {expose: &peer.ExposeOptions{Policy: new(stream.DropOldest(100))},
			remote: &peer.RemoteOptions{Codec: "json"}},
		"a segmented path": {path: memory.Path{MaxRead: 7}},
	}
}

func TestRemoteSourcesConform(t *testing.T) {
	type options = streamtest.Options
	of := func(o ints) func() ints { return func() ints { return o } }
	channel := func() ints {
		c := make(chan int, 3)
		for i := range 3 {
			c <- i
		}
		close(c)
		return stream.FromChan(c)
	}
	for name, test := range map[string]struct {
		open func() ints
		want []int
		opts *options
	}{
		"Of":                       {of(stream.Of(1, 2, 3)), []int{1, 2, 3}, nil},
		"Of nothing":               {of(stream.Of[int]()), nil, nil},
		"Range":                    {of(stream.Range(1, 3)), []int{1, 2, 3}, nil},
		"FromSeq":                  {of(stream.FromSeq(slices.Values([]int{1, 2, 3}))), []int{1, 2, 3}, nil},
		"FromSeq without an end":   {of(stream.FromSeq(naturals)), []int{0, 1, 2}, &options{Endless: true}},
		"FromSeq2 with an error":   {of(stream.FromSeq2(pairs(errBoom))), []int{0, 1, 2}, &options{Err: errBoom}},
		"FromChan":                 {channel, []int{0, 1, 2}, &options{Single: true}},
		"FromChan that stays open": {func() ints { return stream.FromChan(make(chan int)) }, nil, &options{Endless: true}},
		"FromFunc":                 {of(stream.FromFunc(threeThen(nil))), []int{0, 1, 2}, nil},
		"FromFunc that fails":      {of(stream.FromFunc(threeThen(errBoom))), []int{0, 1, 2}, &options{Err: errBoom}},
		"Fail":                     {of(stream.Fail[int](errBoom)), nil, &options{Err: errBoom}},
		"Empty":                    {of(stream.Empty[int]()), nil, nil},
		"zero":                     {of(ints{}), nil, nil},
		"Never":                    {of(stream.Never[int]()), nil, &options{Endless: true}},
		"Defer":                    {of(stream.Defer(of(stream.Of(1, 2, 3)))), []int{1, 2, 3}, nil},
		"one that panics": {of(stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			if emit(1) {
				panic("boom")
			}
			return nil
		})), []int{1}, &options{Err: peer.ErrPanic}},
	} {
		for how, w := range wirings() {
			if test.opts != nil && test.opts.Endless && w.expose != nil && w.expose.Policy != nil {
				continue // a source that never waits would never let anything else happen
			}
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				streamtest.Conform(t, func() ints { return over(t, test.open(), w) }, test.want, test.opts)
			})
		}
	}
}

func TestRemoteTimersConform(t *testing.T) {
	for name, test := range map[string]struct {
		open func() stream.Observable[time.Time]
		n    int
		opts streamtest.Options
	}{
		"Tick":  {func() stream.Observable[time.Time] { return stream.Tick(time.Second) }, 3, streamtest.Options{Endless: true, Loose: true}},
		"Timer": {func() stream.Observable[time.Time] { return stream.Timer(time.Second) }, 1, streamtest.Options{Loose: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			streamtest.Conform(t, func() stream.Observable[time.Time] { return over(t, test.open(), wiring{}) },
				make([]time.Time, test.n), &test.opts)
		})
	}
}

func naturals(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// pairs yields three values and, unless it is nil, an error.
func pairs(err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range 3 {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(3, err)
		}
	}
}

func threeThen(err error) func(context.Context, func(int) bool) error {
	return func(_ context.Context, emit func(int) bool) error {
		for i := range 3 {
			if !emit(i) {
				return nil
			}
		}
		return err
	}
}

func TestRemoteSubjectsConform(t *testing.T) {
	type subject = *stream.Subject[int]
	for name, test := range map[string]struct {
		open func() subject
		want []int
		opts streamtest.Options
	}{
		"Publish": {func() subject { return stream.NewPublish[int](nil) }, []int{1, 2, 3}, streamtest.Options{}},
		"Publish with a warm-up": {func() subject { return stream.NewPublish[int](&stream.SubjectOptions{WarmUp: 2}) },
			[]int{1, 2, 3}, streamtest.Options{}},
		"Behavior": {func() subject { return stream.NewBehavior(0, nil) }, []int{0, 1, 2, 3}, streamtest.Options{}},
		"Replay":   {func() subject { return stream.NewReplay[int](10, 0, nil) }, []int{1, 2, 3}, streamtest.Options{}},
		"Async":    {func() subject { return stream.NewAsync[int](nil) }, []int{3}, streamtest.Options{}},
		"Unicast":  {func() subject { return stream.NewUnicast[int](nil) }, []int{1, 2, 3}, streamtest.Options{Single: true}},
	} {
		for how, w := range wirings() {
			for end, err := range map[string]error{"": nil, " aborted": errBoom} {
				opts, want := test.opts, test.want
				if opts.Err = err; err != nil && name == "Async" {
					want = nil
				}
				t.Run(name+end+", "+how, func(t *testing.T) {
					t.Parallel()
					streamtest.ConformHot(t, func() (ints, []func()) {
						s := test.open()
						return over(t, s.AsObservable(), w), streamtest.Steps(s, err, 1, 2, 3)
					}, want, &opts)
				})
			}
		}
	}
}

func TestRemoteSharedSourcesConform(t *testing.T) {
	t.Run("Shared", func(t *testing.T) {
		t.Parallel()
		w := wiring{expose: &peer.ExposeOptions{Shared: true}}
		streamtest.Conform(t, func() ints { return over(t, stream.FromFunc(threeThen(nil)), w) },
			[]int{0, 1, 2}, &streamtest.Options{Shared: true})
	})
	t.Run("History", func(t *testing.T) {
		t.Parallel()
		w := wiring{expose: &peer.ExposeOptions{History: 10}}
		streamtest.Conform(t, func() ints { return over(t, stream.FromFunc(threeThen(nil)), w) }, []int{0, 1, 2}, nil)
	})
	t.Run("History of a subject", func(t *testing.T) {
		t.Parallel()
		w := wiring{expose: &peer.ExposeOptions{History: 10}}
		streamtest.ConformHot(t, func() (ints, []func()) {
			s := stream.NewPublish[int](nil)
			return over(t, s.AsObservable(), w), streamtest.Steps(s, nil, 1, 2, 3)
		}, []int{1, 2, 3}, nil)
	})
}
