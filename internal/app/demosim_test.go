package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDemoHasSIMs: the demo's SIM cards are a process of its own, which the lab shows.
func TestDemoHasSIMs(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	client := &http.Client{Timeout: 30 * time.Second}
	for _, c := range d.Customers[:2] {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URLs["lab"]+"/phones/"+strings.TrimPrefix(c.Phone, "+"), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), "Its SIM card") || !strings.Contains(string(page), "89430299") {
			t.Errorf("%s: %s, %v\n%s", c.Name, res.Status, err, page)
		}
	}
}
