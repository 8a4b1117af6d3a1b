package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/reactivex/rxgo/v2"
	"github.com/reugn/go-streams/extension"
	"github.com/reugn/go-streams/flow"
	"github.com/samber/ro"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// queueSize is that of all asynchronous boundaries.
const queueSize = 256

// adder is a subscriber.
type adder struct{ sum int }

func (a *adder) Next(v int) bool {
	a.sum += v
	return true
}

func (*adder) Done(error) {}

// adders are the subscribers of one fan-out.
type adders []adder

func (a adders) sum() (total int) {
	for i := range a {
		total += a[i].sum
	}
	return total
}

// deliveries returns the result of a fan-out with so many deliveries.
func deliveries(subscribers int) func(n int) int {
	return func(n int) int { return subscribers * triangle(n/subscribers) }
}

// direct is the fan-out on the emitter's goroutine.
func direct(subscribers int) scenario {
	return scenario{
		name:  fmt.Sprintf("FanOut%d", subscribers),
		title: fmt.Sprintf("One hot source to %d: called directly", subscribers),
		about: "Subscribers are called on the goroutine that emits. The time is that of one delivery.",
		unit:  "delivery",
		want:  deliveries(subscribers),
		candidates: []candidate{
			{name: "a loop over callbacks", run: func(n int) int { return fanOutLoop(subscribers, n) }},
			{name: ours, run: func(n int) int { return fanOutShare(subscribers, n, plain) }},
			{name: "rxpeer, a Subject", run: func(n int) int { return fanOutSubject(subscribers, n, plain) }},
			{name: "samber/ro", run: func(n int) int { return fanOutRo(subscribers, n, false) }},
		},
	}
}

// boundaries is the fan-out with a goroutine for each subscriber.
func boundaries(subscribers int) scenario {
	return scenario{
		name:  fmt.Sprintf("FanOutAsync%d", subscribers),
		title: fmt.Sprintf("One hot source to %d: a queue of %d and a goroutine each", subscribers, queueSize),
		about: "Nothing is lost: the source waits for those whose queue is full. The time is that of one delivery.",
		unit:  "delivery",
		want:  deliveries(subscribers),
		candidates: []candidate{
			{name: ours, run: func(n int) int { return fanOutShare(subscribers, n, buffered) }},
			{name: "rxpeer, a Subject", run: func(n int) int { return fanOutSubject(subscribers, n, buffered) }},
			{name: "channels", run: func(n int) int { return fanOutChannels(subscribers, n) }},
			{name: "samber/ro, called directly", run: func(n int) int { return fanOutRo(subscribers, n, false) }},
			{name: "samber/ro", run: func(n int) int { return fanOutRo(subscribers, n, true) }},
			{name: "RxGo", run: func(n int) int { return fanOutRxGo(subscribers, n) }},
			{name: "go-streams", run: func(n int) int { return fanOutGoStreams(subscribers, n) }},
		},
	}
}

func fanOutLoop(subscribers, n int) int {
	all := make(adders, subscribers)
	var callbacks []func(int) bool
	for i := range all {
		callbacks = append(callbacks, opaque(all[i].Next))
	}
	for i := range n / subscribers {
		for _, next := range callbacks {
			next(i)
		}
	}
	return all.sum()
}

func plain(o stream.Observable[int]) stream.Observable[int] { return o }

func buffered(o stream.Observable[int]) stream.Observable[int] {
	return operators.Buffer(o, stream.Block(queueSize))
}

// fanOutShare shares a hot source.
func fanOutShare(subscribers, n int, each func(stream.Observable[int]) stream.Observable[int]) int {
	s := stream.NewPublish[int](nil)
	return fanOut(subscribers, n, s, each(operators.Share(s.AsObservable())))
}

func fanOutSubject(subscribers, n int, each func(stream.Observable[int]) stream.Observable[int]) int {
	s := stream.NewPublish[int](nil)
	return fanOut(subscribers, n, s, each(s.AsObservable()))
}

// fanOut subscribes to o, and emits into s.
func fanOut(subscribers, n int, s *stream.Subject[int], o stream.Observable[int]) int {
	all := make(adders, subscribers)
	var subs []*stream.Subscription
	for i := range all {
		subs = append(subs, o.Subscribe(context.Background(), &all[i]))
	}
	for i := range n / subscribers {
		_ = s.Emit(context.Background(), i)
	}
	s.Complete()
	for _, sub := range subs {
		_ = sub.Wait(context.Background())
	}
	return all.sum()
}

func fanOutChannels(subscribers, n int) int {
	all := make(adders, subscribers)
	var channels []chan int
	var running sync.WaitGroup
	for i := range all {
		c := make(chan int, queueSize)
		channels = append(channels, c)
		running.Go(func() { // ends with its channel
			for v := range c {
				all[i].Next(v)
			}
		})
	}
	for i := range n / subscribers {
		for _, c := range channels {
			c <- i
		}
	}
	for _, c := range channels {
		close(c)
	}
	running.Wait()
	return all.sum()
}

func fanOutRo(subscribers, n int, async bool) int {
	all := make(adders, subscribers)
	s := ro.NewPublishSubject[int]()
	o := s.AsObservable()
	if async {
		o = ro.Pipe1(o, ro.ObserveOn[int](queueSize))
	}
	var running sync.WaitGroup
	running.Add(subscribers)
	for i := range all {
		o.Subscribe(ro.NewObserver(func(v int) { all[i].sum += v }, func(error) {}, running.Done))
	}
	for i := range n / subscribers {
		s.Next(i)
	}
	s.Complete()
	running.Wait()
	return all.sum()
}

func fanOutRxGo(subscribers, n int) int {
	all := make(adders, subscribers)
	in := make(chan rxgo.Item, queueSize)
	o := rxgo.FromChannel(in, rxgo.WithPublishStrategy(), rxgo.WithBufferedChannel(queueSize))
	var running sync.WaitGroup
	for i := range all {
		done := o.ForEach(func(v any) { all[i].sum += v.(int) }, func(error) {}, func() {})
		running.Go(func() { <-done }) // ends with the source
	}
	o.Connect(context.Background())
	for i := range n / subscribers {
		in <- rxgo.Of(i)
	}
	close(in)
	running.Wait()
	return all.sum()
}

func fanOutGoStreams(subscribers, n int) int {
	all := make(adders, subscribers)
	in := make(chan any, queueSize)
	var running sync.WaitGroup
	for i, branch := range flow.FanOut(extension.NewChanSource(in), subscribers) {
		running.Go(func() { // ends with the source
			for v := range branch.Out() {
				all[i].sum += v.(int)
			}
		})
	}
	for i := range n / subscribers {
		in <- i
	}
	close(in)
	running.Wait()
	return all.sum()
}
