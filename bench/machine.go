package main

import (
	"fmt"
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"
)

// describeMachine says what the figures were measured on, as far as it can be
// found out.
func describeMachine() []string {
	lines := []string{fmt.Sprintf("%s on %s/%s, %d of %d logical CPUs used", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.GOMAXPROCS(0), runtime.NumCPU())}
	if all, err := cpu.Info(); err == nil && len(all) > 0 && all[0].ModelName != "" {
		lines = append(lines, "CPU: "+all[0].ModelName)
	}
	if m, err := mem.VirtualMemory(); err == nil {
		lines = append(lines, fmt.Sprintf("memory: %.0f GiB", float64(m.Total)/(1<<30)))
	}
	if platform, _, version, err := host.PlatformInformation(); err == nil {
		lines = append(lines, fmt.Sprintf("system: %s %s", platform, version))
	}
	return lines
}
