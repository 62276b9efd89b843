package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
)

// A file of institutions that says less than it seems is refused: it would open the door to all, or to nobody.
func TestInstitutionsOfCardNetworks(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "institutions.json")
	for text, want := range map[string]string{
		`{"acquirer.example": ["123456", "77"], "network.example": []}`: "",
		`{"acquirer.example": ["00123456"]}`:                            "no institution",
		`{"acquirer.example": ["123456789012"]}`:                        "no institution",
		`{"acquirer.example": "123456"}`:                                "no JSON object of lists",
		`{}`:                                                            "nobody",
		`null`:                                                          "nobody",
		``:                                                              "no JSON object",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := app.Institutions(file)
		switch {
		case want == "" && (err != nil || len(got) != 2 || len(got["acquirer.example"]) != 2):
			t.Errorf("%s: %v, %v", text, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v", text, err)
		}
	}
	if got, err := app.Institutions(""); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := app.Institutions(file + "x"); err == nil {
		t.Error("no file, and no error")
	}
}
