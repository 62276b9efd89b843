package bank

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// The risk probe (F-6.2.1–2): a page with a login has a visit of its own, its script
// comes from our origin, and what the script reports goes through us to Countersign.
const (
	visitTimeout  = time.Second // a page waits for its visit that long, and works without
	reportMost    = 16 << 10    // bytes
	scriptMost    = 64 << 10    // bytes
	deviceCookie  = "device"
	deviceLife    = 180 * 24 * time.Hour
	noProbe       = "none" // stands for a page that should have had a visit
	probeField    = "page" // of the forms
	agentMost     = 1024   // bytes that the API takes
	visitMost     = 128    // bytes that the API takes
	forwardHeader = "X-Forwarded-For"
)

// circumstances is where and with what a customer is, as the API wants it.
type circumstances struct {
	Address string `json:"address,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Device  string `json:"device_tag,omitempty"`
	Visit   string `json:"visit,omitempty"`
}

// from is what is known of a request. page is the visit of the page that it came from, ""
// where pages have none.
func (b *bank) from(r *http.Request, page string) circumstances {
	return circumstances{source(r), cut(r.UserAgent(), agentMost), cut(b.kit.Cookie(r, deviceCookie), visitMost), cut(page, visitMost)}
}

// fromPage is from for a form that a page with the probe sent. Whoever takes the visit out
// of the form has not reported anything.
func (b *bank) fromPage(r *http.Request, f *ui.Form) circumstances {
	page := f.Value(probeField)
	if page == "" && b.probe {
		page = noProbe
	}
	return b.from(r, page)
}

// cut bounds a text that a browser made. What is not text in UTF-8 is left out.
func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	for _, r := range s {
		if r < ' ' || r == '\uFFFD' || r == 0x7F {
			return ""
		}
	}
	return s
}

// marked gives a browser without one a name for the device, by which it is known at the
// next login. It says nothing of the customer.
func (b *bank) marked(w http.ResponseWriter, r *http.Request) error {
	if !b.probe || b.kit.Cookie(r, deviceCookie) != "" {
		return nil
	}
	name, err := randomName(b.rand)
	if err == nil {
		b.kit.SetCookie(w, deviceCookie, name, deviceLife)
	}
	return err
}

// opener opens the visit of a page when it is drawn, and not before: forms that lead on
// draw none.
type opener struct {
	bank    *bank
	request *http.Request
}

// open returns the visit. Without an answer the page goes without the probe, which tells
// against the login and stops nobody.
func (o opener) open() string {
	if !o.bank.probe {
		return ""
	}
	return o.bank.api.openVisit(o.request.Context())
}

// openVisit opens a visit; "" when that takes too long or fails.
func (a *api) openVisit(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	var v struct {
		Visit string `json:"visit"`
	}
	if err := a.call(ctx, http.MethodPost, at("risk", "visits"), struct{}{}, &v); err != nil {
		return ""
	}
	return v.Visit
}

// script sends the probe's script on.
func (b *bank) script(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, b.api.base+"/probe.js", http.NoBody)
	if err != nil {
		return err
	}
	for _, name := range []string{"Accept-Encoding", "If-None-Match"} {
		q.Header[name] = r.Header[name]
	}
	got, err := b.api.http.Do(q)
	if err != nil {
		return unavailable(err)
	}
	defer got.Body.Close() //nolint:errcheck // it was only read
	for _, name := range []string{"Content-Type", "Content-Encoding", "Etag", "Cache-Control", "Vary"} {
		w.Header()[name] = got.Header[name]
	}
	w.WriteHeader(got.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(got.Body, scriptMost)) // if the browser has gone nobody is left to be told
	return nil
}

// report sends a report of the probe on. The browser learns nothing.
func (b *bank) report(w http.ResponseWriter, r *http.Request) error {
	defer w.WriteHeader(http.StatusNoContent)
	ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, b.api.base+"/probe/"+url.PathEscape(r.PathValue("visit")), io.LimitReader(r.Body, reportMost+1)) //nolint:gosec // one segment below an address of ours
	if err != nil {
		return nil
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header["User-Agent"] = r.Header["User-Agent"]
	q.Header.Set(forwardHeader, source(r))
	got, err := b.api.http.Do(q) //nolint:gosec // as above
	if err != nil {
		b.log.WarnContext(ctx, "a report of the probe was lost")
		return nil
	}
	_ = got.Body.Close()
	return nil
}
