package transport

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// TestNativeLinksKeepTheirPromisesInRandomSchedules runs links with random
// options over random networks, with random sources, readers and ends.
// RXPEER_SCHEDULES is the number of runs, without which it takes 5 s at most;
// RXPEER_SEED repeats one of them.
func TestNativeLinksKeepTheirPromisesInRandomSchedules(t *testing.T) {
	runs, first := 300, rand.Uint64()
	if testing.Short() {
		runs = 30
	}
	if s := os.Getenv("RXPEER_SCHEDULES"); s != "" {
		var err error
		runs, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	if s := os.Getenv("RXPEER_SEED"); s != "" {
		var err error
		first, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		runs = 1
	}
	start, limit := time.Now(), 5*time.Second
	if os.Getenv("RXPEER_SCHEDULES") != "" {
		limit = time.Hour
	}
	for i := range uint64(runs) {
		if time.Since(start) > limit { // with the race detector it takes a minute
			break
		}
		seed := first + i
		if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newSchedule(t, seed).run() })
		}) {
			t.Fatalf("RXPEER_SEED=%d runs it again", seed)
		}
	}
}

// schedule is one run.
type schedule struct {
	t       *testing.T
	net     *memory.Network
	orderly bool // everybody reads to the end, and the close is graceful
	sides   [2]*side
	wg      sync.WaitGroup

	mu  sync.Mutex
	rnd *rand.Rand
}

// side is one end of the link, with the test's own account of it.
type side struct {
	*schedule
	link   *nativeLink
	opts   Options
	log    *Log          // of what its sources broadcast
	opened chan struct{} // a token for each stream that the other side opened

	mu      sync.Mutex
	sources []*source
	taken   uint64 // messages
	lost    uint64 // told with them
}

// n draws a number below n.
func (s *schedule) n(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rnd.IntN(n)
}

// chance is true once in n times.
func (s *schedule) chance(n int) bool { return s.n(n) == 0 }

// pause sleeps for up to d.
func (s *schedule) pause(d time.Duration) { time.Sleep(time.Duration(s.n(int(d) + 1))) }

// oneOf draws one of some numbers.
func (s *schedule) oneOf(of ...int) int { return of[s.n(len(of))] }

func newSchedule(t *testing.T, seed uint64) *schedule {
	s := &schedule{t: t, rnd: rand.New(rand.NewPCG(seed, 0))}
	s.orderly = !s.chance(3)
	s.net = memory.New(&memory.Options{Seed: seed, Buffer: s.oneOf(500, 5000, 0), Path: memory.Path{
		Delay:  time.Duration(s.oneOf(0, 1, 20)) * time.Millisecond,
		Jitter: time.Duration(s.oneOf(0, 0, 5)) * time.Millisecond, RandomRead: s.chance(3),
	}})
	for i := range s.sides {
		x := &side{schedule: s, log: NewLog(codec.Bytes), opened: make(chan struct{}, 100)}
		x.opts = Options{
			Inbox: s.oneOf(1, 5000, 20_000, 100_000, 0), SendBuffer: s.oneOf(2000, 20_000, 100_000, 0),
			Window: s.oneOf(0, 0, 0, 1, 3, 50), MaxMessage: 250_000, Linger: time.Hour,
			Timeout: 30 * time.Second, // a slow network with full buffers takes its time
			Opened:  func(_ Link, st *Stream) { x.use(st); x.opened <- struct{}{} },
		}
		s.sides[i] = x
	}
	return s
}

// run does everything, and looks at what is left.
func (s *schedule) run() {
	a, b := s.sides[0], s.sides[1]
	x, y := pairOn(s.t, s.net.Host("a"), s.net.Host("b"), "b:0", Hello{}, &a.opts, &b.opts)
	a.link, b.link = x.(*nativeLink), y.(*nativeLink)
	for i, x := range s.sides {
		x.read(x.link.Messages(), false)
		x.from(&x.link.data, nil)
		for range s.n(4) {
			policies := []stream.Policy{
				stream.Block(1 + s.n(5)), stream.DropOldest(1 + s.n(5)), stream.DropNewest(1 + s.n(5)),
				stream.Latest(), stream.FailWhenFull(1 + s.n(50)), stream.Unbounded(),
			}
			x.from(&x.link.data, x.link.Lane(codec.Bytes, policies[s.n(len(policies))]))
		}
		for range s.n(4) {
			st, err := x.link.Open(nil, nil)
			require.NoError(s.t, err)
			x.use(st)
			if s.orderly {
				<-s.sides[1-i].opened
			}
		}
		s.wg.Go(x.audit)
	}
	s.pause(100 * time.Millisecond)
	s.end()
	<-a.link.Done()
	<-b.link.Done()
	synctest.Wait() // whoever is about to be told of a stream has been
	s.wg.Wait()
	a.judge(b)
	b.judge(a)
}

// use reads from a stream, and perhaps sends on it.
func (x *side) use(st *Stream) {
	x.read(st.Messages(), true)
	if !x.chance(3) {
		x.from(st, nil)
	}
	if !x.orderly && x.chance(2) {
		x.wg.Go(func() {
			x.pause(50 * time.Millisecond)
			if x.chance(2) {
				st.Stop()
			} else {
				st.End(nil)
			}
		})
	}
}

// end ends the link, by either side or both, and sometimes badly.
func (s *schedule) end() {
	if !s.orderly {
		switch s.n(4) {
		case 0:
			s.net.Partition("a", "b")
			if s.chance(2) {
				s.pause(10 * time.Second)
				s.net.Heal("a", "b")
			}
		case 1:
			s.net.Break("a", "b")
		case 2:
			s.sides[s.n(2)].link.Abort()
		}
	}
	who := 1 + s.n(3)
	for i, x := range s.sides {
		if who&(1<<i) == 0 {
			continue
		}
		s.wg.Go(func() {
			s.pause(time.Duration(s.oneOf(0, 0, 30)) * time.Millisecond)
			linger := time.Duration(0)
			if !s.orderly && s.chance(2) {
				linger = time.Duration(1+s.n(100)) * time.Millisecond
			}
			if err := x.link.Close(linger); s.orderly {
				assert.NoError(s.t, err)
			}
		})
	}
}

// audit looks at the ledger again and again.
func (x *side) audit() {
	for wait := 100 * time.Microsecond; x.link.Err() == nil; wait += wait / 4 {
		x.sound()
		select {
		case <-time.After(wait):
		case <-x.link.Done():
		}
	}
}

// sound checks what is true of a ledger at any moment.
func (x *side) sound() Ledger {
	b := x.link.Ledger()
	sum := b.Written + b.Queued + b.Dropped + b.DroppedByStop + b.DroppedByClose + b.DroppedByFailure
	if b.Accepted != sum || b.Written != b.Acknowledged+b.InFlight || b.Received != b.Taken+b.Waiting+b.Discarded ||
		b.Queued > b.Accepted || b.InFlight > b.Written || b.Waiting > b.Received {
		x.t.Errorf("unsound: %+v", b)
	}
	return b
}

// read begins to read a stream, one that was opened or the first, to the end. Where the run is not orderly,
// subscriptions come and go.
func (x *side) read(from stream.Observable[*Message], opened bool) {
	slow := time.Duration(x.oneOf(0, 0, 0, 100, 5000)) * time.Microsecond
	if x.chance(20) {
		slow = 100 * time.Millisecond
	}
	x.wg.Go(func() {
		for again := true; again; {
			again = x.readOnce(from, opened, slow)
		}
	})
}

// readOnce is one subscription. It reports whether there should be another.
func (x *side) readOnce(from stream.Observable[*Message], opened bool, slow time.Duration) (again bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left, way := 1<<30, 0
	if !x.orderly && x.chance(2) {
		left, way = x.n(20), x.n(3)
	}
	if left == 0 {
		x.pause(10 * time.Millisecond)
		return true
	}
	done, calls, ended := make(chan error, 2), 0, false
	run := from.Attach(ctx, observer{
		next: func(m *Message) bool {
			assert.False(x.t, ended, "Next after Done")
			x.check(m)
			if slow > 0 {
				x.pause(slow)
			}
			if left--; left > 0 {
				return true
			}
			if way == 0 {
				cancel()
			}
			return way == 0
		},
		done: func(err error) {
			ended = true
			if calls++; calls > 1 {
				x.t.Error("Done twice")
			}
			done <- err
		},
	})
	if run != nil {
		run()
	}
	err := <-done
	if why, cut := err.(*CloseError); x.orderly && opened && cut {
		assert.NoError(x.t, why.Err, "its source had not ended when the link did, in order")
	} else if x.orderly {
		assert.NoError(x.t, err)
	}
	return left <= 0 && (err == stream.ErrStopped || err == context.Canceled)
}

// check looks at a message.
func (x *side) check(m *Message) {
	other := x.sides[0]
	if other == x {
		other = x.sides[1]
	}
	other.mu.Lock()
	src := other.sources[m.Body[0]]
	other.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.taken++
	x.lost += m.Lost
	i := binary.LittleEndian.Uint32(m.Body[1:])
	if i < src.got || src.got < i && src.lossless() {
		x.t.Errorf("source %d: %d instead of %d", src.id, i, src.got)
	}
	if want := (&source{id: src.id, next: i}).message(len(m.Body)); string(m.Body) != string(want) {
		x.t.Errorf("source %d: %d of %d bytes is damaged", src.id, i, len(m.Body))
	}
	src.got = i + 1
	src.count++
}

// judge looks at what x has sent, after the end.
func (x *side) judge(to *side) {
	b, far := x.sound(), to.sound()
	assert.Zero(x.t, b.Queued)
	assert.Zero(x.t, b.QueuedBytes)
	assert.Equal(x.t, to.taken, far.Taken, "as many as Next was called with")
	if !x.orderly {
		return
	}
	assert.Equal(x.t, b.Accepted, b.Acknowledged+b.Dropped, "%+v", b)
	assert.Equal(x.t, to.taken, b.Acknowledged)
	assert.NoError(x.t, x.link.Err().(*CloseError).Err)
	told := true
	for _, src := range x.sources {
		dropped := uint64(0)
		if src.lane != nil {
			dropped = src.lane.Dropped()
		}
		assert.EqualValues(x.t, src.next, uint64(src.count)+dropped, "source %d", src.id)
		told = told && src.got == src.next // drops at the end are not told
	}
	if told {
		assert.Equal(x.t, b.Dropped, to.lost)
	}
	assert.LessOrEqual(x.t, to.lost, b.Dropped)
}
