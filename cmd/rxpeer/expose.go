package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/cmd/rxpeer/internal/notation"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// expose is "rxpeer expose".
type expose struct {
	Name    string   `arg:"" help:"The name under which others subscribe."`
	Command []string `arg:"" optional:"" help:"A command and its arguments, behind --; it runs once for all subscribers. Lines of stdin without one."`
	Type    string   `enum:"text,json,bytes" default:"text" placeholder:"text|json|bytes" help:"What a line is: a string, a JSON value, or bytes (${default})."`
	History int      `placeholder:"N" help:"Repeat the last N values to each new subscriber."`
	Keep    bool     `help:"Stay after the end of the input, for the sake of --history."`
	Policy  policy   `default:"oldest=1024" placeholder:"block|latest|oldest=N|newest=N" help:"What a subscriber that is too slow does: block the input, for everybody, or lose values of its own: all but the latest, the oldest of N that wait, or what is newer than those (${default})."`
	service
}

// exposeEvent says that a name is exposed.
type exposeEvent struct {
	Event   string `json:"event"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Address string `json:"address"`
}

func (e exposeEvent) line() string {
	return fmt.Sprintf("exposing %s, listening at %s", e.Name, e.Address)
}

// skipEvent is a line that is no value.
type skipEvent struct {
	Event string `json:"event"`
	Line  uint64 `json:"line"`
	Error string `json:"error"`
}

func (e skipEvent) line() string { return fmt.Sprintf("line %d was skipped: %s", e.Line, e.Error) }

// keepEvent says that the input has ended, and the history stays.
type keepEvent struct {
	Event string `json:"event"`
	Error string `json:"error,omitempty"`
}

func (e keepEvent) line() string {
	if e.Error != "" {
		return "the input has ended (" + e.Error + "), its last values stay; Ctrl-C ends"
	}
	return "the input has ended, its last values stay; Ctrl-C ends"
}

// doneEvent says what became of the values.
type doneEvent struct {
	Event   string `json:"event"`
	Name    string `json:"name"`
	Values  uint64 `json:"values"`
	Dropped uint64 `json:"dropped,omitempty"`
	Invalid uint64 `json:"invalid,omitempty"`
}

func (e doneEvent) line() string {
	var words []string
	if e.Dropped > 0 {
		words = append(words, fmt.Sprintf("dropped for subscribers that were too slow: %d values", e.Dropped))
	}
	if e.Invalid > 0 {
		words = append(words, fmt.Sprintf("not sent, as they cannot be encoded: %d", e.Invalid))
	}
	return strings.Join(words, "; ")
}

// Validate is called by kong.
func (e *expose) Validate() error {
	switch {
	case e.History < 0:
		return usage("--history must not be negative")
	case e.Keep && e.History == 0:
		return usage("--keep needs --history")
	}
	return e.service.Validate()
}

// Run exposes until the input ends, or ctx does.
func (e *expose) Run(ctx context.Context, s *streams) error {
	switch e.Type {
	case "json":
		return exposeLines(ctx, e, s, func(line []byte) (any, error) { return notation.Parse(string(line), false) })
	case "bytes":
		return exposeLines(ctx, e, s, func(line []byte) ([]byte, error) { return line, nil })
	}
	return exposeLines(ctx, e, s, func(line []byte) (string, error) { return string(line), nil })
}

// exposeLines exposes what parse makes of the lines.
func exposeLines[T any](ctx context.Context, e *expose, s *streams, parse func(line []byte) (T, error)) error {
	p, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer e.shutDown(p)
	values := stream.NewPublish[T](nil)
	if e.History > 0 {
		values = stream.NewReplay[T](e.History, 0, nil)
	}
	policy := e.Policy.Policy
	if policy != nil && policy.Capacity() > 1 && policy.Capacity() < e.History {
		roomy := stream.DropOldest(e.History) // for who comes late gets that at once
		if policy.Kind() == stream.KindDropNewest {
			roomy = stream.DropNewest(e.History)
		}
		policy = &roomy
	}
	x, err := peer.Expose(p, e.Name, values.AsObservable(), &peer.ExposeOptions{Policy: policy})
	if err != nil {
		return usage("cannot expose %q: %s", e.Name, rootOf(err))
	}
	in, what, wait, err := e.input(ctx, s)
	if err != nil {
		return err
	}
	defer wait()
	s.notes.print(exposeEvent{"expose", e.Name, e.Type, p.Addr().String()})
	told := doneEvent{Event: "done", Name: e.Name}
	number := uint64(0)
	err = lines(ctx, in, what).Each(ctx, func(line []byte) error {
		number++
		v, err := parse(line)
		if err != nil {
			s.notes.print(skipEvent{"skip", number, err.Error()})
			return nil
		}
		told.Values++
		return values.Emit(ctx, v)
	})
	if ctx.Err() != nil {
		err = nil // whoever ended it wanted to
	} else {
		e.finish(ctx, s, x, values, err)
	}
	x.Close() // for those who subscribe still
	left(x, time.After(e.Timeout))
	told.Dropped, told.Invalid = x.Dropped(), x.Invalid()
	s.notes.print(told)
	return err
}

// finish ends the stream, and waits until the subscribers have got all of it, or,
// if the history stays, until ctx ends.
func (e *expose) finish(ctx context.Context, s *streams, x *peer.Exposure, values interface {
	Complete()
	Abort(error)
}, err error,
) {
	if err != nil {
		values.Abort(err)
	} else {
		values.Complete()
	}
	if e.Keep {
		kept := keepEvent{Event: "keep"}
		if err != nil {
			kept.Error = err.Error()
		}
		s.notes.print(kept)
		<-ctx.Done()
		return
	}
	left(x, ctx.Done())
}

// left waits until x has no subscribers, or for end.
func left[T any](x *peer.Exposure, end <-chan T) {
	look := time.NewTicker(5 * time.Millisecond) // nothing tells when they have left
	defer look.Stop()
	for x.Active() > 0 {
		select {
		case <-look.C:
		case <-end:
			return
		}
	}
}

// input returns where the lines come from, what a failure of that begins with, and
// what to call when nothing more is read.
func (e *expose) input(ctx context.Context, s *streams) (in io.Reader, what string, wait func(), err error) {
	if len(e.Command) == 0 {
		return s.stdin, noStdin, func() {}, nil
	}
	command := exec.CommandContext(ctx, e.Command[0], e.Command[1:]...)
	command.Cancel = func() error {
		if command.Process.Signal(os.Interrupt) != nil { // not on every system
			return command.Process.Kill()
		}
		return nil
	}
	command.WaitDelay = e.Timeout
	out, to := io.Pipe()
	command.Stdout, command.Stderr = to, s.stderr
	name := filepath.Base(e.Command[0])
	if err := command.Start(); err != nil {
		if wrong := (*exec.Error)(nil); errors.As(err, &wrong) {
			err = wrong.Err
		}
		return nil, "", nil, failed("cannot run %s: %s", name, rootOf(err))
	}
	ended := make(chan struct{})
	go func() { // ends with the command
		defer close(ended)
		_ = to.CloseWithError(command.Wait())
	}()
	return out, name + " failed", func() { _ = out.CloseWithError(transport.ErrClosed); <-ended }, nil
}
