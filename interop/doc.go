// Package interop holds no code. Its tests let this module and the real Python
// package peerpy, 1.2.2, talk to each other, in both directions and in all of
// peerpy's ways.
//
// They need a Python that can import peerpy: the one that the environment's
// RXPEER_PYTHON names, else python3. Without one they are skipped, unless
// RXPEER_CI is set; then they fail. Those about discovery need root and Linux
// besides, for network namespaces.
//
//	python3 -m venv venv
//	venv/bin/pip install --require-hashes --only-binary :all: -r .ci/requirements.txt
//	RXPEER_PYTHON=$PWD/venv/bin/python go test ./interop
//
// Where peerpy itself damages or loses data, for which docs/protocol.md has
// the reasons, a test logs how often, and asserts what can be asserted.
package interop
