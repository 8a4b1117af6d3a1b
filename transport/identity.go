package transport

import (
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// Identity is what each side of an rxpeer/2 link tells of itself before an
// offer is decided. Nothing of it is verified.
type Identity struct {
	// Instance tells one running peer from another, whatever their addresses.
	Instance [16]byte
	// Name is for people, up to 255 bytes; it may be empty.
	Name string
	// Codecs are the data types that it can decode.
	Codecs []codec.Type
	// Metadata is what its program tells: up to 32 keys of up to 255 bytes,
	// with values of up to 4096.
	Metadata map[string]string
}

func identityOf(s *frame.Settings) Identity {
	id := Identity{Instance: s.Instance, Name: s.Name}
	for _, name := range s.Codecs {
		id.Codecs = append(id.Codecs, codec.Type(name))
	}
	if len(s.Metadata) > 0 {
		id.Metadata = make(map[string]string, len(s.Metadata))
		for _, e := range s.Metadata {
			id.Metadata[e.Key] = e.Value
		}
	}
	return id
}

// settings returns what this side tells of itself, as a frame.
func (o *Options) settings() ([]byte, error) {
	s := &frame.Settings{
		Instance: o.Identity.Instance, Name: o.Identity.Name,
		Window:   uint64(min(max(o.Inbox, leastWindow), firstWindow)),
		Messages: uint64(o.windowMessages()), MaxMessage: uint64(o.MaxMessage),
		MaxFragment: frame.MaxPayload, MaxStreams: uint64(o.Streams),
	}
	for _, t := range o.codecs() {
		s.Codecs = append(s.Codecs, string(t))
	}
	for key, value := range o.Identity.Metadata {
		s.Metadata = append(s.Metadata, frame.Entry{Key: key, Value: value})
	}
	return frame.AppendSetup(nil, s)
}

// codecs returns the data types that this side numbers in its frames.
func (o *Options) codecs() []codec.Type {
	if len(o.Identity.Codecs) > 0 {
		return o.Identity.Codecs
	}
	return plainTypes
}

// plainTypes are those that every peer knows.
var plainTypes = []codec.Type{codec.JSON, codec.Bytes, codec.Raw}

// windowMessages is how many messages a remote may send beyond those that were
// taken.
func (o *Options) windowMessages() int64 {
	if o.Window > 0 {
		return int64(min(o.Window, manyMessages))
	}
	return manyMessages
}
