package shape

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sound is a module in which there is nothing to find.
var sound = map[string]string{
	"go.mod":               "module example.com/m\n",
	"README.md":            "A module.\n",
	"bench/go.mod":         "module example.com/m/bench\n",
	"bench/bench.go":       "package bench\n\nfunc init() { println() }\n",
	".git/hook.go":         "not Go",
	"stream/doc.go":        "// Package stream streams.\npackage stream\n",
	"stream/testdata/x.go": "not Go either",
	"stream/streamtest/s.go": "// Package streamtest helps tests.\npackage streamtest\n\n" +
		"import (\n\t_ \"testing\"\n\n\t_ \"example.com/m/stream\"\n)\n",
	"stream/s_test.go": "package stream_test\n\nimport (\n\t_ \"example.com/m/stream\"\n" +
		"\t_ \"example.com/m/stream/streamtest\"\n\t_ \"example.com/m/internal/netns\"\n)\n",
	"internal/netns/n.go":       "// Package netns helps tests.\npackage netns\n",
	"transport/codec/c.go":      "// Package codec codes.\npackage codec\n",
	"transport/internal/i/i.go": "// Package i is internal.\npackage i\n",
	"transport/t.go": "// Package transport carries.\npackage transport\n\nimport (\n\t_ \"example.com/m/stream\"\n" +
		"\t_ \"example.com/m/transport/codec\"\n\t_ \"example.com/m/transport/internal/i\"\n)\n",
	"transport/memory/m.go": "// Package memory remembers.\npackage memory\n\nimport _ \"example.com/m/transport\"\n",
	"cmd/x/main.go": "// Command x runs.\npackage main\n\nimport (\n\t\"fmt\"\n\n\t_ \"example.com/m/transport/memory\"\n)\n\n" +
		"func main() { fmt.Println(); go main() }\n",
	"discovery/d.go": "// Package discovery finds.\npackage discovery\n\n// Options are settings.\ntype Options struct {\n" +
		"\t// A and B are documented.\n\tA, B int\n\tC int // documented too\n\td int\n}\n\n" +
		"// Ways to be found.\nconst (\n\tX = iota\n\tY\n)\n\n// A Finder finds.\ntype Finder[T any] interface {\n" +
		"\t// Find finds.\n\tFind()\n}\n\n// Start starts.\nfunc (o *Options) Start() { go o.Start() }\n\n" +
		"type hidden[T any] struct{}\n\nfunc (h *hidden[T]) Exported() {}\n",
	"discovery/d_test.go": "package discovery\n\nimport (\n\t\"testing\"\n\n\t\"go.uber.org/goleak\"\n)\n\n" +
		"func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }\n",
}

// planted are additions to the sound module, with the check that must find
// them and the one finding it must have.
var planted = []struct {
	name, check string
	files       map[string]string
	finding     string
}{
	{"an import against the arrows", "ImportsFollowTheArrows",
		map[string]string{"stream/bad.go": "package stream\n\nimport _ \"example.com/m/transport\"\n"},
		"stream/bad.go:3: stream must not import transport"},
	{"an import of the internals of another layer", "ImportsFollowTheArrows",
		map[string]string{"operators/bad.go": "package operators\n\nimport _ \"example.com/m/internal/peerpy\"\n"},
		"operators/bad.go:3: operators must not import internal/peerpy"},
	{"a test with an import against the arrows", "ImportsFollowTheArrows",
		map[string]string{"stream/bad_test.go": "package stream\n\nimport _ \"example.com/m/peer\"\n"},
		"stream/bad_test.go:3: stream must not import peer"},
	{"an owner that imports what stands below it", "ImportsFollowTheArrows",
		map[string]string{"transport/bad.go": "package transport\n\nimport _ \"example.com/m/transport/memory\"\n"},
		"transport/bad.go:3: transport must not import transport/memory"},
	{"code that imports a helper of tests", "ImportsFollowTheArrows",
		map[string]string{"transport/bad.go": "package transport\n\nimport _ \"example.com/m/stream/streamtest\"\n"},
		"transport/bad.go:3: transport must not import stream/streamtest"},
	{"a program that imports another", "ImportsFollowTheArrows",
		map[string]string{"cmd/y/bad.go": "package main\n\nimport _ \"example.com/m/cmd/x\"\n"},
		"cmd/y/bad.go:3: cmd/y must not import cmd/x"},
	{"a helper of tests with an import against the arrows", "ImportsFollowTheArrows",
		map[string]string{"transport/transporttest/bad.go": "package transporttest\n\nimport _ \"example.com/m/peer\"\n"},
		"transport/transporttest/bad.go:3: transport/transporttest must not import peer"},
	{"a package in no layer", "ImportsFollowTheArrows",
		map[string]string{"util/bad.go": "package util\n"},
		"util/bad.go:1: package util stands in no layer"},
	{"a library that links testing", "CodeForUsersLinksNothingMadeForTests",
		map[string]string{"stream/bad.go": "package stream\n\nimport _ \"testing\"\n"},
		"stream/bad.go:3: testing is for tests"},
	{"a library that links testify", "CodeForUsersLinksNothingMadeForTests",
		map[string]string{"stream/bad.go": "package stream\n\nimport _ \"github.com/stretchr/testify/assert\"\n"},
		"stream/bad.go:3: github.com/stretchr/testify/assert is for tests"},
	{"a package without a comment", "EveryPackageSaysWhatItIs",
		map[string]string{"operators/bad.go": "package operators\n"},
		"operators/bad.go:1: package operators has no comment that says what it is"},
	{"a package comment that is about something else", "EveryPackageSaysWhatItIs",
		map[string]string{"operators/bad.go": "// Here is code.\npackage operators\n"},
		"operators/bad.go:2: package operators has no comment that says what it is"},
	{"an exported function", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\nfunc Bad() {}\n"},
		"stream/bad.go:3: Bad has no doc comment"},
	{"a doc comment that does not begin with the name", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\n// Badly named.\nfunc Bad() {}\n"},
		"stream/bad.go:4: the doc comment of Bad does not begin with its name"},
	{"a method of an exported generic type", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\n// Fine is fine.\ntype Fine[T any] struct{}\n\nfunc (f *Fine[T]) Bad() {}\n"},
		"stream/bad.go:6: Bad has no doc comment"},
	{"a type in a documented group", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\n// Types.\ntype (\n\tBad int\n)\n"},
		"stream/bad.go:5: Bad has no doc comment"},
	{"a method of an exported interface", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\n// Fine is fine.\ntype Fine interface {\n\tBad()\n}\n"},
		"stream/bad.go:5: Fine.Bad has no doc comment"},
	{"a field of an option struct", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\n// FineOptions are fine.\ntype FineOptions struct {\n\tBad int\n}\n"},
		"stream/bad.go:5: FineOptions.Bad has no doc comment"},
	{"an exported constant", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\nconst Bad = 1\n"},
		"stream/bad.go:3: Bad has no doc comment"},
	{"a variable in a group without a comment", "EveryExportedNameIsDocumented",
		map[string]string{"stream/bad.go": "package stream\n\nvar (\n\t// Fine is fine.\n\tFine = 1\n\tBad = 1\n)\n"},
		"stream/bad.go:6: Bad has no doc comment"},
	{"a file of 401 lines", "NoFileIsLongerThanTheWall",
		map[string]string{"stream/bad.go": "package stream\n" + strings.Repeat("\n", 399) + "var _ = 1"},
		"stream/bad.go:401: longer than 400 lines: one idea a file"},
	{"a mark in code", "NothingIsLeftOpen",
		map[string]string{"stream/bad.go": "package stream\n\n// TO" + "DO: finish.\n"},
		"stream/bad.go:3: TO" + "DO: nothing is left open"},
	{"a mark in prose", "NothingIsLeftOpen",
		map[string]string{"docs/bad.md": "Well.\n\nFIX" + "ME"},
		"docs/bad.md:3: FIX" + "ME: nothing is left open"},
	{"a mark in a script without a suffix", "NothingIsLeftOpen",
		map[string]string{".ci/run": "# X" + "XX"},
		".ci/run:1: X" + "XX: nothing is left open"},
	{"a program with an init", "NoPackageHasAnInit",
		map[string]string{"examples/x/bad.go": "package main\n\nfunc init() {}\n"},
		"examples/x/bad.go:3: init: importing a package does nothing here"},
	{"a library that prints", "LibrariesAreSilent",
		map[string]string{"stream/bad.go": "package stream\n\nimport f \"fmt\"\n\nvar _, _ = f.Println()\n"},
		"stream/bad.go:5: fmt.Println: a library is silent"},
	{"a library that knows the terminal", "LibrariesAreSilent",
		map[string]string{"stream/bad.go": "package stream\n\nimport \"os\"\n\nvar out = os.Stderr\n"},
		"stream/bad.go:5: os.Stderr: a library is silent"},
	{"a library that logs where it likes", "LibrariesAreSilent",
		map[string]string{"stream/bad.go": "package stream\n\nimport \"log\"\n\nvar out = log.New\n"},
		"stream/bad.go:5: log.New: a library is silent"},
	{"a library that takes the default logger", "LibrariesAreSilent",
		map[string]string{"stream/bad.go": "package stream\n\nimport \"log/slog\"\n\nvar out = slog.Default()\n"},
		"stream/bad.go:5: log/slog.Default: a library is silent"},
	{"a library with a forgotten println", "LibrariesAreSilent",
		map[string]string{"stream/bad.go": "package stream\n\nfunc bad() { println() }\n"},
		"stream/bad.go:3: println: a library is silent"},
	{"a test that sleeps", "NoTestSleepsInRealTime",
		map[string]string{"stream/bad_test.go": "package stream\n\nimport \"time\"\n\nfunc bad() { time.Sleep(1) }\n"},
		"stream/bad_test.go:5: time.Sleep outside of testing/synctest"},
	{"a go statement without goleak", "WhoStartsGoroutinesLooksForLeaks",
		map[string]string{"stream/bad.go": "package stream\n\nfunc bad() {\n\tgo bad()\n}\n"},
		"stream/bad.go:4: package stream starts goroutines; its TestMain must call goleak.VerifyTestMain"},
	{"a WaitGroup's Go without goleak", "WhoStartsGoroutinesLooksForLeaks",
		map[string]string{"stream/bad.go": "package stream\n\nimport \"sync\"\n\nfunc bad(wg *sync.WaitGroup) {\n\twg.Go(nil)\n}\n"},
		"stream/bad.go:6: package stream starts goroutines; its TestMain must call goleak.VerifyTestMain"},
}

func TestNothingIsFoundInASoundModule(t *testing.T) {
	m := moduleOf(t, sound)
	for _, check := range checks {
		assert.Empty(t, check.find(m), check.name)
	}
}

func TestEveryCheckFindsWhatIsPlanted(t *testing.T) {
	bites := make(map[string]bool)
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			files := maps.Clone(sound)
			maps.Copy(files, p.files)
			m := moduleOf(t, files)
			for _, check := range checks {
				if check.name == p.check {
					bites[check.name] = true
					assert.Equal(t, []string{p.finding}, check.find(m))
				}
			}
		})
	}
	for _, check := range checks {
		assert.True(t, bites[check.name], "nothing is planted for %s", check.name)
	}
}

func TestGeneratedFilesMayBeLong(t *testing.T) {
	files := maps.Clone(sound)
	files["stream/face.go"] = "// Code generated by gen. DO NOT EDIT.\n\npackage stream\n" + strings.Repeat("\n", wall)
	assert.Empty(t, checkLength(moduleOf(t, files)))
}

func TestSleepIsFreeInVirtualTime(t *testing.T) {
	files := maps.Clone(sound)
	files["stream/clock_test.go"] = "package stream\n\nimport (\n\t\"testing/synctest\"\n\t\"time\"\n)\n\n" +
		"func f() { synctest.Wait(); time.Sleep(1) }\n"
	assert.Empty(t, checkSleep(moduleOf(t, files)))
}

// moduleOf loads a module from memory.
func moduleOf(t *testing.T, files map[string]string) *module {
	t.Helper()
	fsys := make(fstest.MapFS)
	for name, body := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	m, err := load(fsys)
	require.NoError(t, err)
	return m
}
