package mss_test

import (
	"bufio"
	"bytes"
	"fmt"
	"mime"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/mss"
)

// recorded reads a request of testdata: its media type and its body.
func recorded(t *testing.T, name string) (media string, body []byte) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "requests", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	head, body, found := bytes.Cut(data, []byte("\r\n\r\n"))
	_, fields, _ := bytes.Cut(head, []byte("\r\n"))
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(fields, "\r\n\r\n"...)))).ReadMIMEHeader()
	if err != nil || !found {
		t.Fatalf("%s: %v", name, err)
	}
	media, _, err = mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	return media, body
}

// compare compares what is public of two messages; details of a status are private.
func compare(want, got any) string {
	return cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && f.Name() == "detail"
	}, cmp.Ignore()))
}

var (
	name = rapid.StringMatching(`[A-Za-z_][A-Za-z0-9._-]{0,30}`)
	uri  = rapid.StringMatching(`https?://[a-z]{1,10}\.example/[a-zA-Z0-9#.]{1,10}`)
	text = rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09 <>&\"'äß€😀.:/\\{}[]")), 1, 60, -1).Draw(t, "text")
		return "x" + strings.TrimSpace(s) + "y"
	})
	instant = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "instant")).UTC()
	})
	octets = rapid.SliceOfN(rapid.Byte(), 1, 50)
)

func drawBase(t *rapid.T) mss.Base {
	return mss.Base{
		Major: rapid.IntRange(1, 2).Draw(t, "major"), Minor: rapid.IntRange(0, 2).Draw(t, "minor"),
		AP: mss.AP{
			ID: uri.Draw(t, "ap"), TransID: name.Draw(t, "trans"), Password: mss.Password(text.Draw(t, "password")), Instant: instant.Draw(t, "when"),
			URL: rapid.OneOf(rapid.Just(""), uri).Draw(t, "url"),
		},
		MSSP: mss.Server{ID: mss.Member{URI: rapid.OneOf(rapid.Just(""), uri).Draw(t, "mssp")}},
	}
}

func drawData(t *rapid.T) mss.Data {
	return mss.Data{Given: true, Text: text.Draw(t, "data"), MimeType: rapid.SampledFrom([]string{"", "text/plain"}).Draw(t, "mime"), Encoding: rapid.SampledFrom([]string{"", "UTF-8"}).Draw(t, "encoding")}
}

func drawUser(t *rapid.T) mss.User {
	return mss.User{MSISDN: rapid.StringMatching(`\+?[1-9][0-9]{5,13}`).Draw(t, "msisdn"), Identifier: rapid.OneOf(rapid.Just(""), name).Draw(t, "user")}
}

func drawSigned(t *rapid.T) mss.Signed {
	switch rapid.IntRange(0, 2).Draw(t, "signed") {
	case 1:
		return mss.Signed{CMS: octets.Draw(t, "cms")}
	case 2:
		return mss.Signed{PKCS1: octets.Draw(t, "pkcs1"), Certificate: octets.Draw(t, "certificate")}
	}
	return mss.Signed{}
}

func drawStatus(t *rapid.T) mss.Status {
	code := rapid.SampledFrom([]int{mss.RequestOK, mss.SignatureMade, mss.ValidSignature, mss.OutstandingTransaction}).Draw(t, "code")
	return mss.Status{Code: code, Message: mss.Name(code)}
}

func drawDialect(t *rapid.T) mss.Dialect {
	return rapid.SampledFrom([]mss.Dialect{
		{}, {Qualified: true}, {Text: true}, {Wrapper: mss.WSDLNamespace}, {Wrapper: mss.WSDLNamespace, Qualified: true}, {Wrapper: "urn:other"}, {Bare: true}, {Bare: true, Qualified: true}, {JSON: true},
	}).Draw(t, "dialect")
}

func sprint(format string, v any) string { return fmt.Sprintf(format, v) }
