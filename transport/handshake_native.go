package transport

import (
	"bytes"
	"io"
	"net"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// setupHeader is what an acceptor that speaks rxpeer/2 answers at once to one
// that does too: everything after it is frames.
var setupHeader = func() []byte {
	b, _ := peerpy.AppendAccept(nil, rxNative) // it fits
	b = bytes.Replace(b, []byte("ACCEPT"), []byte("SETUP"), 1)
	return append(b, b[len(b)-1])
}()

// exchange is the dialler's part of what follows the setup header: it returns
// what the acceptor tells of itself when that has accepted an offer of t.
func exchange(conn net.Conn, t codec.Type, o *Options) (*frame.Settings, error) {
	remote, err := readSettings(conn)
	if err == nil {
		err = lacks(t, remote)
	}
	if err != nil {
		return nil, err
	}
	if t.Valid() {
		t = "" // HELLO has it
	}
	own, err := o.settings(t)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(own); err != nil {
		return nil, noAnswer(err)
	}
	h, payload, err := readFrame(conn)
	switch {
	case err != nil:
		return nil, err
	case h.Kind == frame.Accept:
		return remote, nil
	case h.Kind == frame.Deny:
		r, err := frame.ParseReason(h.Kind, payload)
		if err != nil {
			return nil, &ProtocolError{Waiting: "a DENY", Err: err}
		}
		return nil, &DeniedError{Reason: r.Text}
	}
	return nil, &ProtocolError{Waiting: "an ACCEPT or DENY", Err: &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "not expected"}}
}

// introduce is the acceptor's part before the decision.
func introduce(conn net.Conn, o *Options) (*frame.Settings, error) {
	own, err := o.settings("")
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(bytes.Clone(setupHeader), own...)); err != nil {
		return nil, noAnswer(err)
	}
	return readSettings(conn)
}

func readSettings(conn net.Conn) (*frame.Settings, error) {
	h, payload, err := readFrame(conn)
	if err != nil {
		return nil, err
	}
	if h.Kind != frame.Setup {
		return nil, &ProtocolError{Waiting: "a SETUP", Err: &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "not expected"}}
	}
	s, err := frame.ParseSetup(payload)
	if err != nil {
		return nil, &ProtocolError{Waiting: "a SETUP", Err: err}
	}
	if s.Window < leastWindow || s.Messages == 0 || s.MaxFragment < frame.MaxPayload {
		err := &frame.Error{Code: frame.TooLarge, Kind: h.Kind, Text: "limits with which nothing could be sent"}
		return nil, &ProtocolError{Waiting: "a SETUP", Err: err}
	}
	return s, nil
}

// readFrame reads exactly one frame.
func readFrame(conn net.Conn) (frame.Header, []byte, error) {
	var head [frame.HeaderSize]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return frame.Header{}, nil, noAnswer(err)
	}
	h, err := frame.ParseHeader(head[:])
	if err != nil {
		return h, nil, &ProtocolError{Waiting: "a frame", Err: err}
	}
	if h.Length > frame.MaxPayload {
		err := &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "not expected"}
		return h, nil, &ProtocolError{Waiting: "a frame", Err: err}
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(conn, payload); err != nil {
		return h, nil, noAnswer(err)
	}
	return h, payload, nil
}
