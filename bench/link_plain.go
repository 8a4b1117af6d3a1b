package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// What is written by hand: a loop over a TCP connection with buffers of 64 KiB.

const plainBuffer = 64 << 10

// framing is how a message's length stands in front of it.
type framing struct {
	head   int
	append func(dst []byte, size int) []byte
	parse  func(head []byte) (size int, err error)
}

// plainLength is a length of four bytes.
var plainLength = framing{
	head:   4,
	append: func(dst []byte, size int) []byte { return binary.LittleEndian.AppendUint32(dst, uint32(size)) },
	parse:  func(head []byte) (int, error) { return int(binary.LittleEndian.Uint32(head)), nil },
}

// plainHeader is peerpy's header of 128 bytes. Both sides remember the last one.
var plainHeader = framing{head: 128, append: rememberAppend(), parse: rememberParse()}

func rememberAppend() func(dst []byte, size int) []byte {
	last, header := -1, []byte(nil)
	return func(dst []byte, size int) []byte {
		if size != last {
			header = fmt.Appendf(nil, "DATA|data_size=%d&data_type=bytes", size)
			for len(header) < 128 {
				header = append(header, '|')
			}
			last = size
		}
		return append(dst, header...)
	}
}

func rememberParse() func(head []byte) (int, error) {
	var header string
	var size int
	return func(head []byte) (int, error) {
		if string(head) == header {
			return size, nil
		}
		header = string(head)
		_, rest, _ := cutString(header, "data_size=")
		digits, _, _ := cutString(rest, "&")
		n, err := strconv.Atoi(digits)
		size = n
		return n, err
	}
}

func cutString(s, sep string) (before, after string, found bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

// plainSend returns a candidate that sends messages of a size to a child. As the
// other candidates it is not inlined: nothing would be inlined into its loop then.
//
//go:noinline
func plainSend(kind string, f framing, size int) func(n int) int {
	return func(n int) int {
		c := child(kind)
		c.expect(n, size)
		conn, err := net.Dial("tcp", c.address)
		must(err)
		defer conn.Close()
		w, body := bufio.NewWriterSize(conn, plainBuffer), message(size)
		var head []byte
		for i := range n {
			number(body, i)
			head = f.append(head[:0], size)
			_, _ = w.Write(head) // Flush tells
			_, _ = w.Write(body)
		}
		must(w.Flush())
		return c.result()
	}
}

// plainReceiver receives. owned makes a fresh slice for every message; otherwise
// the message is looked at where it lies, if it fits the buffer.
func plainReceiver(owned bool, f framing) func() (string, func(n, size int) (int, error), error) {
	return func() (string, func(n, size int) (int, error), error) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		return ln.Addr().String(), func(n, size int) (int, error) {
			conn, err := ln.Accept()
			if err != nil {
				return 0, err
			}
			defer conn.Close()
			r, c := bufio.NewReaderSize(conn, plainBuffer), counter{size: size}
			var large []byte
			for range n {
				head, err := r.Peek(f.head)
				if err != nil {
					return 0, err
				}
				size, err := f.parse(head)
				if err != nil {
					return 0, err
				}
				_, _ = r.Discard(f.head) // it was peeked at
				body := large
				if !owned && size <= plainBuffer {
					if body, err = r.Peek(size); err != nil {
						return 0, err
					}
				} else {
					if owned || len(large) != size {
						body = make([]byte, size)
						large = body
					}
					if _, err := io.ReadFull(r, body); err != nil {
						return 0, err
					}
				}
				if err := c.take(body); err != nil {
					return 0, err
				}
				if !owned && size <= plainBuffer {
					_, _ = r.Discard(size)
				}
			}
			return c.sum, nil
		}, nil
	}
}

// plainTrips sends a message and waits for it to come back.
func plainTrips(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		c := child("plain echo")
		c.expect(len(took), size)
		conn, err := net.Dial("tcp", c.address)
		must(err)
		defer conn.Close()
		body, clock := message(size), startClock(took)
		for i := range took {
			number(body, i)
			_, err := conn.Write(body)
			must(err)
			_, err = io.ReadFull(conn, body)
			must(err)
			sum += int(binary.LittleEndian.Uint64(body))
			clock.lap()
		}
		c.result()
		return sum
	}
}

func plainEcho() (string, func(n, size int) (int, error), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	return ln.Addr().String(), func(n, size int) (int, error) {
		conn, err := ln.Accept()
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		body := message(size)
		for range n {
			if _, err := io.ReadFull(conn, body); err != nil {
				return 0, err
			}
			if _, err := conn.Write(body); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}, nil
}
