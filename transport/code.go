package transport

import "github.com/rxpeer/rxpeer/transport/internal/frame"

// Code is the reason for which a side of an rxpeer/2 link ends the link, or a
// stream of it, as the wire has it (docs/protocol.md, section 7).
type Code uint32

// The codes that programs meet.
const (
	CodeCancelled = Code(frame.Cancelled) // by the program, without a reason
	CodeFailed    = Code(frame.Failed)    // the source failed: the text says how
	CodePanicked  = Code(frame.Panicked)  // the source panicked
	CodeOverflow  = Code(frame.Overflow)  // a queue with a policy that fails was full
	CodeNotFound  = Code(frame.NotFound)  // there is nothing of that name
	CodeRefused   = Code(frame.Refused)   // not for this peer
	CodeMismatch  = Code(frame.Mismatch)  // the two sides mean different types
	CodeInternal  = Code(frame.Internal)  // something went wrong that should not
	CodeDeadline  = Code(frame.Deadline)  // the time that was given has passed
	CodeBusy      = Code(frame.Busy)      // too much is under way already
	CodeProgram   = Code(frame.Program)   // from here on they are the program's own
)

// String describes the code.
func (c Code) String() string { return frame.Code(c).String() }
