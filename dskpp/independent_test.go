package dskpp_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The vectors are checked by a program in another language that has the formulas of
// RFC 6063 and nothing of this package: with Python and the program openssl.
// Without them the test is skipped by hand and fails in CI.
func TestVectorsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"python3", "openssl"} {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing and CI is set", program)
		}
		t.Skipf("%s is missing, so the vectors are not checked independently", program)
	}
	out, err := exec.Command("python3", "testdata/check_vectors.py").CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), " runs") {
		t.Errorf("%v: %s", err, out)
	}
}
