package peer

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Handle gives a function a name under which every connected peer can call it with
// [Call]. Calls run at the same time, up to ExposeOptions.Limit of them; further
// ones fail with [ErrBusy]. A function whose last calls were over within microseconds
// is called by the goroutine that reads the connection, which another one replaces
// within 20 ms if a call takes longer; otherwise each call has a goroutine of its own.
// ctx ends when the caller does not wait any more, and with the Exposure and the
// connection; [Caller] tells whose call it is.
//
// An error of f reaches the caller as a *[RemoteError], with its text; see
// Options.Errors. So does a panic. Errors of Handle, and the life of the Exposure,
// are those of [Expose].
func Handle[Q, R any](p *Peer, name string, f func(ctx context.Context, q Q) (R, error), opts *ExposeOptions) (*Exposure, error) {
	opt := opts.orDefault()
	what := described[Q](KindHandler, name, opt)
	what.Reply, what.Codec = cmp.Or(opt.Reply, TypeName[R]()), cmp.Or(opt.Codec, naturalOf[Q, R]())
	if _, err := newHandler(p, f, what.Codec); err != nil {
		return nil, &Error{Op: "expose", Peer: name, Err: err}
	}
	return p.expose(what, &opt, func(s *served) error {
		handle, err := newHandler(p, f, cmp.Or(codec.Type(s.req.Codec), what.Codec))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrType, err)
		}
		return serveCalls(s, handle)
	})
}

// naturalOf returns the codec of calls for which nobody has chosen one.
func naturalOf[Q, R any]() codec.Type {
	if t := natural[Q](); t == natural[R]() {
		return t
	}
	return DefaultDataType
}

// Caller returns the connection on which the function of [Handle] that got ctx
// was called, nil for other contexts.
func Caller(ctx context.Context) *Connection {
	c, _ := ctx.Value(callerKey{}).(*Connection)
	return c
}

type callerKey struct{}

// handler decodes an argument, and returns what calls the function with it and
// appends the result to dst.
type handler func(body []byte) (call func(ctx context.Context, dst []byte) ([]byte, error), err error)

func newHandler[Q, R any](p *Peer, f func(context.Context, Q) (R, error), t codec.Type) (handler, error) {
	decode, err := decoderOf[Q](p, t)
	if err != nil {
		return nil, err
	}
	encode, err := encoderOf[R](p, t)
	if err != nil {
		return nil, err
	}
	return func(body []byte) (func(context.Context, []byte) ([]byte, error), error) {
		q, err := decode(body)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, dst []byte) ([]byte, error) {
			r, err := f(ctx, q)
			if err != nil {
				return dst, err
			}
			return encode(dst, r)
		}, nil
	}, nil
}

// serveCalls handles the calls on a stream, until it ends.
func serveCalls(s *served, handle handler) error {
	ctx, cancel := context.WithCancel(context.WithValue(s.ctx, callerKey{}, s.conn))
	defer cancel()
	c := &calls{
		served: s, way: s.st.Way(codec.Bytes), handle: handle, ctx: ctx,
		running: make(map[uint64]*callContext), done: make(chan error, 1),
	}
	if run := s.st.Messages().Attach(s.ctx, c); run != nil {
		run()
	}
	err := <-c.done
	if err != nil {
		cancel() // nobody waits for those that run
	}
	c.work.Wait()
	return err
}

// calls is the stream of one caller.
type calls struct {
	*served
	way    transport.Way
	handle handler
	ctx    context.Context // of all of them
	work   sync.WaitGroup
	done   chan error

	mu      sync.Mutex
	running map[uint64]*callContext
	open    int // that run, or whose replies are not on their way yet
	pace    pace
	here    bool // one runs on the goroutine that reads, or that did so
}

// room reports whether the caller reads enough replies to be given another one.
func (c *calls) room() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if each := c.of.places.each; each >= 0 && c.open >= each+mostCalls {
		return fmt.Errorf("%w: %d replies that are not read", ErrBusy, c.open)
	}
	return nil
}

func (c *calls) Next(m *transport.Message) bool {
	id, what, body, err := request.ParseCall(m.Body)
	switch {
	case err != nil:
		c.invalid(m, err)
		return false
	case what == request.CallCancel:
		c.mu.Lock()
		ctx := c.running[id]
		c.mu.Unlock()
		if ctx != nil {
			ctx.end()
		}
		return true
	case what != request.CallBegin:
		return true // of a later version
	}
	if c.ctx.Err() != nil { // the stream is about to end, because of that
		c.reply(id, nil, context.Cause(c.ctx))
		return false
	}
	call, err := c.handle(body)
	if err != nil {
		c.invalid(m, err)
		c.reply(id, nil, fmt.Errorf("%w: %w", ErrType, err))
		return true
	}
	if err = c.room(); err == nil {
		err = c.of.places.take(c.conn)
	}
	if err != nil {
		c.reply(id, nil, err)
		return true
	}
	ctx := &callContext{Context: c.ctx}
	here, ok := c.begin(id, ctx)
	if !ok {
		c.of.places.leave(c.conn)
		c.invalid(m, request.ErrMalformed)
		return false
	}
	if here && c.st.Yield() {
		c.run(ctx, id, here, call)
	} else {
		go c.run(ctx, id, here, call) // ends with the function
	}
	return true
}

// begin notes a call that runs, unless there is one of that number. here says that
// it should run on this goroutine.
func (c *calls) begin(id uint64, ctx *callContext) (here, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, twice := c.running[id]; twice {
		return false, false
	}
	c.running[id] = ctx
	c.open++
	c.work.Add(1)
	here = !c.here && c.pace.quick() // or one takes so long that another goroutine has come
	c.here = c.here || here
	return here, true
}

// invalid notes a message that makes no sense.
func (c *calls) invalid(m *transport.Message, err error) {
	c.conn.report(&Fault{Name: c.req.Name, Type: m.Type, Size: len(m.Body), Err: err})
}

func (c *calls) Done(err error) { c.done <- err }

// buffers are for the messages of calls.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// run calls the function, and replies.
func (c *calls) run(ctx *callContext, id uint64, here bool, call func(context.Context, []byte) ([]byte, error)) {
	defer c.work.Done()
	began := time.Now()
	buf := buffers.Get().(*[]byte)
	var err error
	returned := false
	defer func() {
		if !returned { // the connection must not suffer from a panic
			v := recover()
			panicked := &stream.PanicError{Value: v, Goexit: v == nil, Stack: debug.Stack()}
			err = panicked
			c.conn.peer.log.Error("panic in a handler", "name", c.req.Name, "err", panicked, "stack", string(panicked.Stack))
		}
		c.mu.Lock()
		delete(c.running, id)
		c.pace.took(time.Since(began), quickCall)
		c.here = c.here && !here
		c.mu.Unlock()
		ctx.end()
		c.of.places.leave(c.conn)
		c.reply(id, buf, err)
		c.mu.Lock()
		c.open--
		c.mu.Unlock()
	}()
	*buf, err = call(ctx, request.AppendCall((*buf)[:0], id, request.CallResult))
	returned = true
}

// mostText is how much of a failure's text the caller gets, as at the end of a
// stream.
const mostText = 1024

// reply sends the result that is in buf, or an error, and gives buf back.
func (c *calls) reply(id uint64, buf *[]byte, err error) {
	if buf == nil {
		buf = buffers.Get().(*[]byte)
	}
	if err == nil {
		err = c.way.Send(c.ctx, *buf)
		if _, large := err.(*transport.LimitError); !large {
			err = nil // nobody is there any more
		}
	}
	if err != nil {
		remote := c.conn.peer.toWire(err)
		*buf = request.AppendCall((*buf)[:0], id, request.CallFailed)
		*buf = request.AppendFailure(*buf, uint32(remote.Code), remote.Text[:min(len(remote.Text), mostText)])
		_ = c.way.Send(c.ctx, *buf) // as above
	}
	if cap(*buf) <= mostKept {
		buffers.Put(buf)
	}
}
