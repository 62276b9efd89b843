package countersign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
)

// The first login of the README is run as it is printed, with nothing replaced
// but the port, so that nobody's first five minutes fail.
func TestFirstLoginOfTheReadme(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed")
	}
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n## A first login\n")
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(strings.Split(text, "\n## ")[0], -1)
	if len(blocks) == 0 {
		t.Fatal("the README has no commands under the heading \"A first login\"")
	}
	var lines strings.Builder
	lines.WriteString("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
	for _, b := range blocks {
		lines.WriteString(b[1])
	}
	api := apptest.FreeAddress(t)
	script := strings.ReplaceAll(lines.String(), "127.0.0.1:8081", api)

	bin := t.TempDir()
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "TMPDIR="+t.TempDir(),
		"COUNTERSIGN_API_ADDRESS="+api, "COUNTERSIGN_CONSOLE_ADDRESS=127.0.0.1:0", "COUNTERSIGN_METRICS_ADDRESS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	granted := regexp.MustCompile(`"state":"granted"`).FindAllIndex(out, -1)
	refused := regexp.MustCompile(`"accepted":false`).FindAllIndex(out, -1)
	if len(granted) != 1 || len(refused) != 1 || granted[0][0] > refused[0][0] {
		t.Errorf("the first code should log in and the same code again should not; output:\n%s", out)
	}
}
