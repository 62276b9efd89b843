package httpapi_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// upload posts a form whose parts are given in order, name before value.
func (w *world) upload(parts ...string) *response {
	w.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		var err error
		if name, value := parts[i], parts[i+1]; name == "file" {
			var p io.Writer
			p, err = form.CreateFormFile(name, "box-17.csv")
			w.must(err)
			_, err = io.WriteString(p, value)
		} else {
			err = form.WriteField(name, value)
		}
		w.must(err)
	}
	w.must(form.Close())
	return w.do(request{method: http.MethodPost, path: "/v1/token-imports", kind: form.FormDataContentType(), body: &b})
}

func csvRow(serial string) string { return serial + "," + hex.EncodeToString(key(serial)) + ",HOTP\n" }

func TestImportsReportTheirRows(t *testing.T) {
	each(t, func(w *world) {
		file := "\ufeff" + csvRow("7700001") + "7700002,zz,HOTP\n" + csvRow("7700001")
		w.upload("mode", "rows", "dry_run", "true", "hash", "sha1", "file", file).status(http.StatusOK).has(fields{"dry_run": true, "imported": 1, "duplicate": 1, "refused": 1})
		w.get("/v1/tokens/7700001").problem(http.StatusNotFound, "token.unknown_serial")
		w.upload("mode", "whole", "hash", "sha1", "file", file).problem(http.StatusConflict, "token.import_not_whole")
		w.clock.Advance(time.Second)
		got := w.upload("hash", "sha1", "manufacturer", "oath.ALDR", "file", file).status(http.StatusCreated).has(fields{"imported": 1, "duplicate": 1, "refused": 1, "rows_left_out": 0})
		got.first("rows", fields{"serial": "7700002", "result": "refused", "row": 2})
		w.clock.Advance(time.Second)
		w.upload("mode", "whole", "hash", "sha1", "file", csvRow("7700003")+csvRow("7700004")).status(http.StatusCreated).has(fields{"imported": 2, "rows": "[]"})
		w.get("/v1/tokens/7700004").first("tokens", fields{"state": "stock", "customer_number": nil})
		w.get("/v1/tokens/7700001?manufacturer=oath.ALDR").first("tokens", fields{"manufacturer": "oath.ALDR"})
		w.get("/v1/tokens/7700001?manufacturer=other").problem(http.StatusNotFound, "token.unknown_serial")

		first := w.get("/v1/token-imports?limit=1").status(http.StatusOK)
		first.first("imports", fields{"name": "box-17.csv", "mode": "whole", "state": "done", "imported": 2})
		second := w.get("/v1/token-imports?limit=1&cursor=" + first.text("next_cursor")).status(http.StatusOK)
		second.first("imports", fields{"mode": "rows", "imported": 1, "refused": 1})
		if third := w.get("/v1/token-imports?limit=1&cursor=" + second.text("next_cursor")).status(http.StatusOK); third.text("next_cursor") != "" {
			t.Errorf("there is a fourth import: %v", third)
		}
		w.get("/v1/token-imports?cursor=x").problem(http.StatusUnprocessableEntity, "token.cursor").has(fields{"field": "cursor"})
		if left, err := os.ReadDir(w.config.Spool); err != nil || len(left) > 0 {
			t.Errorf("%v is left of the uploads, %v", left, err)
		}
	})
}

// Figure 6 of RFC 6030, with the key of its example.
func TestEncryptedImport(t *testing.T) {
	each(t, func(w *world) {
		file, err := os.ReadFile("../../pskc/testdata/rfc6030/figure06.xml")
		w.must(err)
		const transport = "12345678901234567890123456789012"
		w.upload("key", transport, "file", string(file)).status(http.StatusCreated).has(fields{"imported": 1, "refused": 0})
		w.get("/v1/tokens/987654321").first("tokens", fields{"serial": "987654321"})
		if r := w.upload("key", strings.Repeat("00", 16), "file", string(file)); r.code != http.StatusUnprocessableEntity && r.value["imported"] != float64(0) {
			t.Errorf("with a wrong key: %v", r)
		}
		w.upload("key", "secret", "file", string(file)).problem(http.StatusUnprocessableEntity, "request.key").has(fields{"field": "key"})
		w.do(request{method: http.MethodPost, path: "/v1/token-imports?key=" + transport, kind: "application/pskc+xml", body: string(file)}).
			problem(http.StatusUnprocessableEntity, "request.unknown_parameter")
		w.server.Close()
		if strings.Contains(w.logged.String(), transport) || strings.Contains(w.logged.String(), "secret") {
			t.Error("the transport key is in the log")
		}
	})
}

func TestImportsAreRefused(t *testing.T) {
	w := node(t, nil)
	send := func(kind, body string) *response {
		return w.do(request{method: http.MethodPost, path: "/v1/token-imports", kind: kind, body: body})
	}
	send("application/json", "{}").problem(http.StatusUnsupportedMediaType, "request.content_type")
	send("-", "x").problem(http.StatusUnsupportedMediaType, "request.content_type")
	send("text/csv", "").problem(http.StatusUnprocessableEntity, "token.import_file")
	send("text/csv", "\x00\x01\x02").problem(http.StatusUnprocessableEntity, "token.import_file")
	send("application/pskc+xml", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><KeyContainer>&e;</KeyContainer>`).problem(http.StatusUnprocessableEntity, "token.import_file")
	send("multipart/form-data; boundary=x", "--y").problem(http.StatusUnprocessableEntity, "request.required")
	send("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"mode\"\r\n\r\nrows").problem(http.StatusBadRequest, "request.form")
	send("multipart/form-data", "--y").problem(http.StatusBadRequest, "request.form")
	w.upload("mode", "rows").problem(http.StatusUnprocessableEntity, "request.required").has(fields{"field": "file"})
	w.upload("mode", "some", "file", "x").problem(http.StatusUnprocessableEntity, "request.choice").has(fields{"field": "mode"})
	w.upload("unexpected", "1", "file", "x").problem(http.StatusUnprocessableEntity, "request.unknown_field")
	w.upload("mode", "rows", "mode", "rows", "file", "x").problem(http.StatusUnprocessableEntity, "request.duplicate_field")
	w.upload("password", strings.Repeat("x", 2000), "file", "x").problem(http.StatusRequestEntityTooLarge, "request.too_large")
	w.upload("name", "a\x00b", "file", "x").problem(http.StatusUnprocessableEntity, "request.characters")
	var large strings.Builder
	for i := 0; large.Len() <= int(w.config.MaxImport); i++ {
		large.WriteString(csvRow(strconv.Itoa(i)))
	}
	for _, mode := range []string{"rows", "whole"} {
		w.upload("mode", mode, "hash", "sha1", "file", large.String()).problem(http.StatusRequestEntityTooLarge, "request.too_large").has(fields{"field": "file"})
	}
	w.get("/v1/tokens/0").status(http.StatusOK) // row by row, what came before stays
}

// slow is a body that waits for its reader to be stopped.
type slow struct {
	first io.Reader
	stop  chan struct{}
}

func (s slow) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); n > 0 || err != io.EOF {
		return n, err
	}
	<-s.stop
	return 0, io.EOF
}

func TestFewImportsAtOnce(t *testing.T) {
	w := node(t, nil)
	w.token(usual)
	stop := make(chan struct{})
	done := make(chan *response, 2)
	for i := range 2 {
		go func() {
			for {
				body := slow{strings.NewReader(csvRow(strconv.Itoa(100 + i))), stop}
				r, err := w.send(request{method: http.MethodPost, path: "/v1/token-imports?hash=sha1", kind: "text/csv", body: io.Reader(body)})
				if err != nil || r.code != http.StatusTooManyRequests { // the probe below took the place
					done <- r
					return
				}
			}
		}()
	}
	probe := request{method: http.MethodPost, path: "/v1/token-imports?dry_run=true&hash=sha1", kind: "text/csv", body: csvRow("7")}
	for { // until both are under way
		if r := w.do(probe); r.code == http.StatusTooManyRequests {
			r.problem(http.StatusTooManyRequests, "token.imports_busy")
			break
		}
	}
	close(stop)
	for range 2 {
		if r := <-done; r == nil || r.code != http.StatusCreated {
			t.Errorf("%v", r)
		}
	}
}
