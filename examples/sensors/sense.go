package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

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

// sense is a peer that sends all who connect what it samples.
func sense(ctx context.Context, device string, sample sampler, every time.Duration, opts *peer.Options, out io.Writer) error {
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Fprintf(out, "%s samples every %v at %s\n", device, every, p.Addr())
	p.Connections().On(ctx, func(c *peer.Connection) { fmt.Fprintf(out, "%s wants to know\n", c) })

	return stream.Tick(every).Each(ctx, func(time.Time) error {
		for _, reading := range sample() {
			reading.Device = device
			_ = p.Broadcast(ctx, reading) // who is too slow gets the next one
		}
		return nil
	})
}

func reading(name, unit string, value float64) Reading {
	return Reading{Sensor: Sensor{Name: name, Unit: unit}, Value: value}
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
			r = append(r, reading(fmt.Sprintf("core %0*d", digits, i), "%", busy))
		}
		temperatures, _ := sensors.SensorsTemperatures() // the error is about some of them
		for _, t := range temperatures {
			if t.Temperature != 0 {
				r = append(r, reading(t.SensorKey, "°C", t.Temperature))
			}
		}
		return r
	}
}

// memory samples how full the memory is, and how many processes want to run.
func memory() (r []Reading) {
	if m, err := mem.VirtualMemory(); err == nil && m.Total > 0 {
		r = append(r, reading("used", "%", m.UsedPercent))
	}
	if s, err := mem.SwapMemory(); err == nil && s.Total > 0 {
		r = append(r, reading("swap", "%", s.UsedPercent))
	}
	if l, err := load.Avg(); err == nil {
		r = append(r, reading("load", "", l.Load1))
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
				reading(n.Name+" in", "B/s", (float64(n.BytesRecv)-float64(before[i].BytesRecv))/seconds),
				reading(n.Name+" out", "B/s", (float64(n.BytesSent)-float64(before[i].BytesSent))/seconds))
		}
		before, since = now, at
		return r
	}
}

func counters() []net.IOCountersStat {
	c, _ := net.IOCounters(true) // none: nothing to sample
	return c
}
