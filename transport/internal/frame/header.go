package frame

import (
	"encoding/binary"
	"fmt"
)

const (
	// HeaderSize is the length of a frame's header, in bytes.
	HeaderSize = 8
	// MaxPayload is how many bytes may follow a header, but for that of a piece.
	MaxPayload = 1 << 16
	// MaxPiece is how many bytes may follow the header of a piece of a message.
	// Those go where the message is put together, and are not looked at.
	MaxPiece = 1 << 18
	// MaxLength is more than that: what a header can say.
	MaxLength = 1<<24 - 1
	// MaxStream is the largest number of a stream.
	MaxStream = 1<<32 - 1
)

// Kind is a frame's type.
type Kind uint8

// Frames about the connection. Their stream is 0.
const (
	Setup  Kind = 1 + iota // who this is, and what it can take
	Accept                 // the offer is accepted
	Deny                   // or not: a reason
	Ping                   // asks for a Pong with the same payload
	Pong
	Close // nothing but Credit, Stop, Ping and Pong follows: a code and a reason
)

// Frames about one stream: Open about both directions, the others about one.
const (
	Credit Kind = 8 + iota // the receiver can take more, and took so many
	Gap                    // the sender dropped messages here
	End                    // nothing follows: a code and a reason
	Stop                   // the receiver wants no more: a code and a reason
	Open                   // begins the stream, both directions: what it is about
)

// Frames with messages. The codec of the messages is added to the kind.
const (
	Data Kind = 0x10 // whole messages, each behind its length
	Head Kind = 0x20 // the length of a message and the beginning of it
	Part Kind = 0x30 // the next piece of that message
)

// MaxCodec is the largest number of a codec.
const MaxCodec = 15

// Ignorable is the first of the kinds that are skipped by those who do not know
// them. All other unknown kinds are errors.
const Ignorable Kind = 0x80

// Messages splits the kind of a frame with messages: into Data, Head or Part,
// and the codec. Of other kinds it returns the kind itself.
func (k Kind) Messages() (kind Kind, codec uint8) {
	if k >= Data && k <= Part|MaxCodec {
		return k &^ MaxCodec, uint8(k & MaxCodec)
	}
	return k, 0
}

var kindNames = map[Kind]string{
	Setup: "SETUP", Accept: "ACCEPT", Deny: "DENY", Ping: "PING", Pong: "PONG", Close: "CLOSE",
	Credit: "CREDIT", Gap: "GAP", End: "END", Stop: "STOP", Open: "OPEN", Data: "DATA", Head: "HEAD", Part: "PART",
}

// String returns the kind as docs/protocol.md names it.
func (k Kind) String() string {
	kind, _ := k.Messages()
	if name, ok := kindNames[kind]; ok {
		return name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Header is the header of a frame.
type Header struct {
	Kind   Kind
	Length int // of the payload
	Stream uint32
}

// PutHeader writes a header into the first HeaderSize bytes of dst: byte 0 is
// the kind, 1 to 3 the length, 4 to 7 the stream, little-endian.
func PutHeader(dst []byte, h Header) {
	binary.LittleEndian.PutUint64(dst, uint64(h.Kind)|uint64(h.Length)<<8|uint64(h.Stream)<<32)
}

// AppendHeader appends a header.
func AppendHeader(dst []byte, h Header) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(h.Kind)|uint64(h.Length)<<8|uint64(h.Stream)<<32)
}

// ParseHeader parses the first HeaderSize bytes of b, which must be there. It
// checks what a header alone can tell: the kind, that it has a stream if it
// needs one and none otherwise, and the length.
func ParseHeader(b []byte) (Header, error) {
	x := binary.LittleEndian.Uint64(b)
	h := Header{Kind: Kind(x), Length: int(x >> 8 & MaxLength), Stream: uint32(x >> 32)}
	if h.Length > MaxPayload {
		most := MaxPayload
		if kind, _ := h.Kind.Messages(); kind == Head || kind == Part {
			most = MaxPiece
		}
		if h.Length > most {
			return h, &Error{TooLarge, h.Kind, fmt.Sprintf("payload of %d bytes, at most %d", h.Length, most)}
		}
	}
	if h.Kind >= Data && h.Kind <= Part|MaxCodec && h.Stream != 0 {
		return h, nil
	}
	return h, h.check()
}

// check is about all but frames with messages.
func (h Header) check() error {
	connection := false
	switch kind, _ := h.Kind.Messages(); kind {
	case Setup, Accept, Deny, Ping, Pong, Close:
		connection = true
	case Credit, Gap, End, Stop, Open, Data, Head, Part:
	default:
		if h.Kind >= Ignorable {
			return nil
		}
		return &Error{Protocol, h.Kind, "no such frame"}
	}
	switch {
	case connection && h.Stream != 0:
		return &Error{Protocol, h.Kind, fmt.Sprintf("on stream %d, must be on none", h.Stream)}
	case !connection && h.Stream == 0:
		return &Error{Protocol, h.Kind, "on no stream"}
	}
	return nil
}
