package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for anything.
const patience = 30 * time.Second

// interpreter returns a Python that can import peerpy. Without one it skips
// the test, or fails it where RXPEER_CI says that there must be one.
func interpreter(t testing.TB) string {
	t.Helper()
	name, reason := findInterpreter()
	switch {
	case reason == "":
		return name
	case os.Getenv("RXPEER_CI") != "":
		t.Fatalf("no Python with peerpy: %s", reason)
	default:
		t.Skipf("no Python with peerpy: %s", reason)
	}
	return ""
}

// findInterpreter looks for it once.
var findInterpreter = sync.OnceValues(func() (name, reason string) {
	name = os.Getenv("RXPEER_PYTHON")
	if name == "" {
		name = "python3"
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := exec.CommandContext(ctx, name, "-c", "import peerpy").Run(); err != nil {
		return "", name + " -c 'import peerpy': " + err.Error()
	}
	return name, ""
})

// event is what the driver tells unasked: the events of peerpy.
type event struct {
	Event string // listen, offer, connection, data, close, stop, thread_ended
	Peer  int
	Conn  int
	Index int // of data

	Address  string // of listen
	Remote   string // what peerpy calls the other side
	DataType string `json:"data_type"`
	Strict   bool
	Stream   bool
	DataSize int `json:"data_size"`
	Accept   bool

	Type   string // Python's, of data
	Size   int    // of bytes
	SHA256 string // of bytes
	Error  string // of thread_ended
}

// driver is a Python process with peerpy peers in it, as a test sees it.
type driver struct {
	*process
	t testing.TB
}

// on returns the same for another test, such as a part of this one.
func (d *driver) on(t testing.TB) *driver { return &driver{d.process, t} }

// process is what is shared of it.
type process struct {
	stdin io.WriteCloser

	mu      sync.Mutex
	next    int
	answers map[int]chan json.RawMessage
	events  []event
	more    chan struct{} // closed, and made anew, with each event
	ended   bool
}

// start starts a driver. command makes the command that runs it: nil for this
// machine, a host's Command for another.
func start(t testing.TB, command func(ctx context.Context, name string, args ...string) *exec.Cmd) *driver {
	t.Helper()
	if command == nil {
		command = exec.CommandContext
	}
	cmd := command(t.Context(), interpreter(t), "-u", "testdata/driver.py")
	cmd.Stderr = t.Output()
	cmd.WaitDelay = patience
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	d := &process{stdin: stdin, answers: make(map[int]chan json.RawMessage), more: make(chan struct{})}
	read := make(chan struct{})
	go func() { // ends when the process does
		defer close(read)
		d.read(stdout)
	}()
	t.Cleanup(func() { // the process ends with its standard input, or was killed with t's context
		_ = stdin.Close()
		<-read
		_ = cmd.Wait()
	})
	return &driver{d, t}
}

// read takes what the driver writes until it ends.
func (d *process) read(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var head struct{ ID int }
		line := slices.Clone(lines.Bytes())
		if json.Unmarshal(line, &head) != nil {
			continue
		}
		d.mu.Lock()
		if head.ID != 0 {
			d.answers[head.ID] <- line // has room
		} else {
			var e event
			_ = json.Unmarshal(line, &e)
			d.events = append(d.events, e)
			close(d.more)
			d.more = make(chan struct{})
		}
		d.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	close(d.more)
	for _, answer := range d.answers {
		close(answer)
	}
	clear(d.answers)
}

// args are the arguments of a command, by the names that the driver has for
// them.
type args map[string]any

// begin gives a command. The function that it returns waits for the answer,
// and returns the Python exception that the command ended with, if any.
func (d *driver) begin(do string, arguments args, answer any) (wait func() (exception string)) {
	d.t.Helper()
	fields := args{"do": do}
	for name, value := range arguments {
		fields[name] = value
	}
	reply := make(chan json.RawMessage, 1)
	d.mu.Lock()
	if d.ended {
		d.mu.Unlock()
		d.t.Fatalf("the driver has ended before %s", do)
	}
	d.next++
	id := d.next
	fields["id"] = id
	d.answers[id] = reply
	d.mu.Unlock()
	line, err := json.Marshal(fields)
	require.NoError(d.t, err)
	_, err = d.stdin.Write(append(line, '\n')) // one write a line
	require.NoError(d.t, err)
	return func() string {
		d.t.Helper()
		timeout := time.NewTimer(patience)
		defer timeout.Stop()
		select {
		case line, ok := <-reply:
			require.True(d.t, ok, "the driver ended during %s", do)
			var failed struct{ Error string }
			require.NoError(d.t, json.Unmarshal(line, &failed))
			if failed.Error == "" && answer != nil {
				require.NoError(d.t, json.Unmarshal(line, answer))
			}
			return failed.Error
		case <-timeout.C:
			d.t.Fatalf("the driver does not answer to %s", do)
			return ""
		}
	}
}

// try gives a command and waits for its answer.
func (d *driver) try(do string, arguments args, answer any) (exception string) {
	d.t.Helper()
	return d.begin(do, arguments, answer)()
}

// do is try for a command that must not end with an exception.
func (d *driver) do(do string, arguments args, answer any) {
	d.t.Helper()
	require.Empty(d.t, d.try(do, arguments, answer), do)
}

// await returns the first event that fits, and takes it away. It waits for it.
func (d *driver) await(what string, fits func(event) bool) event {
	d.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		d.mu.Lock()
		if i := slices.IndexFunc(d.events, fits); i >= 0 {
			e := d.events[i]
			d.events = slices.Delete(d.events, i, i+1)
			d.mu.Unlock()
			return e
		}
		more, ended := d.more, d.ended
		d.mu.Unlock()
		require.False(d.t, ended, "the driver ended before: %s", what)
		select {
		case <-more:
		case <-timeout.C:
			d.t.Fatalf("not seen in Python: %s. Seen: %+v", what, d.seen())
		}
	}
}

// seen returns the events that nobody took.
func (d *driver) seen() []event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// count returns how many events that nobody took are of that kind.
func (d *driver) count(kind string) (n int) {
	for _, e := range d.seen() {
		if e.Event == kind {
			n++
		}
	}
	return n
}
