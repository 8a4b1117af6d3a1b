package main

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ZeroMQ is measured with a program in C at both ends, which is compiled here
// when it is needed: with cc and libzmq's header. Without them its candidates
// are left out.

//go:embed zeromq/zeromq.c
var zeromqSource []byte

// programs is the directory of what was compiled.
var programs struct {
	sync.Mutex
	directory string
}

// removePrograms removes what was compiled.
func removePrograms() {
	programs.Lock()
	defer programs.Unlock()
	if programs.directory != "" {
		_ = os.RemoveAll(programs.directory)
	}
}

// zeromqProgram compiles the program, once, and returns its path.
var zeromqProgram = sync.OnceValues(func() (string, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return "", err
	}
	directory, err := os.MkdirTemp("", "rxpeer-bench-")
	if err != nil {
		return "", err
	}
	programs.Lock()
	programs.directory = directory
	programs.Unlock()
	path := filepath.Join(directory, "zeromq")
	source := path + ".c"
	if err := os.WriteFile(source, zeromqSource, 0o600); err != nil {
		return "", err
	}
	said, err := exec.Command(compiler, "-O2", "-o", path, source, "-lzmq").CombinedOutput()
	if err != nil {
		first, _, _ := strings.Cut(string(said), "\n")
		return "", fmt.Errorf("cc: %w: %s", err, strings.TrimPrefix(first, source+":"))
	}
	return path, nil
})

// zeromqVersion returns the version of the library.
func zeromqVersion() (string, error) {
	path, err := zeromqProgram()
	if err != nil {
		return "", err
	}
	version, err := exec.Command(path, "version").Output()
	return strings.TrimSpace(string(version)), err
}

func zeromqMissing() error {
	_, err := zeromqVersion()
	return err
}

// zeromqChild returns a child that is the program with these arguments.
func zeromqChild(args ...string) *far {
	return program("zeromq "+strings.Join(args, " "), func() *exec.Cmd {
		path, err := zeromqProgram()
		must(err)
		return exec.Command(path, args...)
	})
}

func zeromqSend(size int) candidate {
	return candidate{name: "ZeroMQ", missing: zeromqMissing, run: func(n int) int {
		receiver := zeromqChild("pull")
		sender := zeromqChild("push", receiver.address)
		receiver.expect(n, size)
		sender.expect(n, size)
		sender.result()
		return receiver.result()
	}}
}

func zeromqTrips(size int) candidate {
	return candidate{name: "ZeroMQ", missing: zeromqMissing, trip: func(took []time.Duration) int {
		receiver := zeromqChild("rep")
		sender := zeromqChild("req", receiver.address)
		receiver.expect(len(took), size)
		sender.expect(len(took), size)
		sum := sender.result()
		all := make([]byte, 8*len(took))
		_, err := io.ReadFull(sender.out, all)
		must(err)
		for i := range took {
			took[i] = time.Duration(binary.NativeEndian.Uint64(all[8*i:]))
		}
		receiver.result()
		return sum
	}}
}

// zeromqFan publishes to so many connections, and drops nothing: it waits for
// those that are slow.
func zeromqFan(connections, size int) candidate {
	count := strconv.Itoa(connections)
	return candidate{name: "ZeroMQ", missing: zeromqMissing, run: func(n int) int {
		sender := zeromqChild("pub", count)
		receiver := zeromqChild("sub", sender.address, count)
		receiver.expect(n/connections, size)
		sender.expect(n/connections, size)
		sender.result()
		return receiver.result()
	}}
}
