package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestConnectIsADuplexNetcat(t *testing.T) {
	_, address := listening(t, "--echo")
	c := begin(t, "connect", address)
	c.enter("hello")
	c.wait("hello")
	c.enter(`[1, "a"]`)
	c.wait(`[1,"a"]`)
	assert.Equal(t, result{0, "hello\n[1,\"a\"]", ""}, c.interrupt())
}

func TestConnectGoesOnReceivingAfterTheEndOfItsInput(t *testing.T) {
	l, address := listening(t, "--echo")
	c := begin(t, "connect", "--json", address)
	c.enter("hello")
	_ = c.in.Close()
	c.wait(`"hello"`)
	l.interrupt()
	ended := c.end()
	assert.Equal(t, exitOK, ended.code, ended.errors)
	assert.Equal(t, `{"event":"connect","peer":"A","data_type":"json","lenient":false,"stream":false,"python":false}
{"event":"data","peer":"A","data_type":"json","size":17,"data":"hello"}
{"event":"close","peer":"A","reason":"remote"}`, named(ended.out))
}

func TestConnectWaitsNoLongerThanItIsTold(t *testing.T) {
	_, address := listening(t)
	assert.Equal(t, result{}, rxpeerWith(t, "hello\n", "connect", "--wait", "1ms", address))
}

func TestConnectReportsALineThatCannotBeSent(t *testing.T) {
	_, address := listening(t)
	ended := rxpeerWith(t, "{\"$date\":1}\n", "connect", "--type=raw", address)
	assert.Equal(t, exitUsage, ended.code)
	assert.Equal(t, "rxpeer: cannot send this value: $date: wants a string; try another --type\n", ended.errors)
}
