package stream

import "context"

// direct serves Chan with a channel that is the queue itself.
func (o Observable[T]) direct(ctx context.Context, p Policy) (<-chan T, func() error) {
	s := new(Subscription)
	c := &chanObserver[T]{ctx: ctx, values: make(chan T, p.Capacity()), policy: p, drops: &s.scope.drops}
	if run := attachGuarded(ctx, o, c, s); run != nil {
		go run() // ends after Done, or when the source goes on by itself
	}
	return c.values, func() error {
		<-s.ended()
		return c.why(s.err)
	}
}

// chanObserver delivers into a channel, dropping as the policy says.
type chanObserver[T any] struct {
	ctx      context.Context
	values   chan T
	policy   Policy
	drops    *dropCounter
	overflow bool
	Patience
}

func (c *chanObserver[T]) why(err error) error {
	switch {
	case c.overflow:
		return ErrOverflow
	case err == ErrStopped && c.ctx.Err() != nil:
		return context.Cause(c.ctx) // which is why Next wanted no more
	}
	return err
}

func (c *chanObserver[T]) Next(v T) bool {
	for {
		select {
		case c.values <- v:
			return true
		default:
		}
		switch c.policy.kind {
		case KindDropOldest:
			select {
			case oldest := <-c.values:
				c.drop(oldest)
			default: // the reader was faster
			}
		case KindDropNewest:
			c.drop(v)
			return true
		case KindFailWhenFull:
			c.drop(v)
			c.overflow = true
			return false
		case KindBlock:
			return c.wait(v)
		}
	}
}

// wait sends v when there is room, within the patience of the source.
func (c *chanObserver[T]) wait(v T) bool {
	if c.limit == noPatience {
		c.drop(v)
		return true
	}
	var limit <-chan struct{}
	if c.limit != nil {
		limit = c.limit.Done()
	}
	select {
	case c.values <- v:
		return true
	case <-limit:
		c.drop(v)
		return true
	case <-c.ctx.Done():
		return false
	}
}

func (c *chanObserver[T]) drop(v T) {
	c.missed = true
	c.drops.add(1)
	if c.policy.onDrop != nil {
		c.policy.onDrop(v)
	}
}

func (c *chanObserver[T]) Done(error) { close(c.values) }

// pump serves Chan with a queue and a goroutine that empties it.
func (o Observable[T]) pump(ctx context.Context, p Policy) (<-chan T, func() error) {
	values, over := make(chan T), make(chan struct{})
	q := NewQueue[T](ctx, p)
	s := o.Subscribe(ctx, q)
	go func() { // ends with the stream, or with ctx
		defer close(over)
		defer close(values)
		for {
			v, ok := q.Take()
			if !ok {
				return
			}
			select {
			case values <- v:
			case <-ctx.Done():
			}
		}
	}()
	return values, func() error {
		<-over
		<-s.ended()
		return q.Err()
	}
}
