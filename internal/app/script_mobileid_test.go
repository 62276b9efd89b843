package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// until runs a command until it succeeds and prints what matches: until PATTERN COMMAND….
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND…")
	}
	wanted, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for range 200 {
		err = ts.Exec(args[1], args[2:]...)
		if err == nil && wanted.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(50 * time.Millisecond) // look again
	}
	ts.Fatalf("it never prints %q: %v", args[0], err)
}

// signature asks for a signature as the service provider in AP_ID and AP_PWD does, and puts its name into a
// variable: signature NUMBER TEXT NAME. It does not wait for the person.
func signature(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: signature NUMBER TEXT NAME")
	}
	ask := map[string]any{"MSS_SignatureReq": map[string]any{
		"MajorVersion": "1", "MinorVersion": "1", "MessagingMode": "asynch", "TimeOut": "120",
		"AP_Info":          map[string]any{"AP_ID": ts.Getenv("AP_ID"), "AP_PWD": ts.Getenv("AP_PWD"), "AP_TransID": "A" + args[2], "Instant": time.Now().UTC().Format(time.RFC3339)},
		"MSSP_Info":        map[string]any{"MSSP_ID": map[string]any{}},
		"MobileUser":       map[string]any{"MSISDN": args[0]},
		"DataToBeSigned":   map[string]any{"MimeType": "text/plain", "Encoding": "UTF-8", "Data": args[1]},
		"SignatureProfile": "http://alauda.mobi/nonRepudiation",
	}}
	body, err := json.Marshal(ask)
	ts.Check(err)
	r, err := http.Post("http://"+ts.Getenv("COUNTERSIGN_MSS_ADDRESS")+"/rest/service", "application/json", bytes.NewReader(body))
	ts.Check(err)
	answer, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	ts.Check(err)
	var told struct {
		Response struct {
			ID string `json:"MSSP_TransID"`
		} `json:"MSS_SignatureResp"`
	}
	ts.Check(json.Unmarshal(answer, &told))
	if told.Response.ID == "" {
		ts.Fatalf("the server answers %s", answer)
	}
	ts.Setenv(args[2], told.Response.ID)
}

// octet copies a file with one bit of it changed: octet FROM TO, in the middle; octet FROM TO ENTRY, about the middle of
// an entry of a ZIP file, which is packed again so that its own checksums are right.
func octet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: octet FROM TO [ENTRY]")
	}
	from := []byte(ts.ReadFile(args[0]))
	if len(args) == 2 {
		from[len(from)/2] ^= 1
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), from, 0o600))
		return
	}
	z, err := zip.NewReader(bytes.NewReader(from), int64(len(from)))
	ts.Check(err)
	var out bytes.Buffer
	w, found := zip.NewWriter(&out), false
	for _, f := range z.File {
		r, err := f.Open()
		ts.Check(err)
		content, err := io.ReadAll(r)
		ts.Check(err)
		ts.Check(r.Close())
		if f.Name == args[2] {
			found = true
			// A digit stays a digit, so that what is encoded is still well-formed, and it is the seal that finds it.
			at := len(content) / 2
			if n := bytes.IndexAny(content[at:], "0123456789"); n >= 0 {
				at += n
			}
			content[at] ^= 1
		}
		entry, err := w.Create(f.Name)
		ts.Check(err)
		_, err = entry.Write(content)
		ts.Check(err)
	}
	ts.Check(w.Close())
	if !found {
		ts.Fatalf("%s has no %s", args[0], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}
