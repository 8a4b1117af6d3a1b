// Package frame is the frame format of rxpeer/2, the native protocol
// (docs/protocol.md, section 7): appending and parsing, and nothing else. It
// does no I/O, keeps no state and allocates nothing but for SETUP frames.
//
// Append functions add exactly one frame to dst. Parse functions take what
// comes from a stranger: every length is checked against the bytes that are
// there, and bad input is an [*Error] with the code to end the connection with.
package frame
