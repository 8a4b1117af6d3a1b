package transport

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// BenchmarkLog sends messages from one source over 100 connections. An op is a
// message on all of them. "plain" is a program by hand: a log that all share,
// and for each connection a goroutine that writes on from its place in it. In
// both the source is at most half a megabyte ahead of the slowest receiver.
func BenchmarkLog(b *testing.B) {
	for _, size := range []int{128, 16 << 10} {
		b.Run(fmt.Sprintf("rxpeer %d", size), func(b *testing.B) { benchLog(b, size) })
		b.Run(fmt.Sprintf("plain %d", size), func(b *testing.B) { benchPlainLog(b, size) })
	}
}

const (
	benchLinks = 100
	benchAhead = 512 << 10
)

// pace lets a source not be too far ahead of any of its receivers.
type pace struct {
	got [benchLinks]struct {
		atomic.Int64
		_ [56]byte
	}
	sent int64
	size int64
	room chan struct{} // somebody has got more
}

func newPace(size int) *pace { return &pace{size: int64(size), room: make(chan struct{}, 1)} }

func (p *pace) took(i int) {
	if n := p.got[i].Add(1); n%max(1, benchAhead/4/p.size) == 0 {
		p.wake()
	}
}

func (p *pace) wake() {
	select {
	case p.room <- struct{}{}:
	default:
	}
}

// wait returns when no receiver is behind by more than a number of bytes.
func (p *pace) wait(ahead int64) {
	for i := range p.got {
		for (p.sent-p.got[i].Load())*p.size > ahead {
			<-p.room
		}
	}
}

func (p *pace) run(b *testing.B, send func()) {
	b.SetBytes(benchLinks * p.size)
	b.ReportAllocs()
	b.ResetTimer()
	every := max(1, benchAhead/4/p.size)
	for i := range b.N {
		if int64(i)%every == 0 {
			p.wait(benchAhead)
		}
		send()
		p.sent++
	}
}

// paced counts what comes, and tells of the last.
type paced struct {
	*pace
	i, last int
	done    *sync.WaitGroup
}

func (o *paced) Next(*Message) bool {
	o.took(o.i)
	if o.last--; o.last == 0 {
		o.done.Done()
	}
	return true
}
func (o *paced) Done(error) {}

var _ stream.Observer[*Message] = (*paced)(nil)

func benchLog(b *testing.B, size int) {
	p, links := newPace(size), []Link(nil)
	var done sync.WaitGroup
	for i := range benchLinks {
		near, far := pair(b, Hello{}, nil)
		links = append(links, near)
		done.Add(1)
		far.Messages().Attach(context.Background(), &paced{p, i, b.N, &done})
	}
	log, body := NewLog(codec.Bytes), make([]byte, size)
	p.run(b, func() {
		if missed := log.Send(body, links); missed != nil {
			b.Fatal(missed[0].Err)
		}
	})
	done.Wait()
}

// plainLog is a log of what all connections get. mu guards it.
type plainLog struct {
	mu    sync.Mutex
	more  sync.Cond
	tail  *plainChunk
	ended bool
}

type plainChunk struct {
	buf  []byte // a reader looks at what was there when it held the mutex
	next *plainChunk
}

const plainChunkSize = 128 << 10

func (l *plainLog) append(body []byte) {
	l.mu.Lock()
	if len(l.tail.buf)+4+len(body) > plainChunkSize {
		next := &plainChunk{buf: make([]byte, 0, plainChunkSize)}
		l.tail.next, l.tail = next, next
	}
	l.tail.buf = binary.LittleEndian.AppendUint32(l.tail.buf, uint32(len(body)))
	l.tail.buf = append(l.tail.buf, body...)
	l.mu.Unlock()
	l.more.Broadcast()
}

// write writes the log from a chunk on.
func (l *plainLog) write(c *plainChunk, to net.Conn) {
	at := 0
	for {
		l.mu.Lock()
		for at == len(c.buf) && c.next == nil && !l.ended {
			l.more.Wait()
		}
		b, next := c.buf[at:], c.next
		l.mu.Unlock()
		switch {
		case len(b) > 0:
			if _, err := to.Write(b); err != nil {
				return
			}
			at += len(b)
		case next != nil:
			c, at = next, 0
		default:
			return
		}
	}
}

func benchPlainLog(b *testing.B, size int) {
	p, l := newPace(size), &plainLog{tail: &plainChunk{buf: make([]byte, 0, plainChunkSize)}}
	l.more.L = &l.mu
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer ln.Close()
	var done, writers sync.WaitGroup
	for i := range benchLinks {
		near, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(b, err)
		far, err := ln.Accept()
		require.NoError(b, err)
		defer near.Close()
		defer far.Close()
		first := l.tail
		writers.Go(func() { l.write(first, near) })
		done.Go(func() {
			r := bufio.NewReaderSize(far, 64<<10)
			for range b.N {
				head, err := r.Peek(4)
				if err != nil {
					return
				}
				n := int(binary.LittleEndian.Uint32(head))
				_, _ = r.Discard(4)
				if _, err := r.Peek(n); err != nil && err != io.EOF {
					return
				}
				_, _ = r.Discard(n)
				p.took(i)
			}
		})
	}
	body := make([]byte, size)
	p.run(b, func() { l.append(body) })
	done.Wait()
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.more.Broadcast()
	writers.Wait()
}
