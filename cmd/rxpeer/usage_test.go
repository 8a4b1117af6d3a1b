package main

import (
	"bufio"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWrongUsageIsOneLineThatHelps(t *testing.T) {
	for line, want := range map[string]string{
		"":                                    `expected one of "listen", "send", "connect", "discover", "expose", ...; see "rxpeer --help"`,
		"sned":                                `unexpected argument sned, did you mean "send"?; see "rxpeer --help"`,
		"send":                                `expected "<address>"; see "rxpeer send --help"`,
		"send host":                           `send: "host" has no port; give IP:PORT or HOST:PORT; see "rxpeer send --help"`,
		"send 1:2:3":                          `send: "1:2:3" is no address: it has too many colons; write IPv6 as [ip6]:port; see "rxpeer send --help"`,
		"send h:1 -5":                         `unknown flag -5, did you mean "-h"?; see "rxpeer send --help"`,
		"send h:1 --type xml":                 `--type must be one of "json","bytes","raw" but got "xml"; see "rxpeer send --help"`,
		"send h:1 --data-size 4":              `send: --data-size needs --stream; see "rxpeer send --help"`,
		"send h:1 --stream --data-size=-4":    `send: --data-size must not be negative; see "rxpeer send --help"`,
		"send h:1 --timeout 0s":               `send: --timeout must be positive; see "rxpeer send --help"`,
		"send h:1 --file /no/such/file":       `--file: stat /no/such/file: no such file or directory; see "rxpeer send --help"`,
		"send h:1 hello --file usage_test.go": `send: give values or --file, not both; see "rxpeer send --help"`,
		"connect h:1 --wait=-1s":              `connect: --wait must not be negative; see "rxpeer connect --help"`,
		"connect h:1 --data-size 4":           `connect: --data-size needs --stream; see "rxpeer connect --help"`,
		"listen --offers maybe":               `--offers must be one of "accept","deny" but got "maybe"; see "rxpeer listen --help"`,
		"listen --max-connections 0":          `listen: --max-connections must not be 0; use --offers deny; see "rxpeer listen --help"`,
		"listen --timeout 0s":                 `listen: --timeout must be positive; see "rxpeer listen --help"`,
		"listen --port 0":                     `listen: --port must not be 0; see "rxpeer listen --help"`,
		"listen --interface nope":             `listen: --interface: there is none named "nope"; see "rxpeer listen --help"`,
		"listen --address 1:2:3":              `listen: "1:2:3" is no address: it has too many colons; write IPv6 as [ip6]:port; see "rxpeer listen --help"`,
		"discover --wait 0s":                  `discover: --wait and --interval must be positive; see "rxpeer discover --help"`,
		"expose":                              `expected "<name>"; see "rxpeer expose --help"`,
		"expose x --type xml":                 `--type must be one of "text","json","bytes" but got "xml"; see "rxpeer expose --help"`,
		"expose x --policy most":              `--policy: "most" is none; give block, latest, oldest=N or newest=N; see "rxpeer expose --help"`,
		"expose x --policy oldest":            `--policy: "oldest" is none; give block, latest, oldest=N or newest=N; see "rxpeer expose --help"`,
		"expose x --policy newest=0":          `--policy: "newest=0" has no number of values behind the =; see "rxpeer expose --help"`,
		"expose x --keep":                     `expose: --keep needs --history; see "rxpeer expose --help"`,
		"expose x --history=-1":               `expose: --history must not be negative; see "rxpeer expose --help"`,
		"expose x --max-connections 0":        `expose: --max-connections must not be 0; leave it out, or give -1; see "rxpeer expose --help"`,
		"subscribe":                           `subscribe: give the name of a stream; see "rxpeer subscribe --help"`,
		"subscribe 1:2:3 x":                   `subscribe: "1:2:3" is no address: it has too many colons; write IPv6 as [ip6]:port; see "rxpeer subscribe --help"`,
		"subscribe h:0 x":                     `subscribe: "h:0" has no port; give IP:PORT, HOST:PORT or the name of a peer; see "rxpeer subscribe --help"`,
		"subscribe x --rate=-1":               `subscribe: --rate must not be negative; see "rxpeer subscribe --help"`,
		"subscribe x --window=-1":             `subscribe: --window must not be negative; see "rxpeer subscribe --help"`,
		"subscribe x --wait 0s":               `subscribe: --timeout and --wait must be positive; see "rxpeer subscribe --help"`,
		"call":                                `expected "<peer> <name>"; see "rxpeer call --help"`,
		"call h:0 x":                          `call: "h:0" has no port; give IP:PORT, HOST:PORT or the name of a peer; see "rxpeer call --help"`,
		"call h:1 x --within=-1s":             `call: --within must not be negative; see "rxpeer call --help"`,
		"streams h:0":                         `streams: "h:0" has no port; give IP:PORT, HOST:PORT or the name of a peer; see "rxpeer streams --help"`,
		"bench --for 0s":                      `bench: --for and --wait must be positive; see "rxpeer bench --help"`,
		"bench h:0":                           `bench: "h:0" has no port; give IP:PORT, HOST:PORT or the name of a peer; see "rxpeer bench --help"`,
		"discover --port 0":                   `discover: --port must not be 0; see "rxpeer discover --help"`,
	} {
		got := rxpeer(t, strings.Fields(line)...)
		assert.Equal(t, result{exitUsage, "", "rxpeer: " + want + "\n"}, got, line)
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"listen", "--help"}, {"send", "-h"}, {"connect", "--help"}, {"discover", "--help"}, {"version", "--help"}, {"expose", "--help"}, {"subscribe", "--help"}, {"call", "--help"}, {"streams", "--help"}, {"bench", "--help"}} {
		got := rxpeer(t, args...)
		assert.Equal(t, exitOK, got.code)
		assert.Empty(t, got.errors)
		assert.True(t, strings.HasPrefix(got.out, "Usage: rxpeer "), got.out)
	}
	assert.Contains(t, rxpeer(t, "subscribe", "--help").out, "Usage: rxpeer subscribe [<peer>] <name> [flags]")
	assert.Contains(t, rxpeer(t, "--help").out, "Exit codes: 0 everything went well")
}

func TestTheProgramEndsCleanlyOnCtrlC(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a program cannot be interrupted by another one")
	}
	l := program(t, "listen", "--address", "127.0.0.1", "--invisible", "--json")
	l.Stderr = os.Stderr
	out, err := l.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, l.Start())
	defer func() { _ = l.Process.Kill() }() // if it still runs
	lines := bufio.NewScanner(out)
	next := func() string {
		require.True(t, lines.Scan(), "no more output: %v", lines.Err())
		return lines.Text()
	}
	address := anAddress.FindString(next())

	sent, err := program(t, "send", address, "hello").CombinedOutput()
	require.NoError(t, err, string(sent))
	for _, event := range []string{"offer", "connect", "data", "close"} {
		assert.Contains(t, next(), `{"event":"`+event+`"`)
	}
	require.NoError(t, l.Process.Signal(os.Interrupt))
	assert.Equal(t, `{"event":"stop","address":"`+address+`"}`, next())
	assert.False(t, lines.Scan())
	assert.NoError(t, l.Wait(), "it ends with 0")
}
