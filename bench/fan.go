package main

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// fanConnections is how many connections one source has. All lead to one
// process.
const fanConnections = 100

// fans are the comparisons of a source that sends the same to many.
func fans() (all []scenario) {
	for _, size := range []int{128, 16 << 10} {
		all = append(all, scenario{
			name:  fmt.Sprintf("Fan%d", size),
			title: fmt.Sprintf("One source to %d connections, %s", fanConnections, bytesText(size)),
			about: "Two processes, connections on loopback TCP that stand already. The plain program appends to one log, from which each " +
				"connection's goroutine writes. rxpeer's Broadcast waits for nobody: those that miss a message get it by a sink, which waits. " +
				"ZeroMQ's PUB waits for those that are slow. Nobody loses anything. The time is that of one delivery.",
			unit: "delivery", want: deliveries(fanConnections),
			candidates: []candidate{
				plainFan(size),
				rxpeerFan(size),
				rxpeerSinks(size),
				zeromqFan(fanConnections, size),
			},
			goals: []goal{{slow: "plain Go", fast: ours, least: 0.75}, {slow: "ZeroMQ", fast: ours, least: 3}},
		})
	}
	return all
}

// A message to many tells how many there are, and how large, besides its number:
// the connections stay from run to run.

// fanMessage returns the messages' body.
func fanMessage(n, size int) []byte {
	body := message(size)
	binary.LittleEndian.PutUint32(body[8:], uint32(n))
	binary.LittleEndian.PutUint32(body[12:], uint32(size))
	return body
}

// fanTaker counts the messages of one connection.
type fanTaker struct {
	counter
	ends chan<- outcome
}

func (t *fanTaker) take(body []byte) error {
	if t.next == 0 && len(body) >= 16 {
		t.last, t.size = int(binary.LittleEndian.Uint32(body[8:])), int(binary.LittleEndian.Uint32(body[12:]))
	}
	err := t.counter.take(body)
	if err == nil {
		return nil
	}
	o := outcome{sum: t.sum}
	if err != errLast {
		o.err = err
	}
	t.counter = counter{}
	t.ends <- o
	return o.err
}

// fanNext waits for all connections to have got n messages.
func fanNext(ends <-chan outcome) func(n, size int) (int, error) {
	return func(n, _ int) (sum int, err error) {
		if n == 0 {
			return 0, nil
		}
		for range fanConnections {
			o := <-ends
			if o.err != nil {
				return 0, o.err
			}
			sum += o.sum
		}
		return sum, nil
	}
}

// addresses are those that a child prints in one line.
func (f *far) addresses() []string { return strings.Split(f.address, ",") }
