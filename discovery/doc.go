// Package discovery finds peers on the local network and lets them be found,
// the way the Python library peerpy does: who looks for peers broadcasts a
// PING by UDP, and every visible peer answers with a PONG that names the TCP
// address it listens on (docs/protocol.md, section 5).
//
// [Announce] answers for a peer. [LocalPeers] asks once and lists who answered.
// [Browse] goes on asking and tells, as a stream of [Event], who comes and who
// goes. Other ways to find peers can give streams of the same events, to be
// merged with this one; [Event.Via] tells them apart.
//
// # Networks
//
// Every interface that is up is asked on, loopback included, from a port of
// its own, by limited and by directed broadcast; the one that arrives twice is
// answered twice and counts once. Peers of one machine share the discovery
// port and all hear a broadcast, also the one to 127.255.255.255.
// [Options.Interfaces] narrows this down; [Loopback] is such a filter. The
// protocol is one for IPv4.
//
// A firewall must let UDP through to the discovery port of those who answer,
// and, since the answer to a broadcast belongs to no flow that a firewall
// knows, from that port to those who ask.
//
// # Trust
//
// Nothing on the wire is authenticated, so answers count only as far as they
// could be true: a peer names an address of the host it answers from, or, on
// this machine, any address of this machine. Datagrams that are no header of
// the protocol are ignored and counted. Answers per second and the number of
// peers remembered are bounded. Whoever wants to know who a peer is asks that
// of the connection to it.
package discovery
