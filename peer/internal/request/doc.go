// Package request is what a stream of rxpeer/2 says when it is opened, and the
// messages of calls: docs/protocol.md, section 8. It is pure code: append to
// encode, read a slice to parse.
package request
