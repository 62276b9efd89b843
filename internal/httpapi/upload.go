package httpapi

import (
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/pskc"
)

// importOptions say how to import: in the query beside a bare body, or as parts
// of a form.
type importOptions struct {
	Mode   string `query:"mode" enum:"rows,whole" default:"rows" doc:"rows imports what can be imported; whole imports everything or nothing."`
	DryRun bool   `query:"dry_run" doc:"Only say what would happen."`
	Legacy bool   `query:"legacy" doc:"Also understand drafts of RFC 6030 and vendors' variants."`
	Hash   string `query:"hash" enum:"sha1,sha256,sha512" doc:"The hash of HOTP and TOTP rows of a CSV file that has no column for it. It is never guessed."`
	Maker  string `query:"manufacturer" maxLength:"128" doc:"The manufacturer of the rows of a CSV file, which has no column for it."`
	Name   string `query:"name" maxLength:"200" doc:"The name of the file, for the history."`
}

// importSecrets are the keys of an encrypted file. They are parts of a form only:
// addresses are logged by proxies.
type importSecrets struct {
	Key      string `query:"key" maxLength:"256" doc:"The transport key of the file, in hexadecimal."`
	Password string `query:"password" maxLength:"256" doc:"The password of a file protected with PBKDF2."`
}

const formType = "multipart/form-data"

// fileTypes are the media types of bare bodies.
func fileTypes() []string {
	return []string{"application/pskc+xml", "application/xml", "text/xml", "text/csv"}
}

// uploaded is a file on its way into the import.
type uploaded struct {
	name          string
	dryRun, whole bool
	options       pskc.Options
	body          *limited
	twice         *spool // when it must be read twice
}

func (f *uploaded) open() (io.ReadCloser, error) {
	if f.twice != nil {
		return f.twice.open()
	}
	return io.NopCloser(f.body), nil
}

func (f *uploaded) close() {
	if f.twice != nil {
		_ = f.twice.Close() // it has no name any more; nothing is lost
	}
}

// receive reads everything up to the file itself.
func (a *API) receive(w http.ResponseWriter, r *http.Request) (*uploaded, error) {
	limit := &limited{most: a.MaxImport}
	r.Body = http.MaxBytesReader(w, r.Body, a.MaxImport+64<<10) // the parts before the file, too
	var o importOptions
	var s importSecrets
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	_, encoded := r.Header["Content-Encoding"]
	switch {
	case err != nil || encoded:
		return nil, wantFile()
	case mediaType == formType && params["boundary"] == "":
		return nil, badForm()
	case mediaType == formType:
		if r.URL.RawQuery != "" {
			return nil, refuse(http.StatusUnprocessableEntity, "request.unknown_parameter", "", "With a form, send all parameters as parts of it.")
		}
		limit.r, err = readForm(r, params["boundary"], &o, &s)
	default:
		limit.r = r.Body
		if err = wantFile(); isFile(mediaType) {
			err = decodeParams(r, shapeOf(reflect.TypeFor[importOptions]()), reflect.ValueOf(&o).Elem())
		}
	}
	if err != nil {
		return nil, err
	}
	f := &uploaded{name: o.Name, dryRun: o.DryRun, whole: o.Mode == "whole", body: limit}
	f.options = pskc.Options{Legacy: o.Legacy, Password: []byte(s.Password), MaxBytes: a.MaxImport, Hash: pskc.Hash(strings.ToUpper(o.Hash)), Manufacturer: o.Maker}
	if f.options.Key, err = hex.DecodeString(s.Key); err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "request.key", "key", "The transport key is not hexadecimal.")
	}
	if f.whole && !f.dryRun {
		err = a.keepUpload(f)
	}
	return f, err
}

func (a *API) keepUpload(f *uploaded) (err error) {
	if f.twice, err = newSpool(a.Spool, a.Rand); err != nil {
		return fault.Unavailablef(err, "token.import_spool", "There is no room for the upload. Tell the operator.")
	}
	if err = f.twice.fill(f.body); err != nil {
		f.close()
		return f.explain(fault.Unavailablef(err, "token.import_spool", "There is no room for the upload. Tell the operator."))
	}
	return nil
}

// readForm reads the parts up to the file, which must be the last one.
func readForm(r *http.Request, boundary string, o *importOptions, s *importSecrets) (io.Reader, error) {
	parts := multipart.NewReader(r.Body, boundary)
	seen := map[string]bool{}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, refuse(http.StatusUnprocessableEntity, "request.required", "file", "The form has no part file; it must be the last one.")
		}
		if err != nil {
			return nil, badForm()
		}
		name := p.FormName()
		if seen[name] {
			return nil, refuse(http.StatusUnprocessableEntity, "request.duplicate_field", name, "The part is there more than once.")
		}
		seen[name] = true
		if name == "file" {
			if o.Name == "" {
				o.Name = fileName(p.FileName())
			}
			return p, nil
		}
		if err := setPart(name, p, o, s); err != nil {
			return nil, err
		}
	}
}

func badForm() error {
	return refuse(http.StatusBadRequest, "request.form", "", "The form is not multipart/form-data, or it broke off.")
}

// setPart reads a part that is a parameter.
func setPart(name string, p io.Reader, targets ...any) error {
	const most = 1024
	b, err := io.ReadAll(io.LimitReader(p, most+1))
	if err != nil {
		return badForm()
	}
	if len(b) > most {
		return refuse(http.StatusRequestEntityTooLarge, "request.too_large", "", "A part before the file is too large.")
	}
	for _, t := range targets {
		v := reflect.ValueOf(t).Elem()
		s := shapeOf(v.Type())
		for i := range s.params {
			if f := &s.params[i]; f.name == name {
				return f.set(v.Field(f.at), strings.TrimSpace(string(b)))
			}
		}
	}
	return refuse(http.StatusUnprocessableEntity, "request.unknown_field", "", "There is no part of this name; those before the file are mode, dry_run, legacy, hash, manufacturer, name, key and password.")
}

// fileName keeps what a history can show.
func fileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return string([]rune(s)[:min(200, len([]rune(s)))])
}

func isFile(mediaType string) bool {
	for _, t := range fileTypes() {
		if t == mediaType {
			return true
		}
	}
	return false
}

func wantFile() error {
	return refuse(http.StatusUnsupportedMediaType, "request.content_type", "Content-Type", "Send the file as %s, or bare as %s, without a content encoding.", formType, strings.Join(fileTypes(), ", "))
}

// limited reads at most so many bytes and remembers why it stopped: the reader
// behind it may know only that the file is broken.
type limited struct {
	r    io.Reader
	most int64
	over bool
	gone error
}

var errOver = errors.New("httpapi: the file is too large")

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.most -= int64(n); l.most < 0 {
		l.over = true
		return 0, errOver
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		l.over = true
	} else if err != nil && !errors.Is(err, io.EOF) {
		l.gone = err
	}
	return n, err
}

// explain tells why an import failed if the upload is why.
func (f *uploaded) explain(err error) error {
	switch {
	case f.body.over:
		return refuse(http.StatusRequestEntityTooLarge, "request.too_large", "file", "The file is larger than this server takes.")
	case f.body.gone != nil:
		return refuse(http.StatusBadRequest, "request.body", "file", "The upload broke off.")
	}
	return err
}
