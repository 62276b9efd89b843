package config_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/config"
)

// A file is either read into a configuration that is valid, or refused with
// problems that all say where.
func FuzzLoad(f *testing.F) {
	f.Add(enough, "COUNTERSIGN_API_ADDRESS=127.0.0.1:2")
	f.Add(config.Reference(), "COUNTERSIGN_LOG_LEVEL=debug")
	f.Add("a: &a [*a]\n<<: *a\n? {x: y}\n: z\n---\n", "COUNTERSIGN_=")
	f.Add("api: {tls: {key: k}}\ntrusted_proxies: [::1, 10.0.0.0/8]\nlimits: {body: 9223372036854775807GiB}", "COUNTERSIGN_KEYS_VALUE_FILE=x")
	f.Fuzz(func(t *testing.T, text, environ string) {
		c, err := load(text, nil, environ)
		if err != nil {
			if problems(t, err) == "" {
				t.Error("refused without a problem")
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("accepted, but not valid: %s", problems(t, err))
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"0", "1MiB", "2GiB", "512 KiB", "1MB", "-1", "99999999999GiB", "7B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := config.ParseSize(text)
		if err != nil {
			return
		}
		again, err := config.ParseSize(n.String())
		if err != nil || again != n || n < 0 {
			t.Errorf("%q is %d, written %q, read back as %d, %v", text, n, n, again, err)
		}
	})
}
