package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/internal/netns"
)

// onHost opens a Python peer on a host, as a program would that knows nothing
// of it.
func onHost(t *testing.T, host *netns.Host, arguments args) *pythonPeer {
	t.Helper()
	interpreter(t)
	fields := args{"address": nil, "invisible": false}
	for name, value := range arguments {
		fields[name] = value
	}
	return start(t, host.Command).open(fields)
}

// around asks from a host who is around, in Go, and returns the answer without
// whoever asked.
func around(t *testing.T, host *netns.Host) []string {
	t.Helper()
	p := host.Start(t, "ask")
	p.Line(t) // where it listens
	found := strings.Fields(p.Line(t))
	p.Stop(t)
	return found
}

func TestPythonFindsGoPeersThatAreVisible(t *testing.T) {
	hosts := netns.New(t, 3)
	python := onHost(t, hosts[0], nil)
	same := hosts[0].Start(t, "announce").Line(t)
	other := hosts[1].Start(t, "announce").Line(t)
	hosts[2].Start(t, "announce", "invisible").Line(t)
	assert.True(t, strings.HasPrefix(other, hosts[1].Addr.String()+":"), other)

	found := python.localPeers()
	slices.Sort(found)
	assert.Equal(t, []string{same, other}, slices.Compact(found))
}

func TestGoFindsPythonPeersThatAreVisible(t *testing.T) {
	hosts := netns.New(t, 3)
	same, other := onHost(t, hosts[0], nil), onHost(t, hosts[1], nil)
	hidden := onHost(t, hosts[2], args{"invisible": true})
	assert.Equal(t, []string{same.address, other.address}, around(t, hosts[0]))

	hidden.set(args{"invisible": false})
	assert.Eventually(t, func() bool {
		return slices.Equal([]string{same.address, other.address, hidden.address}, around(t, hosts[0]))
	}, patience, 1)
}

func TestGoWatchesPythonPeersComeAndGo(t *testing.T) {
	hosts := netns.New(t, 2)
	watcher := hosts[0].Start(t, "watch")
	watcher.Line(t)
	python := onHost(t, hosts[1], args{"timeout": .3})
	assert.Equal(t, "found "+python.address, watcher.Line(t))
	python.stop()
	assert.Equal(t, "lost "+python.address, watcher.Line(t))
	watcher.Stop(t)
}

func TestGoAndPythonMeetWithoutKnowingOfEachOther(t *testing.T) {
	hosts := netns.New(t, 2)
	python := onHost(t, hosts[0], args{"echo": true})
	rx := hosts[1].Start(t, "exchange")
	own := rx.Line(t)
	assert.Equal(t, own, rx.Line(t), "the echo")
	python.connection().receives("'" + own + "'")
	rx.Stop(t)
}
