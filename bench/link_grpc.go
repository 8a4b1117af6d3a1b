package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/rxpeer/rxpeer/transport"
)

// gRPC has one service with two streams, whose messages are bytes as they are.
// Its windows are as large as rxpeer's.

const grpcWindow = transport.DefaultInbox

var (
	grpcTake = grpc.StreamDesc{StreamName: "Take", ClientStreams: true}
	grpcEcho = grpc.StreamDesc{StreamName: "Echo", ClientStreams: true, ServerStreams: true}
)

// rawCodec passes on a *mem.BufferSlice.
type rawCodec struct{}

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) { return *v.(*mem.BufferSlice), nil }

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	data.Ref() // until the receiver frees it
	*v.(*mem.BufferSlice) = data
	return nil
}

func (rawCodec) Name() string { return "raw" }

var _ encoding.CodecV2 = rawCodec{}

// grpcSend sends a message. gRPC keeps it for a while, so it is a copy, of the
// pool.
func grpcSend(s interface{ SendMsg(any) error }, body []byte) error {
	m := mem.BufferSlice{mem.Copy(body, mem.DefaultBufferPool())}
	return s.SendMsg(&m)
}

// grpcReceive calls f with a message, where it lies unless it comes in pieces.
func grpcReceive(s interface{ RecvMsg(any) error }, f func(body []byte)) error {
	var m mem.BufferSlice
	if err := s.RecvMsg(&m); err != nil {
		return err
	}
	whole := m.MaterializeToBuffer(mem.DefaultBufferPool())
	f(whole.ReadOnlyData())
	whole.Free()
	m.Free()
	return nil
}

func grpcReceiver() (string, func(n, size int) (int, error), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.InitialWindowSize(grpcWindow), grpc.InitialConnWindowSize(grpcWindow))
	t := taker{jobs: newJobs()}
	take, echo := grpcTake, grpcEcho
	take.Handler = func(_ any, s grpc.ServerStream) (err error) {
		for last := false; err == nil && !last; {
			err = grpcReceive(s, func(body []byte) { last = t.take(body) })
		}
		return grpcEnd(err)
	}
	echo.Handler = func(_ any, s grpc.ServerStream) (err error) {
		for err == nil {
			var failed error
			err = grpcReceive(s, func(body []byte) { failed = grpcSend(s, body) })
			err = errors.Join(err, failed)
		}
		return grpcEnd(err)
	}
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "bench", HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{take, echo}}, nil)
	go func() { must(s.Serve(ln)) }() // ends with the process
	return ln.Addr().String(), t.next, nil
}

// grpcEnd turns the end of a stream into that of its handler.
func grpcEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// grpcDial opens a connection and a stream.
func grpcDial(ctx context.Context, c *far, d grpc.StreamDesc) (s grpc.ClientStream, closes func()) {
	conn, err := grpc.NewClient("passthrough:///"+c.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})),
		grpc.WithInitialWindowSize(grpcWindow), grpc.WithInitialConnWindowSize(grpcWindow))
	must(err)
	s, err = conn.NewStream(ctx, &d, "/bench/"+d.StreamName)
	must(err)
	return s, func() { _ = conn.Close() }
}

func grpcSendAll(size int) func(n int) int {
	return func(n int) int {
		c := child("grpc")
		c.expect(n, size)
		s, closes := grpcDial(context.Background(), c, grpcTake)
		defer closes()
		body := message(size)
		for i := range n {
			number(body, i)
			must(grpcSend(s, body))
		}
		must(s.CloseSend())
		return c.result()
	}
}

func grpcTrips(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		s, closes := grpcDial(context.Background(), child("grpc"), grpcEcho)
		defer closes()
		body, clock := message(size), startClock(took)
		for i := range took {
			number(body, i)
			must(grpcSend(s, body))
			must(grpcReceive(s, func(body []byte) { sum += int(binary.LittleEndian.Uint64(body)) }))
			clock.lap()
		}
		must(s.CloseSend())
		return sum
	}
}
