package peerpy

import (
	"errors"
	"fmt"
)

// What can be wrong with a header. They arrive wrapped in a [*HeaderError].
var (
	// ErrLength reports input that is not exactly one header long.
	ErrLength = errors.New("not 128 bytes")
	// ErrKind reports a header of another type than the one to be parsed.
	ErrKind = errors.New("another type of header")
	// ErrNotUTF8 reports text that is not UTF-8.
	ErrNotUTF8 = errors.New("not UTF-8")
	// ErrNoSeparator reports a header whose type is not followed by a |.
	ErrNoSeparator = errors.New("no separator after the type")
	// ErrPair reports a field that is not key=value: no =, two of them, or
	// nothing before it.
	ErrPair = errors.New("not a key=value pair")
	// ErrTooManyFields reports more than [MaxFields] fields.
	ErrTooManyFields = errors.New("too many fields")
	// ErrDuplicate reports a key that occurs twice.
	ErrDuplicate = errors.New("duplicated key")
	// ErrMissing reports a field that is required and absent or empty.
	ErrMissing = errors.New("missing")
	// ErrNumber reports a number that is anything but decimal digits.
	ErrNumber = errors.New("not a number of plain digits")
	// ErrRange reports a number that is too big or too small for its field.
	ErrRange = errors.New("number out of range")
	// ErrAddress reports an address that is not ip:port, or not one that may
	// stand in this header.
	ErrAddress = errors.New("not a usable ip:port")
	// ErrReserved reports a value to be sent that contains |, & or =.
	ErrReserved = errors.New("contains a character that headers reserve")
	// ErrDataType reports a data type to be sent that Python does not know.
	ErrDataType = errors.New("unknown data type")
	// ErrNotStream reports a data size to be sent for a connection that is
	// not a stream.
	ErrNotStream = errors.New("only streams have one")
)

// HeaderError says what is wrong with a header. Err is one of this package's
// errors.
type HeaderError struct {
	// Kind is the type of header that was being parsed or built.
	Kind Kind
	// Field is the key concerned; empty when it is the header as a whole.
	Field string
	// Err is the reason.
	Err error
}

// Error names the header, the field and the reason. What a stranger sent is
// quoted.
func (e *HeaderError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("peerpy: %v header: %v", e.Kind, e.Err)
	}
	return fmt.Sprintf("peerpy: %v header: %q: %v", e.Kind, e.Field, e.Err)
}

// Unwrap returns the reason.
func (e *HeaderError) Unwrap() error { return e.Err }

// HeaderSizeError reports a header that would be longer than [HeaderSize].
// It is peerpy's HeaderSizeError.
type HeaderSizeError struct {
	// Kind is the type of the header.
	Kind Kind
	// Size is how many bytes it would need.
	Size int
}

// Error names both sizes.
func (e *HeaderSizeError) Error() string {
	return fmt.Sprintf("peerpy: %v header: needs %d bytes, has %d", e.Kind, e.Size, HeaderSize)
}
