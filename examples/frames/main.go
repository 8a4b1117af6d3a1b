// Frames shows what a camera sees: pictures of one size, thirty a second, on a
// screen that has time for seven. What it shows is always new, and it says how many
// it skipped.
//
//	go run ./examples/frames
//
// Camera and screen are two peers in one process, and talk to each other over TCP,
// on the loopback interface. The camera makes its pictures up. It ends by itself, or
// with Ctrl-C.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"golang.org/x/term"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

const (
	every = time.Second / 30       // the camera takes a frame
	busy  = 140 * time.Millisecond // is the screen with each
	shown = 30                     // frames, then it ends
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	local := func(string) *peer.Options { return &peer.Options{Address: "127.0.0.1", NoDiscovery: true} }
	s := screen{out: os.Stdout, colours: term.IsTerminal(int(os.Stdout.Fd()))}
	if err := run(ctx, local, s.show); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

// run has a peer show the frames of another one. The peers are opened with the
// options that at returns.
func run(ctx context.Context, at func(host string) *peer.Options, show func(frame []byte, skipped uint64) error) error {
	camera, err := peer.Open(ctx, at("camera"))
	if err != nil {
		return err
	}
	defer camera.Close()
	// There is one camera for all who watch, and it runs while somebody does.
	frames := operators.Map(stream.Tick(every), take)
	if _, err = peer.Expose(camera, "frames", frames, &peer.ExposeOptions{Shared: true}); err != nil {
		return err
	}

	viewer, err := peer.Open(ctx, at("viewer"))
	if err != nil {
		return err
	}
	defer viewer.Close()
	conn, err := viewer.Connect(ctx, camera.Addr().String(), nil)
	if err != nil {
		return err
	}
	return watch(ctx, conn, show)
}

// watch shows frames. While one is shown, the camera's side keeps the newest of
// those that come after it, and no other: the network carries what is shown alone,
// and nothing queues up. A View lends the frame where it was received, until show
// returns.
func watch(ctx context.Context, camera *peer.Connection, show func(frame []byte, skipped uint64) error) error {
	newest := stream.Latest()
	var skipped uint64 // Lost is called between the frames, by the same goroutine
	frames := peer.RemoteWith[peer.View](camera, "frames", &peer.RemoteOptions{
		Policy: &newest,
		Lost:   func(n uint64) { skipped += n },
	})
	return operators.Take(frames, shown).Each(ctx, func(v peer.View) error {
		frame := v.Bytes()
		if len(frame) != frameSize {
			return fmt.Errorf("a frame of %d bytes instead of %d", len(frame), frameSize)
		}
		before := skipped
		skipped = 0
		return show(frame, before)
	})
}

// screen shows frames, in place if it has colours. Otherwise it only tells of them.
type screen struct {
	out     io.Writer
	colours bool
	frames  int
	skipped uint64
}

func (s *screen) show(frame []byte, skipped uint64) error {
	s.skipped += skipped
	s.frames++
	if s.colours {
		if s.frames > 1 {
			fmt.Fprintf(s.out, "\x1b[%dA", height/2+1) // back to the first line
		}
		fmt.Fprint(s.out, blocks(pictureOf(frame)))
	}
	_, err := fmt.Fprintf(s.out, "%2d shown, %3d skipped, this one is %3d ms old\n",
		s.frames, s.skipped, time.Since(takenAt(frame)).Milliseconds())
	time.Sleep(busy)
	return err
}
