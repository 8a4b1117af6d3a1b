package frame

import "fmt"

// Code says why a stream or a connection ends. Codes from 256 on belong to
// programs.
type Code uint32

// The codes.
const (
	OK        Code = iota // completed, or closed in order
	Protocol              // a frame that must not be there, or makes no sense
	TooLarge              // a limit was passed
	Credits               // more was sent than was granted
	Cancelled             // by the program, without a reason
	Failed                // the source failed: the text says how
	Panicked              // the source panicked
	Overflow              // a queue with a policy that fails was full
	NotFound              // there is no such stream
	Refused               // not for this peer
	Mismatch              // the two sides mean different types
	Timeout               // the other side is silent
	Internal              // something went wrong that should not
	Deadline              // the time that was given has passed
	Busy                  // too much is under way already
)

// Program is the first code of those that belong to programs.
const Program Code = 256

var codeNames = [...]string{
	"ok", "protocol error", "too large", "credit exceeded", "cancelled", "failed", "panicked",
	"overflow", "not found", "refused", "type mismatch", "timeout", "internal error",
	"deadline passed", "busy",
}

// String describes the code.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code %d", uint32(c))
}

// Error is a frame that breaks the rules. It ends its connection.
type Error struct {
	Code Code   // what to close with
	Kind Kind   // of the frame
	Text string // what is wrong with it
}

// Error describes the frame.
func (e *Error) Error() string { return fmt.Sprintf("%s frame: %s: %s", e.Kind, e.Code, e.Text) }
