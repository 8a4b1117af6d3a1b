// Package netns gives tests hosts of their own: Linux network namespaces on
// one Ethernet segment, so that broadcasts, interfaces and addresses are real
// and no other machine takes part.
//
// [New] makes the hosts. A program runs on one by [Host.Command]; a part of the
// test itself by [Host.Start], which starts the test's binary again, on that
// host. For that the package's TestMain calls [Main] first:
//
//	func TestMain(m *testing.M) {
//		netns.Main(map[string]netns.Helper{"announce": announce})
//		goleak.VerifyTestMain(m)
//	}
//
// It takes root and ip(8) from iproute2. Where they are missing New skips the
// test and says why; when the environment has RXPEER_CI the test fails instead,
// so that nobody's continuous integration skips it unseen.
package netns
