package oath_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/oath"
)

// oathtool finds the program of the OATH Toolkit (Debian package oathtool).
// Without it the test is skipped by hand and fails in CI.
func oathtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("oathtool")
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal("oathtool is missing and CI is set: apt-get install oathtool")
	default:
		t.Skip("oathtool is missing, so codes are not compared with it: apt-get install oathtool")
	}
	return path
}

// codes runs oathtool; it prints a window of codes, one a line. The key goes
// through standard input.
func codes(t *rapid.T, path string, key []byte, args ...string) []string {
	cmd := exec.Command(path, append(args, "-")...)
	cmd.Stdin = strings.NewReader(hex.EncodeToString(key))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("oathtool %q: %v", args, err)
	}
	return strings.Fields(string(out))
}

// TestOathtoolHOTP compares random keys, counters and lengths with oathtool,
// which makes codes and finds ours in a window as we find its.
func TestOathtoolHOTP(t *testing.T) {
	t.Parallel()
	path := oathtool(t)
	rapid.Check(t, func(t *rapid.T) {
		key, digits := anyKey.Draw(t, "key"), rapid.IntRange(6, 8).Draw(t, "digits")
		from := rapid.Uint64Max(1<<63-100).Draw(t, "counter")
		h, err := oath.NewHOTP(key, oath.HOTPOptions{Digits: digits})
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"-d", strconv.Itoa(digits), "-c", strconv.FormatUint(from, 10), "-w", "20"}
		theirs := codes(t, path, key, args...)
		if len(theirs) != 21 {
			t.Fatalf("oathtool printed %d codes", len(theirs))
		}
		for i, code := range theirs {
			if got := h.Code(from + uint64(i)); got != code {
				t.Fatalf("counter %d: %s, oathtool %s", from+uint64(i), got, code)
			}
		}
		i := rapid.IntRange(0, 20).Draw(t, "which")
		cmd := exec.Command(path, append(args, "-", h.Code(from+uint64(i)))...)
		cmd.Stdin = strings.NewReader(hex.EncodeToString(key))
		out, err := cmd.Output()
		c, ok := h.Find(theirs[i], from, 21)
		if want := strings.TrimSpace(string(out)); err != nil || !ok || strconv.FormatUint(c-from, 10) != want {
			t.Fatalf("Find = %d, %v, oathtool found %s, %v", c-from, ok, want, err)
		}
	})
}

// TestOathtoolTOTP compares random keys, times, steps, epochs, hashes and
// lengths with oathtool.
func TestOathtoolTOTP(t *testing.T) {
	t.Parallel()
	path := oathtool(t)
	rapid.Check(t, func(t *rapid.T) {
		key, digits, hash := anyKey.Draw(t, "key"), rapid.IntRange(6, 8).Draw(t, "digits"), anyHash.Draw(t, "hash")
		size := rapid.OneOf(rapid.Just(30), rapid.Just(60), rapid.IntRange(1, 86400)).Draw(t, "step")
		epoch := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 1e9)).Draw(t, "epoch")
		at := time.Unix(rapid.Int64Range(epoch, 5e10).Draw(t, "time"), 0)
		tok, err := oath.NewTOTP(key, oath.TOTPOptions{Hash: hash, Digits: digits, Step: time.Duration(size) * time.Second, Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		theirs := codes(t, path, key, "--totp="+hash.String(), "-d", strconv.Itoa(digits), "-w", "5",
			"-N", fmt.Sprintf("@%d", at.Unix()), "-S", fmt.Sprintf("@%d", epoch), "-s", fmt.Sprintf("%ds", size))
		if len(theirs) != 6 {
			t.Fatalf("oathtool printed %d codes", len(theirs))
		}
		for i, code := range theirs {
			later := at.Add(time.Duration(i*size) * time.Second)
			if got, err := tok.Code(later); got != code || err != nil {
				t.Fatalf("%v: %s, %v, oathtool %s", later, got, err, code)
			}
		}
	})
}
