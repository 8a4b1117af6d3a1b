package shape

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checks are what is asked of the module, by the sentence that holds when
// nothing is found.
var checks = []struct {
	name string
	find func(*module) []string
}{
	{"ImportsFollowTheArrows", checkArrows},
	{"CodeForUsersLinksNothingMadeForTests", checkTestingStaysOut},
	{"EveryPackageSaysWhatItIs", checkPackageComments},
	{"EveryExportedNameIsDocumented", checkComments},
	{"NoFileIsLongerThanTheWall", checkLength},
	{"NothingIsLeftOpen", checkWords},
	{"NoPackageHasAnInit", checkInit},
	{"LibrariesAreSilent", checkSilence},
	{"NoTestSleepsInRealTime", checkSleep},
	{"WhoStartsGoroutinesLooksForLeaks", checkLeaks},
}

func TestTheModuleKeepsItsShape(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	m, err := load(os.DirFS(root))
	require.NoError(t, err)
	require.NotEmpty(t, m.sources)
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			for _, finding := range check.find(m) {
				assert.Fail(t, finding)
			}
		})
	}
}
