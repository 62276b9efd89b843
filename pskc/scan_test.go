package pskc_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/countersign-auth/countersign/pskc"
)

// standardEvents is pskc.ScanEvents by encoding/xml.
func standardEvents(b []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var out, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out.WriteString("text " + text.String() + "\n")
			text.Reset()
		}
	}
	depth := 0
	for {
		tok, err := d.Token()
		if err != nil {
			flush()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out.String(), err
		}
		switch t := tok.(type) {
		case xml.CharData:
			if depth > 0 {
				text.Write(t)
			}
		case xml.StartElement:
			flush()
			depth++
			out.WriteString("start {" + pskc.BlankAttr(t.Name.Space) + "}" + t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					out.WriteString(" {" + pskc.BlankAttr(a.Name.Space) + "}" + a.Name.Local + "=" + pskc.BlankAttr(a.Value))
				}
			}
			out.WriteString("\n")
		case xml.EndElement:
			flush()
			depth--
			out.WriteString("end\n")
		}
	}
}

func scanSeeds(f *testing.F) {
	f.Helper()
	for _, pattern := range []string{"vectors/p*.txt", "vectors/legacy*.txt", "rfc6030/*.xml"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			f.Fatal(files, err)
		}
		for _, name := range files {
			b := readFile(f, strings.TrimPrefix(name, "testdata/"))
			if _, input, ok := bytes.Cut(b, []byte("---\n")); ok {
				b = input
			}
			f.Add(b)
		}
	}
	for _, s := range []string{
		"<a/>", "<a b='1' c=\"2\">x&amp;&#x41;<![CDATA[<]]>y<!-- c --><b:c xmlns:b='u' b:d='e'/></a>",
		"<a>\r\n\rx</a>", "<a b='\r\n\t&#10;'/>", "<a>]]></a>", "<a b='<'/>", "<a b='1' b='2'/>", "<a xmlns=''/>",
		"<a xmlns:b='u'><b:c><d xmlns='v'/></b:c></a>", "<a><b></a></b>", "<a>\xff</a>", "<a>\x01</a>", "<é/>", "<a é='ß'/>",
		"\xef\xbb\xbf<a/>", "<?xml version='1.0'?><a/>", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<a/>\n<!-- x -->",
		"<a:b/>", "<a ><b\n/ ></a >", "<a/ >", "<a b = 'c'/>", "<a b='c'd='e'/>", "<a><!-- -- --></a>", "<a>&lt;&unknown;</a>", "<a xml:lang='de'/>", "<a xmlns='\n'/>",
	} {
		f.Add([]byte(s))
	}
}

// FuzzScanner compares the scanner with encoding/xml: what it accepts, that
// accepts too, with the same elements, attributes and text. (The other direction
// does not hold: the scanner refuses much that encoding/xml lets pass.)
func FuzzScanner(f *testing.F) {
	scanSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := pskc.ScanEvents(bytes.NewReader(b))
		slow, slowErr := pskc.ScanEvents(iotest.OneByteReader(bytes.NewReader(b)))
		if got != slow || (err == nil) != (slowErr == nil) {
			t.Fatalf("read octet by octet: %q, %v; at once: %q, %v", slow, slowErr, got, err)
		}
		if err != nil {
			var f *pskc.FileError
			if !errors.As(err, &f) {
				t.Fatalf("not a FileError: %v", err)
			}
			return
		}
		want, err := standardEvents(b)
		if err != nil {
			if strings.Contains(err.Error(), "invalid XML name") {
				return // encoding/xml has the names of an older edition of XML
			}
			t.Fatalf("encoding/xml refuses what we accept: %v", err)
		}
		if got != want {
			t.Fatalf("we read\n%s\nencoding/xml reads\n%s", got, want)
		}
	})
}

// TestScannerAccepts reads what must be read: the fuzz test only shows that
// nothing too much is.
func TestScannerAccepts(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"<a/>", "<a></a>", "<a ></a >", "<a b='1' c=\"2\" />", "<a>x&amp;&#x41;&#66;<![CDATA[<]]>y<!-- c --></a>",
		"<a xmlns:b='u'><b:c b:d='e' d='f'><d xmlns='v'/></b:c></a>", "<é ß='1'/>", "\xef\xbb\xbf<a/>", "<?xml version='1.0'?><a/>",
		"<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\n<a/>\n<!-- x -->\n", "<a b='>'>></a>", "<a>]]</a>", "<a xml:lang='de'/>",
		"<!-- c --><a/>", "<a b='\"'/>",
	} {
		if _, err := pskc.ScanEvents(strings.NewReader(s)); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{
		"", " ", "a", "<a", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a/>x", "<a>]]></a>", "<a b='<'/>", "<a b='1' b='2'/>", "<a b=1/>", "<a b/>",
		"<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>", "<x:a/>", "<a x:b='1'/>", "<a:b:c xmlns:a='u'/>", "<1/>", "<a b='1'c='2'/>", "<a/ >", "< a/>",
		"<a>&;</a>", "<a>&x;</a>", "<a>&#0;</a>", "<a>&#x110000;</a>", "<a>&#xD800;</a>", "<a>&lt</a>", "<a>& b</a>", "<a>\x00</a>", "<a>\xff</a>",
		"<a>\xed\xa0\x80</a>", "<a b='\x02'/>", "<a><!-- -- --></a>", "<a><!-- x</a>", "<a><![CDATA[x</a>", "<![CDATA[x]]><a/>", "<a><?x y?></a>",
		"<?xml version='1.1'?><a/>", "<?xml encoding='UTF-8'?><a/>", "<?xml version='1.0' version='1.0'?><a/>", "<?xml version='1.0' encoding='UTF-16'?><a/>",
		"<a xmlns:b=''/>", "<a xmlns:xml='u'/>", "<a xmlns:xmlns='u'/>", "<a xmlns='u' xmlns='v'/>", "<!DOCTYPE a><a/>", "<a><!ENTITY x 'y'></a>",
	} {
		if got, err := pskc.ScanEvents(strings.NewReader(s)); err == nil {
			t.Errorf("%q was accepted: %s", s, got)
		}
	}
}

// TestP41_OversizeRefused: tokens, values and files of any length end somewhere.
func TestP41_OversizeRefused(t *testing.T) {
	t.Parallel()
	head := `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage><DeviceInfo><SerialNo>`
	for name, body := range map[string]string{
		"text":      head + strings.Repeat("9", 2<<20),
		"comment":   "<!--" + strings.Repeat("9", 2<<20),
		"cdata":     head + "<![CDATA[" + strings.Repeat("9", 2<<20),
		"attribute": "<a b='" + strings.Repeat("9", 2<<20),
		"names":     manyNames(),
	} {
		if _, err := readSigned([]byte(body), pskc.Options{}); !errors.Is(err, pskc.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := container(t, 100, pskc.WriterOptions{InsecurePlain: true})
	if _, err := readSigned(file, pskc.Options{MaxBytes: 1000}); !errors.Is(err, pskc.ErrLimit) {
		t.Errorf("size: %v", err)
	}
	long := head + strings.Repeat("9<!-- -->", 70<<10) + `</SerialNo></DeviceInfo></KeyPackage></KeyContainer>`
	r, err := pskc.NewReader(strings.NewReader(long), pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, bad, err := drain(r); err != nil || len(bad) != 1 || !errors.Is(bad[0], pskc.ErrLimit) {
		t.Errorf("a value put together from many pieces: %v, %v", bad, err)
	}
}

func manyNames() string {
	var b strings.Builder
	b.WriteString(`<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><Extensions>`)
	for i := range 5000 {
		b.WriteString("<n" + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + "/>")
	}
	return b.String()
}

// FuzzReader: no input panics, and every error is of the two kinds.
func FuzzReader(f *testing.F) {
	scanSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, legacy := range []bool{false, true} {
			o := pskc.Options{Key: unhex(t, "12345678901234567890123456789012"), Password: []byte("qwerty"), Legacy: legacy, MaxIterations: 1000}
			fuzzSource(t, b, o)
		}
	})
}

// FuzzCSV is FuzzReader for CSV.
func FuzzCSV(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "csv*.txt"))
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		_, input, _ := bytes.Cut(readFile(f, strings.TrimPrefix(name, "testdata/")), []byte("---\n"))
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := pskc.NewCSVReader(bytes.NewReader(b), pskc.Options{Hash: pskc.SHA1})
		if err != nil {
			var f *pskc.FileError
			if !errors.As(err, &f) {
				t.Fatalf("not a FileError: %v", err)
			}
			return
		}
		fuzzRows(t, r)
	})
}

func fuzzSource(t *testing.T, b []byte, o pskc.Options) {
	t.Helper()
	r, _, err := pskc.Open(bytes.NewReader(b), o)
	if err != nil {
		var f *pskc.FileError
		if !errors.As(err, &f) {
			t.Fatalf("not a FileError: %v", err)
		}
		return
	}
	fuzzRows(t, r)
}

// fuzzRows reads to the end and writes every package again: what was read can
// be written, and reads back the same, unless the writer says that it cannot.
func fuzzRows(t *testing.T, s pskc.Source) {
	t.Helper()
	row := 0
	for {
		p, err := s.Next()
		var re *pskc.RowError
		var fe *pskc.FileError
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &fe):
			if _, again := s.Next(); !errors.Is(again, err) {
				t.Fatalf("after %v came %v", err, again)
			}
			return
		case errors.As(err, &re):
			if row++; re.Row != row {
				t.Fatalf("row %d has number %d", row, re.Row)
			}
			continue
		case err != nil:
			t.Fatalf("an error of neither kind: %v", err)
		}
		if row++; p.Row != row || p.Key.ID == "" {
			t.Fatalf("row %d has number %d and key %q", row, p.Row, p.Key.ID)
		}
		rewrite(t, p)
	}
}

func rewrite(t *testing.T, p *pskc.KeyPackage) {
	t.Helper()
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	if err != nil {
		t.Fatal(err)
	}
	if w.WritePackage(p) != nil {
		return
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := pskc.NewReader(&file, pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := r.Next()
	if err != nil {
		t.Fatalf("%v\n%s", err, file.Bytes())
	}
	if q.Warnings, p.Warnings = nil, nil; strings.Join(describe(p), "\n") != strings.Join(describe(q), "\n") {
		t.Fatalf("was %v\nis  %v", describe(p), describe(q))
	}
}
