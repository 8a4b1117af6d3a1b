package netns

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Helper is a part of a test that runs on a [Host], in a process of its own.
// What it prints on standard output are lines for [Process.Line]. ctx ends when
// the test wants it to end.
type Helper func(ctx context.Context, args []string) error

// helperVariable tells a test's binary which helper to be.
const helperVariable = "RXPEER_NETNS_HELPER"

// patience is how long a test waits for a helper to say or do something.
const patience = 20 * time.Second

// Main becomes the helper that this process was started for, and does not
// return; in any other process it does nothing.
func Main(helpers map[string]Helper) {
	name, started := os.LookupEnv(helperVariable)
	if !started {
		return
	}
	if err := run(helpers[name], name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(h Helper, name string) error {
	if h == nil {
		return fmt.Errorf("netns: no helper %q", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, os.Stdin) // open as long as the test wants
		cancel()
	}()
	return h(ctx, os.Args[1:])
}

// Process is a helper that runs on a host.
type Process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines chan string
}

// Start runs a helper of [Main]'s on the host. The process ends with the test
// at the latest.
func (h *Host) Start(t testing.TB, helper string, args ...string) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := h.Command(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), helperVariable+"="+helper)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: cmd, stdin: stdin, lines: make(chan string, 64)}
	read := make(chan struct{})
	go func() { // ends when the process does, or when nobody reads
		defer close(read)
		defer close(p.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			select {
			case p.lines <- s.Text():
			case <-t.Context().Done():
			}
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		<-read
		_ = cmd.Wait() // killed, unless Stop has waited for it
	})
	return p
}

// Line returns the next line that the helper prints. The test ends when there
// is none within 20 s.
func (p *Process) Line(t testing.TB) string {
	t.Helper()
	select {
	case line, ok := <-p.lines:
		if ok {
			return line
		}
		t.Fatal("the helper has ended")
	case <-time.After(patience):
		t.Fatal("the helper says nothing")
	}
	return ""
}

// Stop ends the helper's ctx, and fails the test unless the helper then
// returns nil within 20 s.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	_ = p.stdin.Close()
	over := time.After(patience)
	for {
		select {
		case _, ok := <-p.lines:
			if ok {
				continue
			}
			if err := p.cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			return
		case <-over:
			t.Fatal("the helper does not end")
		}
	}
}
