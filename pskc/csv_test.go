package pskc_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

func TestCSV_Version1(t *testing.T)   { check(t, "csv-v1", "csv-counter") }
func TestCSV_Version2(t *testing.T)   { check(t, "csv-v2", "csv-version-unknown") }
func TestCSV_OCRA(t *testing.T)       { check(t, "csv-ocra") }
func TestCSV_BOMAndCRLF(t *testing.T) { check(t, "csv-bom-crlf") }
func TestCSV_Quoted(t *testing.T)     { check(t, "csv-quoted", "csv-semicolon") }
func TestCSV_OtherFilesRefusedByHint(t *testing.T) {
	check(t, "csv-pgp", "csv-cms", "csv-otpauth", "csv-unknown", "csv-empty", "csv-comments-only", "csv-header-only")
}

func TestCSV_HashIsAskedFor(t *testing.T) { check(t, "csv-no-hash", "csv-hash", "csv-hash-unknown") }

func TestCSV_Header(t *testing.T) {
	check(t, "csv-header", "csv-header-twice", "csv-header-missing")
}

// TestBug_PrivacyIDEA_HashFromKeyLength: scripts of others take SHA-256 for a
// key of 32 octets. Tokens with such keys and SHA-1 exist.
func TestBug_PrivacyIDEA_HashFromKeyLength(t *testing.T) { check(t, "csv-hash", "p14-totp-suite") }

func TestCSV_BadRowsDoNotStopTheFile(t *testing.T) {
	t.Parallel()
	v := loadVector(t, "csv-rows")
	if *update {
		got, _ := v.read()
		v.write(t, got)
		return
	}
	got, errs := v.read()
	if strings.Join(got, "\n") != strings.Join(v.want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(v.want, "\n"))
	}
	for i, err := range errs {
		var row *pskc.RowError
		if !errors.As(err, &row) || row.Row != i+1 || row.Line != i+1 {
			t.Errorf("error %d is not of that row: %v", i+1, err)
		}
	}
	if len(errs) != 13 {
		t.Errorf("%d rows were refused", len(errs))
	}
}

func TestCSV_LongLineIsOneRow(t *testing.T) {
	t.Parallel()
	seed := strings.Repeat("31", 20)
	file := "T1," + seed + ",hotp\nT2," + strings.Repeat("9", 100_000) + ",hotp\nT3," + seed + ",hotp\n"
	r, err := pskc.NewCSVReader(strings.NewReader(file), pskc.Options{Hash: pskc.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	ok, bad, err := drain(r)
	if err != nil || len(ok) != 2 || len(bad) != 1 || !errors.Is(bad[0], pskc.ErrLimit) || bad[0].Row != 2 || ok[1].Row != 3 || ok[1].Line != 3 {
		t.Errorf("got %d rows, %v, %v", len(ok), bad, err)
	}
}

func TestCSV_SameValuesAsPSKC(t *testing.T) {
	t.Parallel()
	csv, _, err := pskc.Open(strings.NewReader("# version: 1\n0001,"+rfcSeed+",totp,8,60,sha256\n"), pskc.Options{Manufacturer: "oath.EX"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := csv.Next()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.WritePackage(p), w.Close()); err != nil {
		t.Fatal(err)
	}
	xml, format, err := pskc.Open(&file, pskc.Options{})
	if err != nil || format != pskc.FormatPSKC {
		t.Fatal(format, err)
	}
	q, err := xml.Next()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := strings.Join(describe(p), "\n"), strings.Join(describe(q), "\n"); a != b {
		t.Errorf("CSV gave %s\nPSKC gave %s", a, b)
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]pskc.Format{
		"":                                     pskc.FormatEmpty,
		" \n":                                  pskc.FormatEmpty,
		"<?xml version=\"1.0\"?><KeyContainer": pskc.FormatPSKC,
		"\xef\xbb\xbf<a:KeyContainer":          pskc.FormatPSKC,
		"<Envelope":                            pskc.FormatXML,
		"serial,key,type":                      pskc.FormatCSV,
		"# version: 2\n":                       pskc.FormatCSV,
		"a;b;c":                                pskc.FormatCSV,
		"-----BEGIN PGP MESSAGE-----":          pskc.FormatPGP,
		"\x85\x01\x0c\x03":                     pskc.FormatPGP,
		"\x8c\x0d\x04":                         pskc.FormatPGP,
		"\xc1\xc0\x4c":                         pskc.FormatPGP,
		"-----BEGIN CMS-----":                  pskc.FormatCMS,
		"PK\x03\x04":                           pskc.FormatZIP,
		"\xff\xfe<\x00":                        pskc.FormatUTF16,
		"otpauth://totp/x?secret=A":            pskc.FormatURI,
		"hello":                                pskc.FormatUnknown,
	} {
		if got := pskc.Detect([]byte(prefix)); got != want {
			t.Errorf("Detect(%q) is %s, want %s", prefix, got, want)
		}
	}
}
