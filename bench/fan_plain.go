package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// What is written by hand: one log for all connections, a ring of chunks. The
// source fills a chunk, and publishes it when it is full. A goroutine for each
// connection writes what is published from where it is, many chunks at a time,
// and without copying. A chunk is filled again when all have written it, so that
// the source waits for the slowest.

const (
	logChunks = 32
	logChunk  = 64 << 10
	logWrite  = 8 // chunks that are written at once
)

// sharedLog is the ring. Chunk i lies in place i mod logChunks.
type sharedLog struct {
	chunks [logChunks][]byte // filled from 0 to len

	mu        sync.Mutex
	more      sync.Cond // something was published, or the log has closed
	room      sync.Cond // a chunk was written by all
	published int       // chunks
	left      [logChunks]int
	readers   int
	closed    bool
}

func newSharedLog(readers int) *sharedLog {
	l := &sharedLog{readers: readers}
	l.more.L, l.room.L = &l.mu, &l.mu
	for i := range l.chunks {
		l.chunks[i] = make([]byte, 0, logChunk)
	}
	return l
}

// append adds bytes to the chunk that is being filled. Only one goroutine may do
// so, which calls flush at the end.
func (l *sharedLog) append(b []byte) {
	for len(b) > 0 {
		chunk := &l.chunks[l.published%logChunks] // published changes on this goroutine only
		n := min(len(b), logChunk-len(*chunk))
		*chunk = append(*chunk, b[:n]...)
		b = b[n:]
		if len(*chunk) == logChunk {
			l.flush()
		}
	}
}

// flush publishes the chunk and takes the next one, when all have written it.
func (l *sharedLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.chunks[l.published%logChunks]) == 0 {
		return
	}
	l.left[l.published%logChunks] = l.readers
	l.published++
	l.more.Broadcast()
	for l.left[l.published%logChunks] > 0 {
		l.room.Wait()
	}
	l.chunks[l.published%logChunks] = l.chunks[l.published%logChunks][:0]
}

// writeTo writes all that is published until the log closes.
func (l *sharedLog) writeTo(w net.Conn) error {
	list := make(net.Buffers, 0, logWrite)
	for cursor := 0; ; {
		l.mu.Lock()
		for cursor == l.published && !l.closed {
			l.more.Wait()
		}
		n := min(l.published-cursor, logWrite)
		l.mu.Unlock()
		if n == 0 {
			return nil
		}
		list = list[:0]
		for i := range n {
			list = append(list, l.chunks[(cursor+i)%logChunks])
		}
		some := list // WriteTo takes from it
		if _, err := some.WriteTo(w); err != nil {
			return err
		}
		l.mu.Lock()
		for range n {
			l.left[cursor%logChunks]--
			if l.left[cursor%logChunks] == 0 {
				l.room.Signal()
			}
			cursor++
		}
		l.mu.Unlock()
	}
}

func (l *sharedLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.more.Broadcast()
}

// plainFan has its connections from the first run to the end.
func plainFan(size int) candidate {
	var log *sharedLog
	var writers sync.WaitGroup
	run := func(n int) int {
		c := child("plain fan")
		if log == nil {
			log = newSharedLog(fanConnections)
			for range fanConnections {
				conn, err := net.Dial("tcp", c.address)
				must(err)
				writers.Go(func() { // ends when the log closes
					must(log.writeTo(conn))
					_ = conn.Close()
				})
			}
		}
		messages := n / fanConnections
		c.expect(messages, size)
		body, head := fanMessage(messages, size), binary.LittleEndian.AppendUint32(nil, uint32(size))
		for i := range messages {
			number(body, i)
			log.append(head)
			log.append(body)
		}
		log.flush()
		return c.result()
	}
	return candidate{name: "plain Go", run: run, done: func() {
		if log != nil {
			log.close()
			writers.Wait()
			log = nil
		}
	}}
}

// plainFanReceiver reads each connection on a goroutine of its own.
func plainFanReceiver() (string, func(n, size int) (int, error), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ends := make(chan outcome, fanConnections)
	go func() { // ends with the process
		for {
			conn, err := ln.Accept()
			must(err)
			go func() { // ends with the connection
				defer conn.Close()
				if err := plainFanRead(conn, &fanTaker{ends: ends}); !errors.Is(err, io.EOF) {
					must(err)
				}
			}()
		}
	}()
	return ln.Addr().String(), fanNext(ends), nil
}

func plainFanRead(conn net.Conn, t *fanTaker) error {
	r := bufio.NewReaderSize(conn, plainBuffer)
	for {
		head, err := r.Peek(plainLength.head)
		if err != nil {
			return err
		}
		size, err := plainLength.parse(head)
		if err != nil {
			return err
		}
		_, _ = r.Discard(plainLength.head) // it was peeked at
		body, err := r.Peek(size)
		if err != nil {
			return err
		}
		if err := t.take(body); err != nil {
			return err
		}
		_, _ = r.Discard(size)
	}
}
