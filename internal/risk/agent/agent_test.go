package agent_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/risk/agent"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]agent.Agent{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36":                            {"Chrome 120", "Windows 10.0", "desktop"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91":          {"Edge 120", "Windows 10.0", "desktop"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0":                                                                     {"Firefox 121", "Linux", "desktop"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1":    {"Safari 17", "iOS 17", "mobile"},
		"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1":             {"Safari 16", "iPadOS 16", "tablet"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15":                      {"Safari 17", "macOS 10.15", "desktop"},
		"Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36": {"Samsung 23", "Android 14", "mobile"},
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36":                              {"HeadlessChrome 120", "Linux", "bot"},
		"curl/8.5.0": {"other", "other", "bot"},
		"":           {"other", "other", "unknown"},
		"😀\x00" + strings.Repeat("Chrome/", 1000): {"Chrome", "other", "unknown"},
	} {
		if got := agent.Read(text); got != want {
			t.Errorf("%.60q: %+v, want %+v", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X)")
	f.Add("Chrome/................................")
	f.Fuzz(func(t *testing.T, text string) {
		if a := agent.Read(text); a.Browser == "" || a.System == "" || a.Device == "" || len(a.Browser) > 40 || len(a.System) > 40 {
			t.Errorf("%q: %+v", text, a)
		}
	})
}
