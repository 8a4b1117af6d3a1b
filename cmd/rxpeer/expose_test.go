package main

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// numbers returns n lines.
func numbers(n int) string {
	return strings.Repeat("line\n", n)
}

func TestExposeMakesValuesOfLines(t *testing.T) {
	for _, c := range []struct {
		name, line, want, asJSON string
		args                     []string
	}{
		{"text", `{"a": 1}`, `{"a": 1}`, `"{\"a\": 1}"`, nil},
		{"json", `{"a": 1}`, `{"a":1}`, `{"a":1}`, []string{"--type", "json"}},
		{"a JSON string", `"grüße"`, `grüße`, `"grüße"`, []string{"--type", "json"}},
		{"bytes", `{"a": 1}`, `{"a": 1}`, `{"$bytes":"eyJhIjogMX0="}`, []string{"--type=bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, address := exposing(t, append([]string{"x", "--history", "1"}, c.args...)...)
			e.enter(c.line)
			got := rxpeer(t, "subscribe", address, "x", "--count", "1")
			assert.Equal(t, result{0, c.want + "\n", ""}, got)
			got = rxpeer(t, "subscribe", "--json", address, "x", "--count", "1")
			assert.Equal(t, result{0, `{"event":"value","peer":"` + address + `","name":"x","data":` + c.asJSON + "}\n", ""}, got)
			assert.Equal(t, exitOK, e.interrupt().code)
		})
	}
}

func TestExposeSkipsLinesThatAreNoValues(t *testing.T) {
	e, address := exposing(t, "x", "--type", "json", "--history", "10")
	e.enter("hello")
	e.enter("[1,2]")
	e.waitNote("line 1 was skipped: not JSON")
	assert.Equal(t, result{0, "[1,2]\n", ""}, rxpeer(t, "subscribe", address, "x", "--count=1"))
}

func TestExposeEndsWithItsInputWhenTheSubscribersHaveEverything(t *testing.T) {
	e, address := exposing(t, "x", "--history", "1", "--policy", "block")
	e.enter("first")
	s := begin(t, "subscribe", address, "x")
	s.wait("first")
	for range 2000 {
		e.enter("line")
	}
	_ = e.in.Close()
	got := s.end()
	assert.Equal(t, result{0, "first\n" + strings.TrimSuffix(numbers(2000), "\n"), ""}, got)
	assert.Equal(t, result{0, "", "exposing x, listening at " + address + "\n"}, e.end())
}

func TestExposeKeepsTheHistoryOfWhatHasEnded(t *testing.T) {
	e := begin(t, "expose", "x", "--history", "2", "--keep", "--json", "--address=127.0.0.1", "--invisible")
	address := anAddress.FindString(e.wait(`"expose"`))
	for _, line := range []string{"1", "2", "3"} {
		e.enter(line)
	}
	_ = e.in.Close()
	e.wait(`{"event":"keep"}`)
	for range 2 {
		assert.Equal(t, result{0, "2\n3\n", ""}, rxpeer(t, "subscribe", address, "x"))
	}
	assert.Equal(t, `{"event":"expose","name":"x","type":"text","address":"A"}
{"event":"keep"}
{"event":"done","name":"x","values":3}`, named(e.interrupt().out))
}

func TestALongHistoryReachesALateSubscriberWhole(t *testing.T) {
	e, address := exposing(t, "x", "--history", "5000", "--keep")
	for range 5000 {
		e.enter("line")
	}
	_ = e.in.Close()
	e.waitNote("the input has ended")
	assert.Equal(t, result{0, numbers(5000), ""}, rxpeer(t, "subscribe", address, "x"))
}

func TestExposeRunsACommandOnceForAll(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	e, address := exposing(t, "x", "--history", "3", "--keep", "--", "sh", "-c", "echo one; echo two >&2; echo $((1+2))")
	e.waitNote("two")
	e.waitNote("the input has ended, its last values stay")
	for range 2 {
		assert.Equal(t, result{0, "one\n3\n", ""}, rxpeer(t, "subscribe", address, "x"))
	}

	e, address = exposing(t, "x", "--history", "3", "--keep", "--", "sh", "-c", "echo one; exit 7")
	e.waitNote("the input has ended (sh failed: exit status 7)")
	got := rxpeer(t, "subscribe", address, "x")
	assert.Equal(t, exitRemote, got.code)
	assert.Equal(t, "one\n", got.out)
	assert.Equal(t, `rxpeer: "x" of A failed: sh failed: exit status 7`+"\n", named(got.errors))
	assert.Equal(t, exitFailed, e.interrupt().code, "that is how the command ended")

	e, _ = exposing(t, "x", "--", "sh", "-c", "echo one; exec sleep 1000")
	assert.Equal(t, exitOK, e.interrupt().code)

	missing := rxpeer(t, "expose", "x", "--address=127.0.0.1", "--invisible", "--", "/no/such/command")
	assert.Equal(t, result{exitFailed, "", "rxpeer: cannot run command: no such file or directory\n"}, missing)
}

func TestASlowSubscriberDoesNotHoldOthersBack(t *testing.T) {
	e, address := exposing(t, "x", "--history", "1")
	e.enter("first")
	slow := begin(t, "subscribe", address, "x", "--rate", "0.001")
	slow.wait("first")
	fast := begin(t, "subscribe", address, "x")
	fast.wait("first")
	for range 500 {
		e.enter("line")
	}
	e.enter("last")
	fast.wait("last")
	assert.Equal(t, exitOK, fast.interrupt().code)
	assert.Equal(t, "first", slow.interrupt().out)
	got := e.interrupt()
	assert.Contains(t, got.errors, "dropped for subscribers that were too slow: ")
	assert.Equal(t, exitOK, got.code)
}

func TestExposeSaysWhatCannotBeExposed(t *testing.T) {
	got := rxpeer(t, "expose", "--address=127.0.0.1", "--invisible", strings.Repeat("x", 300))
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.errors, "rxpeer: cannot expose ")
}
