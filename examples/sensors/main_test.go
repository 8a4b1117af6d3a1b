package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	inmemory "github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is what a program prints. It calls enough with all of it.
type screen struct {
	mu     sync.Mutex
	text   strings.Builder
	enough func(text string)
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(b)
	if s.enough != nil {
		s.enough(s.text.String())
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// until returns a context that ends when the screen contains all words, and the
// screen.
func until(t *testing.T, words ...string) (context.Context, *screen) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	done, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	return done, &screen{enough: func(text string) {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return
			}
		}
		stop()
	}}
}

var aRow = regexp.MustCompile(`(?m)^(processor|memory|network|\S+) \S.* +\d+\.\d/s   mean +\S.*   min +\S.*   max +\S.*$`)

func TestTheDemoShowsWhatThisMachineMeasures(t *testing.T) {
	ctx, out := until(t, "memory used")
	s := settings{role: "demo", every: 20 * time.Millisecond, window: 2 * time.Second}
	require.NoError(t, run(ctx, s, out))
	assert.True(t, strings.HasPrefix(out.String(), "looking for sensors …\n"), out)
	assert.Regexp(t, aRow, out)
}

func TestThePartsFindEachOther(t *testing.T) {
	port, err := freePort()
	require.NoError(t, err)
	loopback := func(role string) settings {
		return settings{role: role, port: port, every: 20 * time.Millisecond, window: time.Second, loopback: true}
	}
	sensing, stop := context.WithCancel(t.Context())
	sensor := &screen{}
	sensed := make(chan error, 1)
	go func() { sensed <- run(sensing, loopback("sensor"), sensor) }() // ends with sensing

	ctx, out := until(t, deviceName()+" used")
	require.NoError(t, run(ctx, loopback("aggregator"), out))
	stop()
	require.NoError(t, <-sensed)
	assert.Regexp(t, aRow, out)
	assert.Contains(t, sensor.String(), " samples every 20ms at 127.0.0.1:")
	assert.Contains(t, sensor.String(), " wants to know\n")
}

func TestAnUnknownRoleIsAnError(t *testing.T) {
	assert.EqualError(t, run(t.Context(), settings{role: "spy"}, &screen{}), `no role "spy": choose demo, sensor or aggregator`)
}

func TestAMachineWithoutDataIsNoFailure(t *testing.T) {
	for _, name := range []string{"HOST_PROC", "HOST_SYS"} {
		t.Setenv(name, t.TempDir())
	}
	sample := everything()
	for range 3 {
		for _, r := range sample() {
			assert.True(t, Sensor{"device", r.Name, r.Unit}.valid())
		}
	}
}

// TestAggregateDescribesTheLastSeconds runs the pipeline in virtual time, over
// a network in memory.
func TestAggregateDescribesTheLastSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := inmemory.New(nil)
		at := func(host string) *peer.Options {
			return &peer.Options{Name: host, Network: lan.Host(host), Address: host + ":1", NoDiscovery: true}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5300*time.Millisecond)
		defer cancel()
		var parts sync.WaitGroup
		sensor := func(host string, sample sampler) {
			parts.Go(func() { _ = sense(ctx, sample, 100*time.Millisecond, at(host), &screen{}) })
		}
		n := 0.0
		sensor("kitchen", func() []Reading {
			n++
			return []Reading{{"rising", "%", n}, {"", "", 0}, {"\x1b[2J", "", 0}}
		})
		sensor("garden", func() []Reading { return []Reading{{"still", "°C", 7}} })
		synctest.Wait()

		p, err := peer.Open(ctx, at("hall"))
		require.NoError(t, err)
		rows := make(map[Sensor][]Row)
		err = aggregate(p, peer.Static("kitchen:1", "garden:1", "nobody:1"), 2*time.Second).Each(ctx, func(r Row) error {
			rows[r.Sensor] = append(rows[r.Sensor], r)
			return nil
		})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, p.Close())
		parts.Wait()

		require.Len(t, rows, 2)
		rising := rows[Sensor{"kitchen", "rising", "%"}]
		require.GreaterOrEqual(t, len(rising), 4)
		last := rising[len(rising)-1]
		assert.Equal(t, 10.0, last.Rate)
		assert.Equal(t, 20, last.Count)
		assert.Equal(t, 19.0, last.Max-last.Min)
		assert.Equal(t, (last.Max+last.Min)/2, last.Mean)
		still := rows[Sensor{"garden", "still", "°C"}]
		require.GreaterOrEqual(t, len(still), 4)
		assert.Equal(t, operators.Summary{Count: 20, Mean: 7, Min: 7, Max: 7}, still[len(still)-1].Summary)
	})
}

func row(device, name, unit string, mean float64) Row {
	return Row{Sensor{device, name, unit}, 5, operators.Summary{Count: 25, Mean: mean, Min: mean / 2, Max: mean * 2}}
}

func TestTheTableFitsTheTerminal(t *testing.T) {
	tab := newTable(&screen{}, 5*time.Second)
	tab.rows = make(map[Sensor]Row)
	for _, r := range []Row{
		row("processor", "core 1", "%", 12.34), row("memory", "load", "", 1), row("network", "wlan0 in", "B/s", 1234567),
		row("processor", "core 0", "%", 50), row("kitchen", "coretemp_überlang_package_id_0_input", "°C", 45),
	} {
		tab.rows[r.Sensor] = r
	}
	show := func(width, height int) string { return "\n" + strings.Join(tab.lines(width, height), "\n") }
	assert.Equal(t, `
5 sensors of 4 devices, the last 5s; Ctrl-C ends
SENSOR                                  RATE        MEAN         MIN         MAX
kitchen coretemp_überlang_packa…       5.0/s     45.0 °C     22.5 °C     90.0 °C
memory load                            5.0/s        1.00        0.50        2.00
network wlan0 in                       5.0/s    1.2 MB/s  617.3 kB/s    2.5 MB/s
processor core 0                       5.0/s      50.0 %      25.0 %     100.0 %
processor core 1                       5.0/s      12.3 %       6.2 %      24.7 %`, show(99, 24))
	assert.Equal(t, `
5 sensors of 4 devices, the last 5s; Ctrl-C ends
SENSOR                         MEAN         MIN         MAX
kitchen coretemp_überl…     45.0 °C     22.5 °C     90.0 °C
memory load                    1.00        0.50        2.00
… and 3 more`, show(59, 5))
	assert.Equal(t, `
5 sensors of 4 devices, the las…
SENSOR                      MEAN
kitchen coretemp_üb…     45.0 °C
memory load                 1.00
network wlan0 in        1.2 MB/s
processor core 0          50.0 %
processor core 1          12.3 %`, show(32, 9))
	for width := range 100 {
		for height := 3; height < 12; height++ {
			lines := tab.lines(width, height)
			assert.LessOrEqual(t, len(lines), height)
			for _, line := range lines {
				assert.LessOrEqual(t, len([]rune(line)), width)
			}
		}
	}
}

func TestTheTableIsRedrawnInPlace(t *testing.T) {
	var out strings.Builder
	tab := newTable(&out, 5*time.Second)
	tab.size = func() (int, int, error) { return 31, 24, nil }
	require.NoError(t, tab.show([]Row{row("a", "b", "", 1)}))
	require.NoError(t, tab.show([]Row{row("a", "b", "", 2), row("a", "c", "", 3)}))
	require.NoError(t, tab.show([]Row{{Sensor: Sensor{"a", "c", ""}}}))
	k := "\x1b[K\n"
	header := func(n int) string {
		return fmt.Sprintf("%d sensors of 1 devices, the l…%sSENSOR                    MEAN%s", n, k, k)
	}
	assert.Equal(t, "looking for sensors …\n"+
		"\x1b[1A"+header(1)+"a b                       1.00"+k+"\x1b[J"+
		"\x1b[3A"+header(2)+"a b                       2.00"+k+"a c                       3.00"+k+"\x1b[J"+
		"\x1b[4A"+header(1)+"a b                       2.00"+k+"\x1b[J", out.String())
}

func TestElsewhereTheTableIsPrintedLineByLine(t *testing.T) {
	var out strings.Builder
	tab := newTable(&out, 5*time.Second)
	require.NoError(t, tab.show([]Row{row("a", "c", "B/s", 999), row("a", "b", "%", 2), {Sensor: Sensor{"a", "d", ""}}}))
	assert.Equal(t, `looking for sensors …
a b                        5.0/s   mean       2.0 %   min       1.0 %   max       4.0 %
a c                        5.0/s   mean   999.0 B/s   min   499.5 B/s   max    2.0 kB/s
a d                      silent
`, out.String())
}
