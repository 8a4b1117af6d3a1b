package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThePageTellsWhatThePackageSays(t *testing.T) {
	c, err := load("../..")
	require.NoError(t, err)
	require.NoError(t, c.check())
	page, err := os.ReadFile("../../../docs/operators.md")
	require.NoError(t, err)
	assert.True(t, string(page) == string(c.page()), "docs/operators.md is not up to date: go generate ./operators")
}

func TestWhatIsMissingIsToldByName(t *testing.T) {
	c := &catalog{
		operators: map[string]*operator{
			"Map":  {name: "Map", diagram: "x", elsewhere: []string{"", "Map", "map", "Map"}, example: true},
			"Bare": {name: "Bare"},
		},
		groups: table("# At a glance\n\n\toperator  goroutines\n\n\ttransform\n\tMap       none  -  ends  -\n\tGone      none\n\n# Next\n\n\tBare  a  b  c  d\n"),
	}
	err := c.check()
	require.Error(t, err)
	for _, want := range []string{
		"1 columns for Gone", "Gone, which does not exist", "Bare is not in the table", "Bare has no diagram",
		"documentation of Bare does not end with its names", "Bare has no example",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "Map ")
}

func TestADiagramIsTheFirstBlockOfCode(t *testing.T) {
	assert.Equal(t, "o:  a\nM:  b\n", diagram("Text.\n\n\to:  a\n\tM:  b\n\nMore:\n\n\tcode\n"))
	assert.Empty(t, diagram("Text.\n"))
}
