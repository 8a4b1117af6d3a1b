package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// bench is "rxpeer bench".
type bench struct {
	Peer string        `arg:"" optional:"" help:"Who is measured against: the address of a peer that runs this without one, or its name."`
	For  time.Duration `default:"5s" help:"How long to measure, in all (${default})."`
	Wait time.Duration `default:"500ms" help:"How long to look for a peer of that name (${default})."`
	service
}

// benchName is what the other side exposes: a handler that returns what it gets, a
// sink that takes what comes, and a stream for each size that sends as much as it
// can.
const benchName = "rxpeer.bench"

// benchSizes are the sizes of the messages, in bytes.
var benchSizes = []int{16, 128, 1 << 10, 16 << 10, 1 << 20}

func benchStream(size int) string { return benchName + "." + strconv.Itoa(size) }

// serveEvent says that others may measure.
type serveEvent struct {
	Event   string `json:"event"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

func (e serveEvent) line() string {
	return fmt.Sprintf("measure on another device with \"rxpeer bench %s\"; Ctrl-C ends", e.Address)
}

// Validate is called by kong.
func (b *bench) Validate() error {
	if b.For <= 0 || b.Wait <= 0 {
		return usage("--for and --wait must be positive")
	}
	if _, _, err := addressOf(b.Peer); err != nil {
		return err
	}
	return b.service.Validate()
}

// Run measures, or lets others do it until ctx ends.
func (b *bench) Run(ctx context.Context, s *streams) error {
	if b.Peer == "" {
		return b.serve(ctx, s)
	}
	u := &using{Timeout: b.Timeout, Wait: b.Wait, network: b.network}
	p, err := u.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close() // nothing is sent any more
	conn, err := u.reach(ctx, p, b.Peer, peer.KindHandler, benchName)
	if err != nil {
		return err
	}
	return b.measureAll(ctx, s, conn)
}

// serve exposes what is measured.
func (b *bench) serve(ctx context.Context, s *streams) error {
	p, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer b.shutDown(p)
	echo := func(_ context.Context, body []byte) ([]byte, error) { return body, nil }
	if _, err = peer.Handle(p, benchName, echo, nil); err == nil {
		_, err = peer.ExposeSink(p, benchName, func(ctx context.Context, _ *peer.Connection, in stream.Observable[[]byte]) error {
			return in.Each(ctx, func([]byte) error { return nil })
		}, nil)
	}
	for _, size := range benchSizes {
		if err == nil {
			_, err = peer.Expose(p, benchStream(size), endless(make([]byte, size)), nil)
		}
	}
	if err != nil {
		return failed("cannot expose what is measured: %s", rootOf(err))
	}
	s.notes.print(serveEvent{"serve", benchName, p.Addr().String()})
	<-ctx.Done()
	return nil
}

// endless emits body as fast as it is taken.
func endless(body []byte) stream.Observable[[]byte] {
	return stream.FromFunc(func(_ context.Context, emit func([]byte) bool) error {
		for emit(body) {
		}
		return nil
	})
}

// measureAll measures each size in both directions, and how long calls take.
func (b *bench) measureAll(ctx context.Context, s *streams, conn *peer.Connection) error {
	bar := progressbar.NewOptions(3*len(benchSizes),
		progressbar.OptionSetWriter(s.stderr), progressbar.OptionSetVisibility(sizeOf(s.stderr) != nil),
		progressbar.OptionSetDescription("measuring"), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	defer func() { _ = bar.Clear() }()
	m := &measuring{conn: conn, each: b.For / time.Duration(3*len(benchSizes)), step: func() { _ = bar.Add(1) }}
	var events []benchEvent
	for _, size := range benchSizes {
		e, err := m.size(ctx, size)
		switch {
		case ctx.Err() != nil:
			return ended("interrupted before everything was measured")
		case errors.Is(err, peer.ErrNotExposed):
			return &failure{exitRemote, fmt.Sprintf("%s does not run \"rxpeer bench\"; start that there first", conn)}
		case err != nil:
			return notServed(conn, peer.KindHandler, benchName, true, err)
		}
		if events = append(events, e); s.out.json {
			s.out.print(e)
		}
	}
	_ = bar.Clear()
	if !s.out.json {
		rows := [][]string{benchTitles}
		for _, e := range events {
			rows = append(rows, e.cells())
		}
		for _, line := range columns(rows) {
			s.out.print(rowEvent{line})
		}
	}
	return nil
}

// measuring is a measurement over a connection.
type measuring struct {
	conn *peer.Connection
	each time.Duration
	step func()
}

// size measures messages of so many bytes.
func (m *measuring) size(ctx context.Context, size int) (e benchEvent, err error) {
	e = benchEvent{Event: "bench", Peer: m.conn.String(), Size: size}
	body := make([]byte, size)
	if e.RoundTrip, err = m.calls(ctx, body); err != nil {
		return e, err
	}
	m.step()
	if e.Up, err = m.up(ctx, body); err != nil {
		return e, err
	}
	m.step()
	e.Down, err = m.down(ctx, size)
	m.step()
	return e, err
}

// calls calls, one call after the other.
func (m *measuring) calls(ctx context.Context, body []byte) (roundTrip, error) {
	var took []time.Duration
	for began := time.Now(); len(took) == 0 || time.Since(began) < m.each && ctx.Err() == nil; {
		start := time.Now()
		if _, err := peer.Call[[]byte, []byte](ctx, m.conn, benchName, body); err != nil {
			return roundTrip{}, err
		}
		took = append(took, time.Since(start))
	}
	return roundTripOf(took), nil
}

// up sends, and waits until the other side has taken everything.
func (m *measuring) up(ctx context.Context, body []byte) (flow, error) {
	sink, err := peer.OpenSink[[]byte](ctx, m.conn, benchName, nil)
	if err != nil {
		return flow{}, err
	}
	began, n := time.Now(), 0
	for ; n == 0 || time.Since(began) < m.each && ctx.Err() == nil; n++ {
		if err = sink.Emit(ctx, body); err != nil {
			sink.Abort(err)
			return flow{}, err
		}
	}
	sink.Complete()
	if err = sink.Wait(ctx); err != nil {
		return flow{}, err
	}
	return flowOf(n, len(body), time.Since(began)), nil
}

// errOver ends a measurement.
var errOver = errors.New("over")

// down takes what the other side sends.
func (m *measuring) down(ctx context.Context, size int) (flow, error) {
	var (
		n     int
		began time.Time
		over  atomic.Bool
	)
	defer time.AfterFunc(m.each, func() { over.Store(true) }).Stop()
	err := peer.Remote[peer.View](m.conn, benchStream(size)).Each(ctx, func(peer.View) error {
		if n++; n == 1 {
			began = time.Now() // the way there does not count
		}
		if over.Load() && n > 1 {
			return errOver
		}
		return nil
	})
	if !errors.Is(err, errOver) {
		return flow{}, err
	}
	return flowOf(n-1, size, time.Since(began)), nil
}
