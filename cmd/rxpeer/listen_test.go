package main

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListenTellsPeopleWhatHappens(t *testing.T) {
	l, address := listening(t)
	sent := rxpeer(t, "send", address, `{"lamp": "on", "level": [1, 2.0, null]}`, "hello", "bell\a", "", "true")
	assert.Equal(t, result{0, "sent 5 messages to " + address + "\n", ""}, sent)
	l.wait("closed")
	assert.Equal(t, `listening at A
B connected (json)
B> {"lamp":"on","level":[1,2.0,null]}
B> hello
B> "bell\u0007"
B> ""
B> true
B closed (remote)
stopped`, named(l.interrupt().out))
	assert.Equal(t, exitOK, l.end().code)
}

func TestListenPrintsOneJSONObjectForEachEvent(t *testing.T) {
	l, address := listening(t, "--json")
	sent := rxpeer(t, "send", "--json", address, `{"b": [1, 2.0, null], "a": "<&>"}`, "grüße")
	assert.Equal(t, exitOK, sent.code)
	assert.Equal(t, `{"event":"connect","peer":"A","data_type":"json","lenient":false,"stream":false,"python":false}
{"event":"sent","peer":"A","messages":2}
{"event":"close","peer":"A","reason":"local"}
`, named(sent.out))
	l.wait("close")
	assert.Equal(t, `{"event":"listen","address":"A"}
{"event":"offer","peer":"B","data_type":"json","lenient":false,"stream":false,"python":false}
{"event":"connect","peer":"B","data_type":"json","lenient":false,"stream":false,"python":false}
{"event":"data","peer":"B","data_type":"json","size":43,"data":{"a":"<&>","b":[1,2.0,null]}}
{"event":"data","peer":"B","data_type":"json","size":27,"data":"grüße"}
{"event":"close","peer":"B","reason":"remote"}
{"event":"stop","address":"A"}`, named(l.interrupt().out))
}

func TestTheLastEventsArePrintedBeforeTheEnd(t *testing.T) {
	for range 20 {
		l, address := listening(t, "--json")
		c := begin(t, "connect", address)
		c.enter("hello")
		l.wait(`"data"`)
		out := l.interrupt().out
		assert.Contains(t, out, `"reason":"local"`)
		assert.Equal(t, `{"event":"stop","address":"`+address+`"}`, out[strings.LastIndex(out, "\n")+1:])
		assert.Equal(t, exitOK, c.end().code)
	}
}

func TestListenDeniesWhatItIsToldTo(t *testing.T) {
	l, address := listening(t, "--offers", "deny")
	sent := rxpeer(t, "send", address, "hello")
	assert.Equal(t, exitDenied, sent.code)
	assert.Empty(t, sent.out)
	assert.Equal(t, `rxpeer: A denied the connection: "accepts no offers"; ask whoever runs it, or try again later`+"\n", named(sent.errors))
	l.wait("denied")
	assert.Equal(t, "listening at A\nB denied (json)\nstopped", named(l.interrupt().out))

	l, address = listening(t, "--offers", "deny", "--json")
	assert.Equal(t, exitDenied, rxpeer(t, "connect", address).code)
	l.wait(`"denied":true`)
}

func TestListenDeniesConnectionsBeyondTheirMaximum(t *testing.T) {
	l, address := listening(t, "--max-connections", "1")
	first := begin(t, "connect", "--json", address)
	first.wait("connect")
	second := rxpeer(t, "send", address, "hello")
	assert.Equal(t, exitDenied, second.code)
	assert.Contains(t, second.errors, "too many connections")
	assert.Equal(t, exitOK, first.interrupt().code)
	l.wait("closed")
	assert.Equal(t, exitOK, rxpeer(t, "send", address, "hello").code)
}

func TestListenSendsBackWhatItIsToldToEcho(t *testing.T) {
	for dataType, values := range map[string][]string{
		"json":  {"1", `{"a":null}`, "text"},
		"bytes": {"1", "text"},
		"raw":   {`{"$tuple":[1,{"$bytes":"AAEC"},{"$dict":[[1,2]]}]}`, `"1"`},
	} {
		_, address := listening(t, "--echo")
		c := begin(t, "connect", "--json", "--type", dataType, address)
		for _, v := range values {
			c.enter(v)
		}
		_ = c.in.Close()
		switch dataType {
		case "json":
			c.wait(`"data":1}`)
			c.wait(`"data":{"a":null}}`)
			c.wait(`"data":"text"}`)
		case "bytes":
			c.wait(`"size":1,"data":{"$bytes":"MQ=="}`)
			c.wait(`"size":4,"data":{"$bytes":"dGV4dA=="}`)
		case "raw":
			c.wait(`"data":` + values[0] + `}`)
			c.wait(`"data":"1"}`)
		}
		assert.Equal(t, exitOK, c.interrupt().code)
	}
}

func TestAnEchoOfMuchDataDoesNotHoldTheSenderUp(t *testing.T) {
	_, address := listening(t, "--echo")
	sent := rxpeerWith(t, strings.Repeat(strings.Repeat("x", 1<<16)+"\n", 128), "send", "--type", "bytes", address)
	assert.Equal(t, result{0, "sent 128 messages to " + address + "\n", ""}, sent)
}

func TestListenClipsLongMessagesForPeople(t *testing.T) {
	l, address := listening(t)
	long := strings.Repeat("ü", 2000)
	assert.Equal(t, exitOK, rxpeer(t, "send", "--type", "bytes", address, long).code)
	line := l.wait(">")
	assert.Less(t, len(line), 1100)
	assert.True(t, strings.HasSuffix(line, "ü… (4000 bytes)"), line)
}

func header(text string) string { return text + strings.Repeat("|", 128-len(text)) }

func TestListenTellsTheSizeThatAMessageCameWithAndEchoesItAsItIs(t *testing.T) {
	l, address := listening(t, "--json", "--echo")
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	const body = `{ "data" : [1,2] }` // Python writes blanks elsewhere
	_, err = c.Write([]byte(header("HELLO|peer_name=127.0.0.1:5&data_type=json&strict=True") +
		header("DATA|data_size=18&data_type=json") + body))
	require.NoError(t, err)
	assert.Contains(t, l.wait(`"event":"data"`), `"size":18,"data":[1,2]}`)
	answer, b := "", make([]byte, 1)
	for !strings.HasSuffix(answer, body) {
		_, err = io.ReadFull(c, b)
		require.NoError(t, err)
		answer = strings.TrimSuffix(answer+string(b), header("PING"))
	}
	assert.Equal(t, header("ACCEPT")+header("DATA|data_size=18&data_type=json")+body, answer)
}

func TestListenReportsMessagesThatCannotBeDecoded(t *testing.T) {
	l, address := listening(t, "--json")
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte(header("HELLO|peer_name=127.0.0.1:5&data_type=json&strict=True") +
		header("DATA|data_size=3&data_type=json") + "\x1b{]" + header("DATA|data_size=11&data_type=json") + `{"data": 1}`))
	require.NoError(t, err)
	assert.Contains(t, l.wait("fault"), `{"event":"fault","peer":"127.0.0.1:5","data_type":"json","size":3,"error":"`)
	l.wait(`"data":1}`)
	assert.Contains(t, l.wait("connect"), `"python":true`)

	l, address = listening(t)
	p, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Write([]byte(header("HELLO|peer_name=127.0.0.1:5&data_type=json&strict=True") + header("DATA|data_size=2&data_type=raw") + "N."))
	require.NoError(t, err)
	l.wait("127.0.0.1:5 connected (json, Python)")
	assert.Contains(t, l.wait("closed"), "127.0.0.1:5 closed (violation): ")
}

func TestListenSaysWhyItCannot(t *testing.T) {
	_, address := listening(t)
	taken := rxpeer(t, "listen", "--address", address, "--invisible")
	assert.Equal(t, result{exitFailed, "", "rxpeer: cannot listen: address already in use; choose another --address, or another --port for discovery\n"}, taken)
}

// brokenPipe is an output that takes only the first line.
type brokenPipe struct{ written int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	b.written++
	if b.written > 1 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func TestACommandEndsWhenNobodyReadsItsOutput(t *testing.T) {
	_, address := listening(t, "--echo")
	var failures strings.Builder
	code := run(t.Context(), []string{"connect", "--json", address}, strings.NewReader("hello\n"), &brokenPipe{}, &failures)
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, "rxpeer: cannot write to stdout: broken pipe\n", failures.String())
}
