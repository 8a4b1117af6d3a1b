package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/rxpeer/rxpeer/peer"
)

// message is what people send each other. The first one of a connection has no
// text: it introduces its sender.
type message struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// room prints what happens.
type room struct {
	name string
	left atomic.Bool // we have

	mu      sync.Mutex
	out     io.Writer
	missing map[string]bool // addresses that we have said we cannot reach
}

// say prints one line, in which nothing that others sent commands the terminal.
func (r *room) say(format string, args ...any) {
	line := strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return -1
	}, fmt.Sprintf(format, args...))
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(r.out, line)
}

// welcome is called with every new connection, whoever dialled.
func (r *room) welcome(c *peer.Connection) {
	peer.SinkOf[message](c).TryEmit(message{Name: r.name})
	peer.Receive[message](c).Subscribe(context.Background(), &guest{room: r}) // until c ends
}

// speak sends every line of the input to everybody.
func (r *room) speak(ctx context.Context, p *peer.Peer, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var missed *peer.BroadcastError
		if err := p.Broadcast(ctx, message{r.name, lines.Text()}); errors.As(err, &missed) {
			for _, m := range missed.Missed {
				r.say("* %s did not get that: %v", m.Connection, m.Err)
			}
		}
	}
	return lines.Err()
}

// unreachable is called with every attempt to join that failed; once is enough
// to say so.
func (r *room) unreachable(address string, err error) {
	r.mu.Lock()
	said := r.missing[address] || errors.Is(err, context.Canceled)
	r.missing[address] = true
	r.mu.Unlock()
	if !said {
		r.say("* cannot join %s yet: %v", address, err)
	}
}

// guest listens to one of the others.
type guest struct {
	*room
	name string
}

// Next is called with everything the guest sends.
func (g *guest) Next(m message) bool {
	if g.name == "" {
		g.name = m.Name
		g.say("* %s is here", g.name)
	}
	if m.Text != "" {
		g.say("%s: %s", g.name, m.Text)
	}
	return true
}

// Done is called when the guest has left, or we have.
func (g *guest) Done(error) {
	if g.name != "" && !g.left.Load() {
		g.say("* %s has left", g.name)
	}
}
