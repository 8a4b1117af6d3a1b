package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// asProgram in the environment makes the test binary the program itself.
const asProgram = "RXPEER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// program returns the program, to be run in a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	p := exec.Command(binary, args...)
	p.Env = append(os.Environ(), asProgram+"=1")
	return p
}

// patient is how long tests wait for what is sure to come.
const patient = 20 * time.Second

// result is what a command has left behind.
type result struct {
	code        int
	out, errors string
}

// rxpeer runs a command to its end, with no input.
func rxpeer(t *testing.T, args ...string) result {
	t.Helper()
	return rxpeerWith(t, "", args...)
}

func rxpeerWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	var out, errors bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &out, &errors)
	require.NoError(t, ctx.Err(), "%v did not end", args)
	return result{code, out.String(), errors.String()}
}

// command is one that runs.
type command struct {
	t      *testing.T
	in     *io.PipeWriter
	cancel context.CancelFunc
	result chan result

	out, notes *screen // stdout and stderr
}

// screen is what a command has printed.
type screen struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and replaced when a line comes
}

// begin starts a command whose input is typed by the test.
func begin(t *testing.T, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &command{t: t, cancel: cancel, result: make(chan result, 1), out: newScreen(), notes: newScreen()}
	var stdin io.Reader
	stdin, c.in = io.Pipe()
	go func() { // ends with the command
		code := run(ctx, args, stdin, c.out, c.notes)
		c.result <- result{code, strings.Join(c.out.printed(), "\n"), asFile(c.notes.printed())}
	}()
	t.Cleanup(func() {
		cancel()
		_ = c.in.Close()
	})
	return c
}

// asFile returns lines as a file has them.
func asFile(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func newScreen() *screen { return &screen{more: make(chan struct{})} }

// Write takes what the command prints: it writes each event at once.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, strings.TrimSuffix(string(p), "\n"))
	close(s.more)
	s.more = make(chan struct{})
	return len(p), nil
}

func (s *screen) printed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

// wait waits for a line that contains text, and returns it.
func (c *command) wait(text string) string {
	c.t.Helper()
	return c.waitOn(c.out, text)
}

// waitNote is wait for what is printed on stderr.
func (c *command) waitNote(text string) string {
	c.t.Helper()
	return c.waitOn(c.notes, text)
}

func (c *command) waitOn(s *screen, text string) string {
	c.t.Helper()
	over := time.After(patient)
	for {
		s.mu.Lock()
		lines, more := s.lines, s.more
		s.mu.Unlock()
		for _, line := range lines {
			if strings.Contains(line, text) {
				return line
			}
		}
		select {
		case <-more:
		case r := <-c.result:
			c.result <- r
			if strings.Contains(strings.Join(s.printed(), "\n"), text) {
				continue
			}
			require.FailNow(c.t, "the command has ended", "wanted %q, code %d, %s\n%s", text, r.code, r.errors, r.out)
		case <-over:
			require.FailNow(c.t, "nothing printed", "wanted %q in:\n%s", text, strings.Join(s.printed(), "\n"))
		}
	}
}

// address waits for the address that the command listens at.
func (c *command) address() string {
	c.t.Helper()
	return anAddress.FindString(c.wait("listen"))
}

func (c *command) enter(line string) {
	c.t.Helper()
	_, err := io.WriteString(c.in, line+"\n")
	require.NoError(c.t, err)
}

// end waits for the command's own end.
func (c *command) end() result {
	c.t.Helper()
	select {
	case r := <-c.result:
		c.result <- r
		return r
	case <-time.After(patient):
		require.FailNow(c.t, "the command goes on", strings.Join(c.out.printed(), "\n"))
		return result{}
	}
}

// interrupt is Ctrl-C.
func (c *command) interrupt() result {
	c.t.Helper()
	c.cancel()
	return c.end()
}

// listening starts "rxpeer listen" on loopback, unseen by others.
func listening(t *testing.T, args ...string) (c *command, address string) {
	t.Helper()
	c = begin(t, append([]string{"listen", "--address", "127.0.0.1", "--invisible"}, args...)...)
	return c, c.address()
}

// exposing starts "rxpeer expose" on loopback, unseen by others.
func exposing(t *testing.T, args ...string) (c *command, address string) {
	t.Helper()
	c = begin(t, append([]string{"expose", "--address", "127.0.0.1", "--invisible"}, args...)...)
	return c, anAddress.FindString(c.waitNote("listening at"))
}

var anAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// named returns text with its addresses replaced by letters, in the order in
// which they appear.
func named(text string) string {
	letters := map[string]string{}
	return anAddress.ReplaceAllStringFunc(text, func(address string) string {
		if letters[address] == "" {
			letters[address] = string(rune('A' + len(letters)))
		}
		return letters[address]
	})
}

// discoveryPort returns a UDP port that nobody uses, as a flag.
func discoveryPort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer c.Close()
	return fmt.Sprintf("--port=%d", c.LocalAddr().(*net.UDPAddr).Port)
}

// loopback returns the name of the loopback interface, as a flag.
func loopback(t *testing.T) string {
	t.Helper()
	interfaces, err := net.Interfaces()
	require.NoError(t, err)
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			return "--interface=" + i.Name
		}
	}
	t.Skip("no loopback interface")
	return ""
}
