package rig

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc (sysconf(_SC_CLK_TCK), 100 on all
// Linux systems of today).
const tick = 10 * time.Millisecond

// CPU is the processor time that a process has used itself.
func CPU(pid int) time.Duration {
	own, _ := cpu(pid)
	return own
}

// TreeCPU is the processor time of a process and its children: those that live,
// and those that it has waited for.
func TreeCPU(pid int) time.Duration {
	own, ended := cpu(pid)
	sum := own + ended
	for _, child := range children(pid) {
		sum += CPU(child)
	}
	return sum
}

// cpu reads /proc/PID/stat. Fields count from 3 behind the name in parentheses:
// utime is 14, stime 15, and 16 and 17 are those of children that have ended.
func cpu(pid int) (own, ended time.Duration) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	ticks := func(at int) time.Duration {
		n, _ := strconv.ParseInt(fields[at-3], 10, 64)
		return time.Duration(n) * tick
	}
	if len(fields) < 15 {
		return 0, 0
	}
	return ticks(14) + ticks(15), ticks(16) + ticks(17)
}

func children(pid int) (all []int) {
	lists, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	for _, name := range lists {
		b, _ := os.ReadFile(filepath.Clean(name))
		for field := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(field); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// Memory returns the resident memory of a process in bytes, now and at its
// highest.
func Memory(pid int) (now, peak int64) {
	return status(pid, "VmRSS:") << 10, status(pid, "VmHWM:") << 10
}

// status reads a number out of /proc/PID/status.
func status(pid int, name string) int64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// MachineCPU is the processor time that the machine has used, and what it could
// have used, since it started.
func MachineCPU() (busy, all time.Duration) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	for i, field := range strings.Fields(line)[1:] {
		n, _ := strconv.ParseInt(field, 10, 64)
		d := time.Duration(n) * tick
		if i >= 8 { // guest times are in user time already
			break
		}
		all += d
		if i != 3 && i != 4 { // idle, waiting for a disk
			busy += d
		}
	}
	return busy, all
}
