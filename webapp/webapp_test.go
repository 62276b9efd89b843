package webapp_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/countersign-auth/countersign/webapp"
)

// TestProbeIsSmall: customers load it with the first page that they see.
func TestProbeIsSmall(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(webapp.Probe())
	_ = z.Close()
	if most := 15 << 10; b.Len() > most || len(webapp.Probe()) < 1000 {
		t.Errorf("the probe has %d bytes compressed and %d plain; it may have %d compressed", b.Len(), len(webapp.Probe()), most)
	}
}
