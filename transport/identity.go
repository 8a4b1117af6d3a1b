package transport

import (
	"slices"

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

func identityOf(s *frame.Settings, codecs []codec.Type) Identity {
	id := Identity{Instance: s.Instance, Name: s.Name, Codecs: slices.Clone(codecs)}
	if len(s.Metadata) > 0 {
		id.Metadata = make(map[string]string, len(s.Metadata))
		for _, e := range s.Metadata {
			id.Metadata[e.Key] = e.Value
		}
	}
	return id
}

// settings returns what this side tells of itself, as a frame. A dialler offers a
// data type; the zero one means that HELLO names it.
func (o *Options) settings(offer codec.Type) ([]byte, error) {
	list, err := codec.NewList(o.Codecs...)
	if err != nil {
		return nil, err
	}
	s := &frame.Settings{
		Instance: o.Identity.Instance, Name: o.Identity.Name,
		Window:   uint64(min(max(o.Inbox, leastWindow), firstWindow)),
		Messages: uint64(o.windowMessages()), MaxMessage: uint64(o.MaxMessage),
		MaxFragment: frame.MaxPiece, MaxStreams: uint64(o.Streams),
		DataType: string(offer),
	}
	for _, t := range list.Types() {
		s.Codecs = append(s.Codecs, string(t))
	}
	for key, value := range o.Identity.Metadata {
		s.Metadata = append(s.Metadata, frame.Entry{Key: key, Value: value})
	}
	return frame.AppendSetup(nil, s)
}

// codecs returns the data types that this side numbers in its frames.
func (o *Options) codecs() []codec.Type {
	if len(o.Codecs) == 0 {
		return plainTypes
	}
	types := slices.Clone(plainTypes)
	for _, c := range o.Codecs {
		types = append(types, c.Type())
	}
	return types
}

// plainTypes are those that every peer knows.
var plainTypes = []codec.Type{codec.JSON, codec.Bytes, codec.Raw}

// offered returns the data type that a HELLO offers together with the settings
// that came with it. This side must know it.
func (o *Options) offered(hello Hello, remote *frame.Settings) (codec.Type, error) {
	if remote.DataType == "" {
		return hello.DataType, nil
	}
	t := codec.Type(remote.DataType)
	if !slices.Contains(o.codecs(), t) {
		return "", &CodecError{Type: t, Known: o.codecs(), Local: true}
	}
	return t, nil
}

// lacks returns why t cannot be offered to a remote that tells this of itself;
// nil says that it speaks peerpy's wire.
func lacks(t codec.Type, remote *frame.Settings) error {
	switch {
	case t.Valid():
		return nil
	case remote == nil:
		return &CodecError{Type: t, Known: plainTypes, Text: true}
	case slices.Contains(remote.Codecs, string(t)):
		return nil
	}
	return &CodecError{Type: t, Known: typesOf(remote.Codecs, nil)}
}

// windowMessages is how many messages a remote may send beyond those that were
// taken.
func (o *Options) windowMessages() int64 {
	if o.Window > 0 {
		return int64(min(o.Window, manyMessages))
	}
	return manyMessages
}
