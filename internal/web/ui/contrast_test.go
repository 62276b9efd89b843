package ui_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// pairs are the combinations that the style sheets use, with the contrast that
// WCAG 2.2 asks for: 4.5 for text (1.4.3), 3 for controls (1.4.11).
var pairs = []struct {
	ink, ground string
	least       float64
}{
	{"text", "bg", 4.5},
	{"text", "surface", 4.5},
	{"text", "sunken", 4.5},
	{"text", "accent-soft", 4.5},
	{"text-2", "bg", 4.5},
	{"text-2", "surface", 4.5},
	{"text-2", "sunken", 4.5},
	{"accent", "bg", 4.5},
	{"accent", "surface", 4.5},
	{"accent", "accent-soft", 4.5},
	{"accent-hover", "surface", 4.5},
	{"on-accent", "accent", 4.5},
	{"on-accent", "accent-hover", 4.5},
	{"control-line", "surface", 3},
	{"control-line", "bg", 3},
	{"good", "good-soft", 4.5},
	{"good", "surface", 4.5},
	{"warn", "warn-soft", 4.5},
	{"warn", "surface", 4.5},
	{"bad", "bad-soft", 4.5},
	{"bad", "surface", 4.5},
	{"info", "info-soft", 4.5},
	{"info", "surface", 4.5},
	{"text", "good-soft", 4.5},
	{"text", "warn-soft", 4.5},
	{"text", "bad-soft", 4.5},
	{"text", "info-soft", 4.5},
}

func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?s):root(\[data-face="(\w+)"\])? \{(.*?)\n  \}`)
	token := regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	common, faces := map[string][2]string{}, map[string]map[string][2]string{}
	for _, b := range block.FindAllStringSubmatch(string(css), -1) {
		into := common
		if b[2] != "" {
			into = map[string][2]string{}
			faces[b[2]] = into
		}
		for _, m := range token.FindAllStringSubmatch(b[3], -1) {
			into[m[1]] = [2]string{m[2], m[3]}
		}
	}
	if len(faces) != 5 || len(common) < 12 {
		t.Fatalf("found %d faces and %d common colors", len(faces), len(common))
	}
	for face, own := range faces {
		color := func(name string, scheme int) string {
			c, ok := own[name]
			if !ok {
				c, ok = common[name]
			}
			if !ok {
				t.Fatalf("%s has no color %s", face, name)
			}
			return c[scheme]
		}
		for scheme, word := range []string{"light", "dark"} {
			for _, p := range pairs {
				if got := contrast(color(p.ink, scheme), color(p.ground, scheme)); got < p.least {
					t.Errorf("%s, %s: %s on %s is %.2f, want %.1f", face, word, p.ink, p.ground, got, p.least)
				}
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	part := func(i int) float64 {
		n, _ := strconv.ParseUint(hex[i:i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(1) + 0.7152*part(3) + 0.0722*part(5)
}
