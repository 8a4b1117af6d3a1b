package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheGeneratedFileIsUpToDate(t *testing.T) {
	dir := filepath.Join("..", "..")
	want, err := generate(dir)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(dir, "rx_gen.go"))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate in package stream")
}

func TestRxGoHasTheMethodsThatAreDocumented(t *testing.T) {
	methods, _, err := observableMethods()
	require.NoError(t, err)
	assert.Len(t, methods, 74, "75 with Observe, which is from Iterable")
}
