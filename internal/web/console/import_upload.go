package console

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	maxField = 8 << 10 // bytes of a form field
	maxName  = 200     // characters of a file name that are kept
)

type uploadPage struct {
	*visit
	Job    *snapshot // one that is there already
	Hashes []ui.Choice
	Max    int64       // bytes
	For    *forPresent // the approved proposal that the file is for; nil: none
}

// uploadForm asks for the file and its keys.
func (c *console) uploadForm(v *visit) error {
	p := uploadPage{visit: v, Max: c.MaxUpload}
	if err := c.presenting(v, &p); err != nil {
		return err
	}
	if v.form.Value("mode") == "" {
		v.form.Set("mode", "rows")
	}
	if j := c.jobs.of(v.s.Staff); j != nil {
		s := j.snapshot()
		p.Job = &s
	}
	p.Hashes = []ui.Choice{{Value: "", Text: v.t.T("console.upload.hash_file")}, {Value: "sha1", Text: "SHA-1"}, {Value: "sha256", Text: "SHA-256"}, {Value: "sha512", Text: "SHA-512"}}
	return v.render("upload", v.t.T("console.upload.title"), p)
}

// upload takes the file, and checks it behind the request.
func (c *console) upload(v *visit) error {
	j := &job{id: ident.New(v.now, c.Rand), owner: v.s.Staff, began: v.now, state: uploading}
	if err := c.jobs.open(j); err != nil {
		return v.again(err, c.uploadForm)
	}
	v.lift()
	if err := c.receive(v, j); err != nil {
		c.jobs.remove(j)
		return v.again(err, c.uploadForm)
	}
	if !v.form.OK() {
		c.jobs.remove(j)
		return c.uploadForm(v)
	}
	if err := c.check(j); err != nil {
		c.jobs.remove(j)
		return err
	}
	return v.to("/import/" + j.id.String())
}

// receive reads the parts of the form as they come: fields into the form, the
// file into a private file.
func (c *console) receive(v *visit, j *job) error {
	mr, err := v.r.MultipartReader()
	if err != nil {
		return fault.Invalidf("request.malformed", "The form could not be read. Go back, reload the page and try again.").WithCause(err)
	}
	fields := url.Values{}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && part.FileName() != "" {
			err = c.store(j, part)
		} else if err == nil {
			err = field(fields, part)
		}
		if err != nil {
			return badUpload(err)
		}
	}
	if !readable(fields) {
		return fault.Invalidf("request.malformed", "The form has characters that are none. Type it anew.")
	}
	v.form = ui.NewForm(fields)
	readOptions(v, j)
	if err := c.readApproved(v, j); err != nil {
		return err
	}
	if j.size == 0 {
		v.form.Fail("file", v.t.T("console.upload.no_file"))
	}
	return nil
}

func (c *console) store(j *job, part *multipart.Part) (err error) {
	if j.file != nil {
		return fault.Invalidf("console.import_files", "Choose one file at a time.")
	}
	if j.file, err = private(c.TempDir); err != nil {
		return err
	}
	j.label = clip(part.FileName())
	j.size, err = io.Copy(j.file, part)
	return err
}

func field(fields url.Values, part *multipart.Part) error {
	b, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err == nil && len(b) > maxField {
		err = fault.Invalidf("console.import_field", "A field of the form is too long.")
	}
	fields.Add(part.FormName(), string(b))
	return err
}

// badUpload tells a body that is too large or broken from a disk that is full.
func badUpload(err error) error {
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return err
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Invalidf("request.too_large", "The file is larger than the %d MB that are accepted here. Use the command line for it.", tooBig.Limit>>20).WithCause(err)
	}
	if _, disk := errors.AsType[*fs.PathError](err); disk {
		return fault.Unavailablef(err, "console.temporary", "The file could not be kept on the server; perhaps its disk is full. Ask whoever operates it.")
	}
	return fault.Invalidf("request.malformed", "The file did not arrive whole. Try again.").WithCause(err)
}

// readOptions turns the fields into keys and tolerances.
func readOptions(v *visit, j *job) {
	j.whole = v.form.Value("mode") == "whole"
	j.opts = pskc.Options{
		Manufacturer: v.form.Value("manufacturer"), Legacy: v.form.Value("legacy") != "", EncryptionKeyAsMACKey: v.form.Value("same-mac") != "",
		Key: hexField(v, "key"), MACKey: hexField(v, "mac-key"),
	}
	if p := v.form.Raw("password"); p != "" {
		j.opts.Password = []byte(p)
	}
	if h := v.form.Value("hash"); h != "" {
		var err error
		if j.opts.Hash, err = pskc.ParseHash(h); err != nil {
			v.form.Fail("hash", v.t.T("console.upload.bad_hash"))
		}
	}
}

// hexField reads a key in hexadecimal, as vendors write it.
func hexField(v *visit, name string) []byte {
	text := strings.NewReplacer(" ", "", ":", "", "-", "").Replace(v.form.Value(name))
	if text == "" {
		return nil
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		v.form.Fail(name, v.t.T("console.upload.bad_key"))
	}
	return key
}

// clip bounds a file's name, and takes what cannot be shown out of it.
func clip(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	r := []rune(clean)
	return string(r[:min(len(r), maxName)])
}
