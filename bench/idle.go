package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// The comparison of memory has two processes: a child holds one end of many
// connections and is asked how much memory it has. This one has the other ends.

// idleGoal is what a connection should take at most, in bytes.
const idleGoal = 6000

// footprint is the memory of a process, in bytes, but for the last field.
type footprint struct {
	Resident   float64 // as the system sees it
	Objects    float64 // live ones on the heap
	Unused     float64 // in spans of the heap that have objects
	Stacks     float64
	Runtime    float64 // its own tables
	Goroutines float64 // a number
}

// classes are the metrics that a footprint is made of.
var classes = []struct {
	name string
	of   func(*footprint) *float64
}{
	{"/memory/classes/heap/objects:bytes", func(f *footprint) *float64 { return &f.Objects }},
	{"/memory/classes/heap/unused:bytes", func(f *footprint) *float64 { return &f.Unused }},
	{"/memory/classes/heap/stacks:bytes", func(f *footprint) *float64 { return &f.Stacks }},
	{"/memory/classes/os-stacks:bytes", func(f *footprint) *float64 { return &f.Stacks }},
	{"/memory/classes/metadata/mcache/free:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/metadata/mcache/inuse:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/metadata/mspan/free:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/metadata/mspan/inuse:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/metadata/other:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/other:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/memory/classes/profiling/buckets:bytes", func(f *footprint) *float64 { return &f.Runtime }},
	{"/sched/goroutines:goroutines", func(f *footprint) *float64 { return &f.Goroutines }},
}

// measureFootprint collects garbage, gives it back, and looks.
func measureFootprint() (f footprint, err error) {
	debug.FreeOSMemory()
	debug.FreeOSMemory() // what finalizers and pools held on to
	samples := make([]metrics.Sample, len(classes))
	for i, c := range classes {
		samples[i].Name = c.name
	}
	metrics.Read(samples)
	for i, c := range classes {
		*c.of(&f) += float64(samples[i].Value.Uint64())
	}
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return f, err
	}
	m, err := p.MemoryInfo()
	if err != nil {
		return f, err
	}
	f.Resident = float64(m.RSS)
	return f, nil
}

// each returns what is more than before, divided by a number of connections.
func (f footprint) each(before footprint, connections int) footprint {
	n := float64(connections)
	return footprint{
		(f.Resident - before.Resident) / n, (f.Objects - before.Objects) / n, (f.Unused - before.Unused) / n,
		(f.Stacks - before.Stacks) / n, (f.Runtime - before.Runtime) / n, (f.Goroutines - before.Goroutines) / n,
	}
}

// other is what is resident and none of the others.
func (f footprint) other() float64 {
	return f.Resident - f.Objects - f.Unused - f.Stacks - f.Runtime
}

// holders are the children that hold connections, by name. Each listens, takes
// what comes and answers every message with the same.
var holders = map[string]func() (address string, err error){
	"plain idle":  plainIdle,
	"rxpeer idle": rxpeerIdle,
}

// hold is the program of such a child: it prints its address, and for each line
// its footprint.
func hold(serve func() (string, error)) error {
	address, err := serve()
	if err != nil {
		return err
	}
	fmt.Println(address)
	for {
		var question string
		if _, err := fmt.Scanln(&question); err != nil {
			return nil // the end
		}
		f, err := measureFootprint()
		if err != nil {
			return err
		}
		answer, err := json.Marshal(f)
		if err != nil {
			return err
		}
		fmt.Println(string(answer))
	}
}

// footprint asks a child.
func (f *far) footprint() (p footprint) {
	_, err := io.WriteString(f.in, "footprint\n")
	must(err)
	must(json.Unmarshal([]byte(f.line()), &p))
	return p
}

// memory is the section of the page about idle connections.
type memory struct {
	connections int
	settle      time.Duration
	ends        []idleEnds
}

// idleEnds is what a connection takes at one end.
type idleEnds struct {
	name        string
	idle, later footprint // later: after traffic
}

// measureMemory measures both.
func measureMemory(connections int, settle time.Duration) (memory, error) {
	m := memory{connections: connections, settle: settle}
	if err := allowFiles(connections); err != nil {
		return m, err
	}
	for _, k := range []struct {
		name, kind string
		dial       func(address string, i int) idleEnd
	}{
		{"plain Go", "plain idle", plainIdleDial},
		{ours, "rxpeer idle", rxpeerIdleDial},
	} {
		m.ends = append(m.ends, m.measure(k.name, k.kind, k.dial))
	}
	return m, nil
}

// idleEnd is this process's end of a connection. exchange sends idleMessages and
// waits for as many answers.
type idleEnd struct {
	exchange func(body []byte)
	close    func()
}

// The traffic on every connection.
const (
	idleMessages = 16
	idleSize     = 1 << 10
)

func (m memory) measure(name, kind string, dial func(string, int) idleEnd) idleEnds {
	c := child(kind)
	defer stopChild(kind)
	before := c.footprint()
	var ends []idleEnd
	for i := range m.connections {
		end := dial(c.address, i)
		ends = append(ends, end)
		defer end.close()
	}
	time.Sleep(m.settle)
	result := idleEnds{name: name, idle: c.footprint().each(before, m.connections)}
	body := message(idleSize)
	for _, end := range ends {
		end.exchange(body)
	}
	time.Sleep(m.settle)
	result.later = c.footprint().each(before, m.connections)
	return result
}

func (memory) heading() string { return "Memory of an idle connection" }

func (m memory) introduction() string {
	return fmt.Sprintf("Two processes, %d connections on loopback TCP, each with a subscriber: how much more resident memory one end has than "+
		"without them, divided by their number. \"Idle\" is when they stand; \"after traffic\" is %v after %d messages of %s each way on every one. "+
		"Garbage is collected and given back before. Live objects, the room between them, stacks and the runtime's own tables are what the "+
		"runtime tells; the rest is the difference. The plain program has a goroutine for each connection, which waits without a buffer. "+
		"The figures are bytes.", m.connections, m.settle, idleMessages, bytesText(idleSize))
}

func (m memory) rows() [][]string {
	rows := [][]string{{"", "resident", "live objects", "room between", "stacks", "runtime", "rest", "goroutines"}}
	for _, e := range m.ends {
		for _, state := range []struct {
			name string
			footprint
		}{{"", e.idle}, {", after traffic", e.later}} {
			f := state.footprint
			row := []string{e.name + state.name}
			for _, bytes := range []float64{f.Resident, f.Objects, f.Unused, f.Stacks, f.Runtime, f.other()} {
				row = append(row, fmt.Sprintf("%.0f", math.Round(bytes)+0)) // never -0
			}
			rows = append(rows, append(row, fmt.Sprintf("%.2f", f.Goroutines)))
		}
	}
	return rows
}

func (m memory) checks() (lines []string) {
	for _, e := range m.ends {
		if e.name != ours {
			continue
		}
		for _, state := range []struct {
			name string
			footprint
		}{{"idle", e.idle}, {"after traffic", e.later}} {
			lines = append(lines, fmt.Sprintf("%s, %s, takes %.0f bytes a connection; the goal, at most %d, is %s.",
				e.name, state.name, state.Resident, idleGoal, verdict(state.Resident <= idleGoal)))
		}
	}
	return lines
}

// plainIdleDial opens a connection without a library.
func plainIdleDial(address string, _ int) idleEnd {
	conn, err := net.Dial("tcp", address)
	must(err)
	return idleEnd{
		exchange: func(body []byte) {
			all := bytes.Repeat(body, idleMessages)
			_, err := conn.Write(all)
			must(err)
			_, err = io.ReadFull(conn, all)
			must(err)
		},
		close: func() { _ = conn.Close() },
	}
}
