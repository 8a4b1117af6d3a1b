package peer

import "github.com/rxpeer/rxpeer/transport/codec"

// codec returns the codec of a data type that this peer knows, or a
// *[codec.DataTypeError].
func (p *Peer) codec(t codec.Type) (codec.Codec, error) { return p.codecs.Find(t) }

// decoderOf is [codec.Decoder] for a data type that p knows.
func decoderOf[T any](p *Peer, t codec.Type) (func(body []byte) (T, error), error) {
	c, err := p.codec(t)
	if err != nil {
		return nil, err
	}
	return codec.Decoder[T](c)
}

// encoderOf is [codec.Encoder] for a data type that p knows.
func encoderOf[T any](p *Peer, t codec.Type) (func(dst []byte, v T) ([]byte, error), error) {
	c, err := p.codec(t)
	if err != nil {
		return nil, err
	}
	return codec.Encoder[T](c)
}
