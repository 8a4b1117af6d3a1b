package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/sensors"
)

// sampler returns what a device measures now. What cannot be measured, on this
// machine or in this container, is left out.
type sampler func() []Reading

// sense is a peer that lets all who want to know subscribe to what it samples.
func sense(ctx context.Context, sample sampler, every time.Duration, opts *peer.Options, out io.Writer) error {
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer p.Close()
	readings := operators.ConcatMap(stream.Tick(every), func(time.Time) stream.Observable[Reading] { return stream.Of(sample()...) })
	// All share one sampler, and nobody waits for those who are too slow.
	fresh := stream.DropOldest(stream.DefaultQueue)
	if _, err = peer.Expose(p, "readings", readings, &peer.ExposeOptions{Shared: true, Policy: &fresh}); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s samples every %v at %s\n", opts.Name, every, p.Addr())
	return p.StreamOffers().Each(ctx, func(o *peer.StreamOffer) error {
		_, err := fmt.Fprintf(out, "%s wants to know\n", o.Connection())
		return err
	})
}

// everything samples all that the parts of the demo do.
func everything() sampler {
	all := []sampler{processor(), memory, network()}
	return func() (r []Reading) {
		for _, sample := range all {
			r = append(r, sample()...)
		}
		return r
	}
}

// processor samples how busy each core is, and how hot.
func processor() sampler {
	_, _ = cpu.Percent(0, true) // each call measures since the last one
	return func() (r []Reading) {
		cores, _ := cpu.Percent(0, true)
		digits := len(fmt.Sprint(len(cores) - 1))
		for i, busy := range cores {
			r = append(r, Reading{fmt.Sprintf("core %0*d", digits, i), "%", busy})
		}
		temperatures, _ := sensors.SensorsTemperatures() // the error is about some of them
		for _, t := range temperatures {
			if t.Temperature != 0 {
				r = append(r, Reading{t.SensorKey, "°C", t.Temperature})
			}
		}
		return r
	}
}

// memory samples how full the memory is, and how many processes want to run.
func memory() (r []Reading) {
	if m, err := mem.VirtualMemory(); err == nil && m.Total > 0 {
		r = append(r, Reading{"used", "%", m.UsedPercent})
	}
	if s, err := mem.SwapMemory(); err == nil && s.Total > 0 {
		r = append(r, Reading{"swap", "%", s.UsedPercent})
	}
	if l, err := load.Avg(); err == nil {
		r = append(r, Reading{"load", "", l.Load1})
	}
	return r
}

// network samples how fast each interface receives and sends.
func network() sampler {
	before, since := counters(), time.Now()
	return func() (r []Reading) {
		now, at := counters(), time.Now()
		seconds := at.Sub(since).Seconds()
		for _, n := range now {
			i := slices.IndexFunc(before, func(b net.IOCountersStat) bool { return b.Name == n.Name })
			if i < 0 || n.BytesRecv+n.BytesSent == 0 || seconds <= 0 {
				continue
			}
			r = append(r,
				Reading{n.Name + " in", "B/s", (float64(n.BytesRecv) - float64(before[i].BytesRecv)) / seconds},
				Reading{n.Name + " out", "B/s", (float64(n.BytesSent) - float64(before[i].BytesSent)) / seconds})
		}
		before, since = now, at
		return r
	}
}

func counters() []net.IOCountersStat {
	c, _ := net.IOCounters(true) // none: nothing to sample
	return c
}
