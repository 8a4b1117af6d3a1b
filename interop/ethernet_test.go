package interop

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/internal/netns"
)

// ethernet returns two hosts that send each packet of 1500 bytes by itself, as
// a wire has them, at rate as tc-tbf(8) words it; "" is as fast as can be.
func ethernet(t *testing.T, rate string) []*netns.Host {
	t.Helper()
	hosts := netns.New(t, 2)
	for _, h := range hosts {
		h.IP(t, "link", "set", "eth0", "gso_max_segs", "1")
		if rate == "" {
			continue
		}
		shape := h.Command(t.Context(), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "3kb", "latency", "500ms")
		if out, err := shape.CombinedOutput(); err != nil {
			t.Logf("as fast as can be instead of at %s: %v: %s", rate, err, out)
		}
	}
	return hosts
}

// A body that needs several packets arrives bit by bit, and Python takes what
// is there for the whole (docs/protocol.md, section 4): whether it is intact
// is a race between Python and the network, however it is paced. What fits
// into one packet with its header is safe on any network.
func TestBodiesForPythonOverEthernet(t *testing.T) {
	const count, packet = 100, 1320
	for _, rate := range []string{"", "100mbit", "20mbit"} {
		for _, size := range []int{1, 129, 1000, packet, 8192, 8193, 1 << 20} {
			if rate != "" && size > 8193 {
				continue // the figure would be nothing new
			}
			t.Run(fmt.Sprintf("of %d bytes at rate %q", size, rate), func(t *testing.T) {
				hosts := ethernet(t, rate)
				python := onHost(t, hosts[0], nil)
				sender := hosts[1].Start(t, "send", python.address, strconv.Itoa(count), strconv.Itoa(size))
				sender.Line(t)
				intact := intact(python.connection().received(), size)
				t.Logf("over a veth of 1500 bytes, rate %q: %d of %d bodies of %d bytes arrived intact in Python", rate, intact, count, size)
				if size <= packet {
					assert.Equal(t, count, intact)
				}
			})
		}
	}
}

func TestBodiesOfPythonOverEthernet(t *testing.T) {
	const count = 100
	for _, size := range []int{1, 1400, 8192, 8193, 64 << 10, 1 << 20} {
		t.Run(fmt.Sprintf("of %d bytes", size), func(t *testing.T) {
			hosts := ethernet(t, "")
			python := onHost(t, hosts[0], nil)
			receiver := hosts[1].Start(t, "receive", strconv.Itoa(count), strconv.Itoa(size))
			c := python.connect(receiver.Line(t), args{"data_type": "bytes"})
			sizes := make([]int, count)
			for i := range sizes {
				sizes[i] = size
			}
			c.sendMany(sizes)
			assert.Equal(t, strconv.Itoa(count), receiver.Line(t), "intact in Go")
			receiver.Stop(t)
		})
	}
}
