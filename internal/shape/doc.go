// Package shape holds no code. Its tests read the source of the whole module
// and fail where it leaves the shape that docs/architecture.md draws: an
// import against the arrows, a file that has grown too long, a name without a
// contract, a library that talks to the terminal.
//
// Every check is a function from source to findings and is itself tested on
// planted violations, so that a check that cannot fail is noticed.
package shape
