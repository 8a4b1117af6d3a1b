package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is "rxpeer version".
type version struct{}

// versionEvent says what this program is.
type versionEvent struct {
	Event    string `json:"event"`
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (e versionEvent) line() string {
	return fmt.Sprintf("rxpeer %s (%s, %s)", e.Version, e.Go, e.Platform)
}

// Run prints the version that the go command has recorded.
func (version) Run(s *streams) error {
	e := versionEvent{"version", "unknown", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		e.Version = info.Main.Version
	}
	s.out.print(e)
	return nil
}
