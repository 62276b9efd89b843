package ota_test

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// vector is a record of testdata/vectors.txt.
type vector map[string]string

func vectors(t testing.TB, kind string) (all []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range strings.Split(string(b), "\n\n") {
		v := vector{}
		for line := range strings.Lines(record) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(line, "#") {
				v[name] = strings.TrimSpace(value)
			}
		}
		if v["kind"] == kind {
			all = append(all, v)
		}
	}
	return all
}

func (v vector) bytes(t testing.TB, name string) []byte { return unhex(t, v[name]) }

func (v vector) number(t testing.TB, name string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(v[name], base, 64)
	if err != nil {
		t.Fatalf("%s: %s: %v", v["id"], name, err)
	}
	return n
}

func (v vector) security(t testing.TB) ota.Security {
	t.Helper()
	return ota.Security{
		SPI: ota.SPI(v.number(t, "spi", 16)), KIc: ota.Indicator(v.number(t, "kic", 16)), KID: ota.Indicator(v.number(t, "kid", 16)),
	}
}

func (v vector) keys(t testing.TB) ota.Keys {
	t.Helper()
	return ota.Keys{KIc: v.bytes(t, "ckey"), KID: v.bytes(t, "kkey")}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
