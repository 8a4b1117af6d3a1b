// Package peerpy is the header format of the Python library peerpy: appending
// and parsing, and nothing else. It does no I/O, keeps no state between calls
// except in the two small types that are made for it ([DataAppender] and
// [DataParser]), and allocates nothing for a well-formed DATA header.
//
// A header is TYPE or TYPE|key=value&key=value in UTF-8, padded on the right
// with | to [HeaderSize] bytes (docs/protocol.md, section 1). Append functions
// add exactly one header to dst, or return dst as it was together with an
// error. Parse functions take exactly one header; what they are given comes
// from a stranger, so each kind of bad input has an error of its own, wrapped
// in a [*HeaderError].
package peerpy
