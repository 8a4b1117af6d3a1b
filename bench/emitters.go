package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// What this library should do as well as the simple case: many goroutines that
// emit into one sink, and many streams of which one is not read.

const (
	emitterCount = 8
	emitterSize  = 128
	streamCount  = 100
	streamSize   = 1 << 10
)

var emitters = scenario{
	name:  "Emitters",
	title: fmt.Sprintf("%d goroutines emit into one sink", emitterCount),
	about: fmt.Sprintf("Two processes, one connection on loopback TCP, messages of %s. Those of each goroutine are numbered. "+
		"The time is that of one message.", bytesText(emitterSize)),
	unit: "message", want: triangle,
	candidates: []candidate{
		{name: ours, run: emit(1)},
		{name: fmt.Sprintf("rxpeer, %d goroutines", emitterCount), run: emit(emitterCount)},
	},
	goals: []goal{{slow: ours, fast: fmt.Sprintf("rxpeer, %d goroutines", emitterCount), least: 0.9}},
}

// emit returns a candidate with so many goroutines. Goroutine g emits the
// numbers i of the whole with i mod count = g.
func emit(count int) func(n int) int {
	return func(n int) int {
		c := child("emitters")
		c.expect(n, emitterSize)
		conn, closes := dial(c, nil)
		defer closes()
		out, ctx := peer.SinkOf[[]byte](conn), context.Background()
		var all sync.WaitGroup
		for g := range count {
			all.Go(func() { // ends with its numbers
				body := message(emitterSize)
				binary.LittleEndian.PutUint64(body[8:], uint64(count))
				for i := g; i < n; i += count {
					number(body, i)
					must(out.Emit(ctx, body))
				}
			})
		}
		all.Wait()
		return c.result()
	}
}

// emittersReceiver checks that the numbers of each goroutine are in order.
func emittersReceiver() (string, func(n, size int) (int, error), error) {
	p, err := peer.Open(context.Background(), quiet(nil))
	if err != nil {
		return "", nil, err
	}
	return p.Addr().String(), func(n, size int) (sum int, err error) {
		conn, err := accepted(p)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		if n == 0 {
			return 0, nil
		}
		var after [emitterCount]int // the next number of each goroutine, less its first one
		whole := operators.Take(operators.Filter(peer.Borrow(conn), func(v peer.View) bool { return len(v.Bytes()) == size }), n)
		err = whole.Each(context.Background(), func(v peer.View) error {
			i, count := numberOf(v), int(binary.LittleEndian.Uint64(v.Bytes()[8:]))
			if g := i % count; i-g != after[g] {
				return fmt.Errorf("message %d comes where %d should", i, g+after[g])
			}
			after[i%count] += count
			sum += i
			return nil
		})
		return sum, err
	}, nil
}

var hundredStreams = scenario{
	name:  "HundredStreams",
	title: fmt.Sprintf("%d streams of one connection, one of them stalled", streamCount),
	about: fmt.Sprintf("Two processes, one connection on loopback TCP, messages of %s on each stream in turn. All are read, or all but one, "+
		"which is full. The time is that of one message on the others.", bytesText(streamSize)),
	unit: "message", want: triangle,
	candidates: []candidate{
		{name: ours, run: sendStreams(false)},
		{name: "rxpeer, one stalled", run: sendStreams(true)},
	},
	goals: []goal{{slow: ours, fast: "rxpeer, one stalled", least: 0.9}},
}

// stalledStream is what a stream is about that is not read.
const stalledStream = "stalled"

func sendStreams(stalled bool) func(n int) int {
	return func(n int) int {
		ctx, c := context.Background(), child("streams")
		c.expect(n, streamSize)
		link, err := transport.Dial(ctx, transport.TCP{}, c.address, transport.Hello{PeerName: "127.0.0.1:1024", DataType: codec.Bytes}, nil)
		must(err)
		defer link.Abort() // nobody reads the stalled one
		body := message(streamSize)
		var out []*transport.Stream
		for i := range streamCount {
			about := ""
			if stalled && i == 0 {
				about = stalledStream
			}
			st, err := link.Open([]byte(about), nil)
			must(err)
			if about == "" {
				out = append(out, st)
				continue
			}
			for st.TrySend(codec.Bytes, body) == nil { // until nothing fits any more
			}
		}
		for i := range n {
			number(body, i)
			binary.LittleEndian.PutUint64(body[8:], uint64(len(out)))
			must(out[i%len(out)].Send(ctx, codec.Bytes, body))
		}
		return c.result()
	}
}

// streamTakers take what comes on the streams of a link.
type streamTakers struct {
	job
	left, sum atomic.Int64
	end       chan outcome
}

// streamTaker is that of one stream.
type streamTaker struct {
	*streamTakers
	next int // number; 0: the first one
}

func (t *streamTaker) Next(m *transport.Message) bool {
	body := m.Body
	i, count := int(binary.LittleEndian.Uint64(body)), int(binary.LittleEndian.Uint64(body[8:]))
	if len(body) != t.size || t.next != 0 && i != t.next || t.next == 0 && i >= count {
		t.end <- outcome{err: fmt.Errorf("message %d of %d bytes comes where %d should", i, len(body), t.next)}
		return false
	}
	t.next = i + count
	t.sum.Add(int64(i))
	if t.left.Add(-1) == 0 {
		t.end <- outcome{sum: int(t.sum.Load())}
	}
	return true
}

func (*streamTaker) Done(error) {}

func streamsReceiver() (string, func(n, size int) (int, error), error) {
	opened, links := make(chan *transport.Stream, streamCount), make(chan transport.Link)
	ln, err := transport.Listen(context.Background(), transport.TCP{}, "127.0.0.1:0", func(in *transport.Incoming) {
		link, err := in.Accept()
		must(err)
		links <- link
	}, &transport.Options{Opened: func(_ transport.Link, st *transport.Stream) { opened <- st }})
	if err != nil {
		return "", nil, err
	}
	return ln.Addr().String(), func(n, size int) (int, error) {
		link := <-links
		defer link.Abort()
		t := &streamTakers{job: job{n, size}, end: make(chan outcome, streamCount)}
		t.left.Store(int64(n))
		for range streamCount {
			if st := <-opened; string(st.About()) != stalledStream {
				st.Messages().Subscribe(context.Background(), &streamTaker{streamTakers: t})
			}
		}
		if n == 0 {
			return 0, nil
		}
		o := <-t.end
		return o.sum, o.err
	}, nil
}
