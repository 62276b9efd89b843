package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/probe"
	"github.com/countersign-auth/countersign/webapp"
)

// The probe's two addresses stand beside the table of operations: browsers call them,
// through a path of the bank's own, and no answer says anything. They are in
// docs/api.md.

// probeScript is the script as it is served.
type probeScript struct {
	plain, packed []byte
	digest        string
}

func newProbeScript() (*probeScript, error) {
	plain := webapp.Probe()
	sum := sha256.Sum256(plain)
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return &probeScript{plain, b.Bytes(), hex.EncodeToString(sum[:8])}, nil
}

// path is the address that changes with the script.
func (s *probeScript) path() string { return "/probe.js?v=" + s.digest }

// serve sends the script. Under its digest it never changes.
func (s *probeScript) serve(w http.ResponseWriter, r *http.Request, c *call) error {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=300")
	if r.URL.Query().Get("v") == s.digest {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := s.plain, s.digest
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = s.packed, s.digest+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Etag", `"`+tag+`"`)
	c.status = http.StatusOK
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// takeReport takes what the probe of a page reports. The answer is the same whatever
// came, and whether there is such a visit or not.
func (a *API) takeReport(w http.ResponseWriter, r *http.Request, c *call) error {
	if err := a.reports.Source(a.source(r)); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, probe.MaxSize+1))
	_, over := errors.AsType[*http.MaxBytesError](err)
	if err == nil || over { // what broke off was no fault of the page
		if err := a.Risk.Report(r.Context(), r.PathValue("visit"), r.UserAgent(), body); err != nil {
			return err
		}
	}
	c.status = http.StatusNoContent
	w.WriteHeader(c.status)
	return nil
}

// probeScripts are the two addresses. They have a rate of their own, so that visitors of
// the bank's pages cannot use up that of the bank's applications.
func (a *API) probeScripts() []scripted {
	at := func(id, method, path string) route {
		return route{id: id, method: method, path: path, public: true, unlimited: true, quiet: true}
	}
	return []scripted{
		{at("getProbe", http.MethodGet, "/probe.js"), a.script.serve},
		{at("reportProbe", http.MethodPost, "/probe/{visit}"), a.takeReport},
	}
}
