package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// lines returns the lines of r. They are read by a goroutine of their own,
// since nothing interrupts reading: it ends when r does, or with the first
// line after ctx has ended. A failure of r begins with what failed says.
func lines(ctx context.Context, r io.Reader, what string) stream.Observable[[]byte] {
	out := stream.NewUnicast[[]byte](nil)
	go func() {
		in := bufio.NewScanner(r)
		in.Buffer(nil, transport.DefaultMaxMessage)
		for in.Scan() {
			if out.Emit(ctx, []byte(in.Text())) != nil || ctx.Err() != nil {
				return
			}
		}
		if err := in.Err(); err != nil {
			out.Abort(failed("%s: %v", what, err))
			return
		}
		out.Complete()
	}()
	return out.AsObservable()
}

// noStdin is what a failure to read stdin begins with.
const noStdin = "cannot read stdin"

// prompt tells somebody who sits at a terminal that it is their turn to type.
func (s *streams) prompt(d *dialled) {
	if f, is := s.stdin.(*os.File); is && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(s.stderr, "connected to %s (%s); type lines to send, Ctrl-C ends\n", d.conn, agreementOf(d.conn.Remote()))
	}
}
