package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSendTakesValuesOfEveryType(t *testing.T) {
	file := filepath.Join(t.TempDir(), "message")
	require.NoError(t, os.WriteFile(file, []byte("[1,\n2]\n"), 0o600))
	for _, c := range []struct {
		name, stdin string
		args        []string
		want        []string // without what precedes the size
	}{
		{name: "json", args: []string{`{"z":1,"a":{"$bytes":"AA=="}}`, "12345678901234567890123", "1.50", `"quoted"`, "not json", "NaN"},
			want: []string{`"data":{"a":{"$dict":[["$bytes","AA=="]]},"z":1}}`, `"data":12345678901234567890123}`, `"data":1.5}`, `"data":"quoted"}`, `"data":"not json"}`, `"data":"NaN"}`}},
		{name: "values that look like flags", args: []string{"--", "-5", "--json"}, want: []string{`"data":-5}`, `"data":"--json"}`}},
		{name: "bytes", args: []string{"--type", "bytes", `{"a":1}`, ""}, want: []string{`"data_type":"bytes","size":7,"data":{"$bytes":"eyJhIjoxfQ=="}}`, `"size":0,"data":{"$bytes":""}}`}},
		{name: "raw", args: []string{"--type=raw", `{"$set":[1,{"$tuple":[]}]}`, "plain", "7", `{"$dict":[[1,{"$datetime":"2026-01-02T03:04:05"}]]}`},
			want: []string{`"data_type":"raw","size":`, `"data":"plain"}`, `"data":7}`, `"data":{"$dict":[[1,{"$datetime":"2026-01-02T03:04:05"}]]}}`}},
		{name: "a file", args: []string{"--file", file}, want: []string{`"data":[1,2]}`}},
		{name: "a file of bytes", args: []string{"--type", "bytes", "--file", file}, want: []string{`"size":7,"data":{"$bytes":"WzEsCjJdCg=="}}`}},
		{name: "lines", stdin: "one\r\n2\n\nlast", want: []string{`"data":"one"}`, `"data":2}`, `"data":""}`, `"data":"last"}`}},
		{name: "nothing", want: []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, address := listening(t, "--json")
			sent := rxpeerWith(t, c.stdin, append([]string{"send", address}, c.args...)...)
			assert.Equal(t, exitOK, sent.code, sent.errors)
			l.wait("close")
			var got []string
			for line := range strings.Lines(l.interrupt().out) {
				if strings.Contains(line, `"event":"data"`) {
					got = append(got, line)
				}
			}
			require.Len(t, got, len(c.want))
			for i, want := range c.want {
				assert.Contains(t, got[i], want)
			}
		})
	}
}

func TestSendOffersWhatItsFlagsSay(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "(json)"},
		{[]string{"--type", "raw"}, "(raw)"},
		{[]string{"--lenient"}, "(json, lenient)"},
		{[]string{"--stream"}, "(json, stream)"},
		{[]string{"--stream", "--data-size", "12", "--type", "bytes", "--lenient"}, "(bytes, lenient, stream of 12 bytes)"},
	} {
		l, address := listening(t)
		assert.Equal(t, exitOK, rxpeer(t, append([]string{"connect", "--wait", "1ms", address}, c.args...)...).code)
		assert.Contains(t, l.wait("connected"), c.want)
	}
}

func TestSendPadsTheMessagesOfAStream(t *testing.T) {
	l, address := listening(t)
	assert.Equal(t, exitOK, rxpeer(t, "send", address, "--stream", "--data-size", "20", "1", "22", "333").code)
	l.wait("> 333")

	sent := rxpeer(t, "send", address, "--stream", "--data-size", "12", "1", "22", "333")
	assert.Equal(t, exitUsage, sent.code)
	assert.Equal(t, "sent 2 messages to "+address+"\n", sent.out)
	assert.Equal(t, "rxpeer: a message of 13 bytes does not fit a stream of 12; change --data-size, or leave out --stream\n", sent.errors)

	sent = rxpeer(t, "send", address, "--stream", "--type", "bytes", "abc", "de")
	assert.Equal(t, exitUsage, sent.code)
	assert.Equal(t, "rxpeer: a message of 2 bytes does not fit a stream of 3; change --data-size, or leave out --stream\n", sent.errors)
}

func TestSendSaysWhatIsWrongWithAValue(t *testing.T) {
	_, address := listening(t)
	for _, value := range []string{`{"$bytes":1}`, `[{"$set":[[]]}]`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000)} {
		sent := rxpeer(t, "send", "--type=raw", address, value)
		assert.Equal(t, exitUsage, sent.code, value)
		assert.True(t, strings.HasPrefix(sent.errors, "rxpeer: cannot send this value: "), sent.errors)
		assert.Equal(t, 1, strings.Count(sent.errors, "\n"), sent.errors)
	}
}

func TestSendGoesOnlyAsFarAsItsInput(t *testing.T) {
	l, address := listening(t)
	s := begin(t, "send", address)
	s.enter("one")
	l.wait("> one")
	s.enter("two")
	l.wait("> two")
	assert.Equal(t, result{0, "sent 2 messages to " + address, ""}, s.interrupt())
	l.wait("closed (remote)")
}

func TestSendEndsWhenTheOtherSideDoes(t *testing.T) {
	l, address := listening(t)
	s := begin(t, "send", address)
	s.enter("one")
	l.wait("> one")
	l.interrupt()
	ended := s.end()
	assert.Equal(t, exitEnded, ended.code)
	assert.Equal(t, "sent 1 message to "+address, ended.out)
	assert.Equal(t, "rxpeer: "+address+" ended the connection before everything was sent; ask whoever runs it, or try again later\n", ended.errors)
}

func TestSendSaysWhyItCannotConnect(t *testing.T) {
	serve := func(handle func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		go func() { // ends with the listener
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				handle(c)
			}
		}()
		return l.Addr().String()
	}
	var silent net.Conn
	t.Cleanup(func() { _ = silent.Close() })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	for name, c := range map[string]struct{ address, want string }{
		"nobody listens": {free.Addr().String(),
			`cannot reach A: connection refused; check the address, or see who is there with "rxpeer discover"`},
		"somebody is silent": {serve(func(c net.Conn) { silent = c }),
			"A did not answer within 100ms; check the address, or wait longer with --timeout"},
		"somebody hangs up": {serve(func(c net.Conn) { _ = c.Close() }),
			`what listens at A is no peer; see who is with "rxpeer discover"`},
		"somebody speaks something else": {serve(func(c net.Conn) { _, _ = c.Write([]byte(strings.Repeat("220 mail ", 20))); _ = c.Close() }),
			`what listens at A is no peer; see who is with "rxpeer discover"`},
	} {
		sent := rxpeer(t, "send", "--timeout", "100ms", c.address, "hello")
		assert.Equal(t, exitUnreachable, sent.code, name)
		assert.Empty(t, sent.out, name)
		assert.Equal(t, "rxpeer: "+c.want+"\n", named(sent.errors), name)
	}
}

func TestSendCanBeInterruptedWhileItConnects(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	s := begin(t, "send", l.Addr().String(), "--timeout", "1h", "hello")
	c, err := l.Accept()
	require.NoError(t, err)
	defer c.Close()
	ended := s.interrupt()
	assert.Equal(t, exitEnded, ended.code)
	assert.Equal(t, "rxpeer: interrupted before A had answered; nothing was sent\n", named(ended.errors))
}

func TestSendReportsAFileThatIsTooLarge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Truncate(file, 64<<20+1))
	_, address := listening(t)
	sent := rxpeer(t, "send", address, "--type", "bytes", "--file", file)
	assert.Equal(t, exitUsage, sent.code)
	assert.Contains(t, sent.errors, "is larger than 64 MiB, the limit of a message")
}
